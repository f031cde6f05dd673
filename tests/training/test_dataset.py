import numpy as np
import polars as pl
import pytest

from data_catalog.labels import add_labels, set_label
from data_catalog.snapshots.snapshot import SnapshotError, create_snapshot
from data_catalog.tables.store import Store
from tests.training.catalog import examples, learnable_home, track_id
from training.classifier.dataset import DatasetError, examples_from, load_examples, require_labels


@pytest.fixture
def home(tmp_path):
    return learnable_home(tmp_path / "home", 30)


def test_inputs_are_the_embedding_then_the_descriptors(home):
    create_snapshot(home, "spring")
    found = load_examples(home, "spring")
    assert found.inputs.shape == (30, 206)
    assert np.allclose(found.inputs[3, 200:], examples(30).descriptors[3])


def test_a_label_that_a_model_gave_is_not_learnt(home):
    set_label(home, track_id(0), "genre", "")
    set_label(home, track_id(0), "mood", "calm")
    guess = {"track_id": track_id(1), "field": "tempo_bpm", "value": "90", "origin": "person"}
    add_labels(home, [guess])
    rows = pl.DataFrame(
        {
            "track_id": [track_id(0), track_id(1)],
            "split": ["train", "train"],
            "genre": ["rock", "jazz"],
            "genre_origin": ["model", "source"],
            "mood": [None, "sad"],
            "mood_origin": [None, "person"],
        },
        schema_overrides={"mood_origin": pl.String},
    )
    inputs = pl.DataFrame(
        {
            "track_id": [track_id(0), track_id(1)],
            "embedding": [[0.0] * 200] * 2,
            "descriptors": [[1.0], [2.0]],
            "tags": [None, None],
        },
        schema_overrides={"tags": pl.String},
    )
    assert examples_from(rows, inputs).genre.tolist() == [None, "jazz"]


def test_the_groups_are_those_of_the_split(home):
    create_snapshot(home, "spring")
    assert load_examples(home, "spring").groups[16] == "artist 1"


def test_a_snapshot_keeps_the_features_of_its_extractor_version(home):
    create_snapshot(home, "spring")
    before = load_examples(home, "spring")
    newer = (
        Store.open(home)
        .read("features")
        .with_columns(
            pl.lit("2").alias("extractor_version"),
            pl.col("extracted_at").dt.offset_by("1d"),
            pl.col("descriptors").list.eval(pl.element() + 1),
        )
    )
    Store.open(home).append("features", newer)
    assert np.array_equal(load_examples(home, "spring").descriptors, before.descriptors)


def test_tracks_without_an_embedding_are_left_out_and_counted(home):
    Store.open(home).delete("embeddings", "track_id", [track_id(4)])
    create_snapshot(home, "spring")
    found = load_examples(home, "spring")
    assert (len(found), found.left_out) == (29, 1)


def test_without_any_embedding_the_descriptors_remain(home):
    Store.open(home).delete("embeddings", "track_id", [track_id(n) for n in range(30)])
    create_snapshot(home, "spring")
    assert load_examples(home, "spring").inputs.shape == (30, 6)


def test_mixed_lengths_are_refused_with_the_next_step(home):
    rows = pl.DataFrame(
        {"track_id": ["a", "b"], "split": ["train"] * 2, "genre": ["rock"] * 2, "mood": ["sad"] * 2}
    )
    inputs = pl.DataFrame(
        {
            "track_id": ["a", "b"],
            "embedding": [[0.0] * 200] * 2,
            "descriptors": [[1.0], [1.0, 2.0]],
            "tags": ["{}", "{}"],
        }
    )
    with pytest.raises(DatasetError, match="run `shiroa extract`"):
        examples_from(rows, inputs)


def test_an_unknown_snapshot_names_the_ones_there_are(home):
    create_snapshot(home, "spring")
    with pytest.raises(SnapshotError, match="there are: spring"):
        load_examples(home, "autumn")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"genre": np.array([None] * 30, dtype=object)}, "no track of the train split"),
        ({"genre": np.array(["rock"] * 30, dtype=object)}, "every labelled track is 'rock'"),
        ({"split": np.array(["train"] * 30)}, "no labelled track in validation and test"),
    ],
)
def test_what_cannot_be_learnt_says_why(changes, reason):
    assert reason in require_labels(examples(30, **changes), "genre")


def test_what_can_be_learnt_gives_no_reason():
    assert require_labels(examples(30), "genre") is None
