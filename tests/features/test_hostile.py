import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from features.audio.errors import AudioError
from features.audio.reader import encode
from features.extract import extract_file
from features.workers import run_in_workers
from tests.features.hostile import FINE, Case, write_hostile
from tests.features.privileges import nobody

MEMORY_LIMIT = 1_500_000_000


def measure(path: Path) -> float:
    return extract_file(path, tagger_cache=None).info.duration_s


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> list[Case]:
    return write_hostile(tmp_path_factory.mktemp("hostile") / "files")


@pytest.mark.slow
def test_no_file_stops_the_run_and_each_gets_its_reason(corpus):
    allowed = dict(corpus)
    assert len(allowed) >= 80
    outcomes = list(
        run_in_workers(measure, allowed, workers=2, timeout_s=120, memory_limit_bytes=MEMORY_LIMIT)
    )
    assert Counter(o.item for o in outcomes) == Counter(list(allowed))
    wrong = {
        o.item.name: (o.reason, o.detail)
        for o in outcomes
        if (o.reason or FINE) not in allowed[o.item]
    }
    assert wrong == {}


def test_every_detail_names_its_file_on_one_line(corpus):
    for path, reasons in corpus:
        if FINE in reasons:
            continue
        with pytest.raises(AudioError) as caught:
            extract_file(path, tagger_cache=None)
        assert "\n" not in caught.value.detail
        assert caught.value.detail.isprintable()


def test_a_file_or_folder_that_may_not_be_read_says_so():
    with tempfile.TemporaryDirectory() as name:
        closed = Path(name) / "closed"
        closed.mkdir()
        paths = [Path(name) / "a.flac", closed / "b.flac"]
        for path in paths:
            encode(path, np.zeros(4800), 48_000)
        Path(name).chmod(0o755)
        paths[0].chmod(0)
        closed.chmod(0)
        try:
            for path in paths:
                with nobody(), pytest.raises(AudioError, match="Permission denied") as caught:
                    extract_file(path, tagger_cache=None)
                assert caught.value.reason == "unreadable"
        finally:
            closed.chmod(0o700)
