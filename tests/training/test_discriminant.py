import numpy as np
import pytest

from training.classifier.discriminant import discriminant

RNG = np.random.default_rng(0)


def draws(tracks: int, inputs: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Three classes whose means differ where all inputs move together."""
    labels = np.arange(tracks) % 3
    common = RNG.normal(size=(tracks, 1)) * 3
    means = 0.6 * np.random.default_rng(1).normal(size=(3, inputs))
    x = means[labels] + common + 0.5 * RNG.normal(size=(tracks, inputs))
    return x.astype(np.float32), labels


@pytest.mark.parametrize("exclusive", [True, False])
def test_fewer_tracks_than_inputs_are_enough(exclusive):
    x, labels = draws(30)
    weight, bias = discriminant(x, labels, 3, shrinkage=0.2, exclusive=exclusive)
    fresh, truth = draws(300)
    assert ((fresh @ weight.T + bias).argmax(axis=1) == truth).mean() > 0.95


def test_all_shrinkage_is_the_nearest_mean():
    x, labels = draws(90)
    weight, bias = discriminant(x, labels, 3, shrinkage=1.0, exclusive=True)
    means = np.stack([x[labels == label].mean(axis=0) for label in range(3)])
    nearest = ((x[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)
    assert np.array_equal((x @ weight.T + bias).argmax(axis=1), nearest)


def test_a_class_without_a_track_is_never_found():
    x, labels = draws(30)
    weight, bias = discriminant(x, labels, 4, shrinkage=0.2, exclusive=True)
    assert 3 not in (x @ weight.T + bias).argmax(axis=1)
