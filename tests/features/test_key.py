import numpy as np
import pytest

from features.key import estimate_key
from features.pitch import KEYS, key_name, parse_key
from tests.features.music import SR, cadence


@pytest.mark.parametrize("name", KEYS)
def test_a_cadence_has_its_key(name):
    assert estimate_key(cadence(*parse_key(name)), SR).name == name


@pytest.mark.parametrize("cents", [-40.0, -15.0, 25.0, 40.0])
def test_tuning_is_measured_and_does_not_change_the_key(cents):
    key = estimate_key(cadence(4, "minor", cents=cents), SR)
    assert key.name == "E minor"
    assert key.tuning_cents == pytest.approx(cents, abs=6)


@pytest.mark.parametrize("gain", [0.05, 3.0])
def test_the_level_does_not_matter(gain):
    assert estimate_key(gain * cadence(9, "major"), SR).name == "A major"


@pytest.mark.parametrize("sr", [16_000, 44_100, 96_000])
def test_the_rate_does_not_matter(sr):
    assert estimate_key(cadence(5, "major", 6.0, sr=sr), sr).name == "F major"


def test_the_method_names_the_evidence(monkeypatch):
    import sys

    y = cadence(2, "minor")
    monkeypatch.setitem(sys.modules, "essentia", None)
    key = estimate_key(y, SR)
    assert (key.name, key.method) == (key_name(2, "minor"), "hpcp bgate")


def test_what_has_no_key_gets_a_reason_and_no_name():
    noise = np.random.default_rng(0).standard_normal(20 * SR).astype(np.float32) * 0.1
    found = [
        estimate_key(y, SR)
        for y in (np.zeros(20 * SR, np.float32), noise, cadence(0, "major")[:SR])
    ]
    assert [key.name for key in found] == [None] * 3
    assert [key.reason for key in found] == ["silence", "atonal", "too_short"]
