"""Reading files that were damaged by chance, and what longer hunts have found.

Longer: ``python -m tests.features.fuzzing --minutes 5 --keep FOLDER``.
"""

import resource
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.audio.tags import read_tags
from tests.features.fuzzing import KINDS, Edit, damaged, judge, seeds

DAMAGE = {"truncated", "corrupt", "not_audio", "length_mismatch", "empty"}

edits = st.builds(
    Edit,
    kind=st.sampled_from(KINDS),
    in_head=st.booleans(),
    at=st.floats(0, 1),
    size=st.integers(1, 4096),
    value=st.integers(0, (1 << 16) - 1),
)


@pytest.fixture(scope="module")
def sources(tmp_path_factory) -> dict[str, bytes]:
    return seeds(tmp_path_factory.mktemp("seeds"))


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("damaged") / "file"


@settings(
    max_examples=80,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data(), damage=st.lists(edits, max_size=4))
def test_whatever_the_damage_a_file_is_read_or_refused_with_a_reason(sources, path, data, damage):
    name = data.draw(st.sampled_from(sorted(sources)))
    path.write_bytes(damaged(sources[name], tuple(damage)))
    judge(path)


def test_seeds_are_fine_before_they_are_damaged(sources, path):
    for content in sources.values():
        path.write_bytes(content)
        assert judge(path) == "fine"


@pytest.mark.parametrize(
    ("name", "chunk", "at", "size"),
    [
        ("PCM_16.w64", b"fmt ", 16, b"\xff" * 8),
        ("PCM_16.w64", b"fmt ", 16, b"\xff" * 7 + b"\x7f"),
        ("PCM_16.w64", b"fmt ", 16, bytes(8)),
        ("PCM_24.caf", b"desc", 4, b"\x7f" + b"\xff" * 7),
        ("PCM_24.caf", b"desc", 4, b"\x80" + bytes(7)),
        ("ALAC_16.caf", b"data", 4, b"\x7f" + b"\xff" * 7),
        ("PCM_32.rf64", b"ds64", 16, b"\xff" * 8),
        ("PCM_24.wav", b"fmt ", 4, b"\xff" * 4),
    ],
)
def test_sizes_that_no_file_has_are_refused(sources, path, name, chunk, at, size):
    content = sources[name]
    at += content.index(chunk)
    path.write_bytes(content[:at] + size + content[at + len(size) :])
    assert judge(path) in DAMAGE


@pytest.mark.parametrize(
    ("name", "before"),
    [("tagged.wav", b"fmt "), ("tagged.flac", b"\x04\0\0\x3f")],
)
def test_tags_that_claim_more_than_the_memory_read_as_none(sources, path, name, before):
    content = sources[name]
    at = content.index(before) + len(before)
    path.write_bytes(content[:at] + b"\xff\xff\xff\x7f" + content[at + 4 :])
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (1 << 30, hard))
    try:
        assert read_tags(path) == {}
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def test_a_chain_of_empty_chunks_or_tags_does_not_hold_the_reader_up(path):
    for head in (b"RIFF\0\0\0\0WAVE", b"ID3\4\0\0\0\0\0\0" * 100_000, b"fLaC"):
        path.write_bytes(head + bytes(4_000_000))
        assert judge(path) in DAMAGE
