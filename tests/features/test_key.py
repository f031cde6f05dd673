import numpy as np
import pytest

from benchmarks.accuracy.nothing import BEATLESS, KEYLESS
from features.harmony.key import estimate_key
from features.harmony.pitch import KEYS, parse_key
from tests.features.music import SR, cadence, drums


@pytest.mark.parametrize("name", KEYS)
def test_a_cadence_has_its_key(name):
    assert estimate_key(cadence(*parse_key(name), 6.0), SR).name == name


@pytest.mark.parametrize("cents", [-40.0, -15.0, 25.0, 40.0])
def test_tuning_is_measured_and_does_not_change_the_key(cents):
    key = estimate_key(cadence(4, "minor", cents=cents), SR)
    assert key.name == "E minor"
    assert key.tuning_cents == pytest.approx(cents, abs=6)


@pytest.mark.parametrize("make", KEYLESS.values(), ids=KEYLESS)
def test_what_has_no_key_gets_a_reason_and_no_name(make):
    key = estimate_key(make(np.random.default_rng(3)), SR)
    assert (key.name, key.confidence, key.reason) == (None, 0.0, "atonal")


def test_drums_and_a_drone_have_no_key():
    found = [
        estimate_key(y, SR)
        for y in (drums(120.0, 12.0), BEATLESS["drone"](np.random.default_rng(0)))
    ]
    assert [(key.name, key.reason) for key in found] == [(None, "atonal")] * 2


def test_silence_and_a_moment_of_sound_have_no_key():
    found = [estimate_key(y, SR) for y in (np.zeros(9 * SR, np.float32), cadence(0, "major")[:SR])]
    assert [(key.name, key.reason) for key in found] == [(None, "silence"), (None, "too_short")]


def test_a_key_that_changes_is_less_sure():
    first, second = cadence(0, "major"), cadence(6, "major")
    changing = estimate_key(np.concatenate([first, second]), SR)
    staying = estimate_key(np.concatenate([first, first]), SR)
    assert changing.confidence < 0.5 < 0.8 < staying.confidence
