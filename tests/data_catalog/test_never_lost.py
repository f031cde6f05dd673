"""Whatever is killed, full or old: the last commit is readable, and a further run completes it."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from deltalake import DeltaTable, write_deltalake

from data_catalog import models
from data_catalog.check import Problem, check_home
from data_catalog.home import Home
from data_catalog.queries.questions import ask
from data_catalog.schema.tables import TABLES
from data_catalog.snapshots.snapshot import list_snapshots
from data_catalog.tables.store import Store
from features.audio.reader import encode
from tests.data_catalog.store_fixtures import NOW, small_home

KILLS = int(os.environ.get("SHIROA_KILLS", "2"))
"""More of them by ``SHIROA_KILLS=50 pytest -s tests/data_catalog/test_never_lost.py -k killed``."""

LENGTH_S = {"ingest": 1.0, "extract": 5.0, "curate": 1.0, "snapshot": 0.3}
"""About how long each stage of four short tracks takes: it is killed at a moment within. A home
that is not killed in all of them is killed in the last ones."""

STAGES = """
import sys
from pathlib import Path
from data_catalog.curation import curate
from data_catalog.extraction.extract import extract
from data_catalog.home import Home
from data_catalog.ingestion.ingest import ingest
from data_catalog.snapshots.snapshot import snapshot_if_changed
from data_catalog.sources import resolve_source

if __name__ == "__main__":
    home = Home(Path(sys.argv[1]))
    print("ingest", flush=True)
    ingest(home, resolve_source(sys.argv[2], home, licence="CC0-1.0"))
    print("extract", flush=True)
    extract(home, workers=1, timeout_s=120)
    print("curate", flush=True)
    curate(home)
    print("snapshot", flush=True)
    print(snapshot_if_changed(home, "night").digest, flush=True)
"""


@pytest.fixture(scope="module")
def music(tmp_path_factory) -> Path:
    """Four short pieces by four artists: a chord that is struck at 90 to 120 BPM."""
    folder = tmp_path_factory.mktemp("music")
    time_s = np.arange(8 * 22050) / 22050
    for number in range(4):
        beat = np.exp(-6 * (time_s % (60 / (90 + 10 * number))))
        steps = 2 ** ((number + np.array([0, 4, 7, 12])) / 12)
        chord = np.sin(2 * np.pi * 220 * np.outer(steps, time_s)).sum(axis=0)
        y = (0.15 * chord * beat).astype(np.float32)
        tags = {"TITLE": f"Song {number}", "ARTIST": f"Artist {number}"}
        encode(folder / f"{number}.flac", np.stack([y, np.roll(y, 40)], axis=1), 22050, tags=tags)
    return folder


def start(home: Path, music: Path) -> subprocess.Popen[str]:
    script = home.parent / "stages.py"
    script.write_text(STAGES)
    return subprocess.Popen(
        [sys.executable, str(script), str(home), str(music)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finish(process: subprocess.Popen[str]) -> str:
    told, _ = process.communicate(timeout=400)
    assert process.returncode == 0
    return told.split()[-1]


def counts(home: Home) -> dict[str, int]:
    store = Store(home)
    return {name: store.read(name).height for name in ("files", "tracks", "licences", "features")}


def kill_within(process: subprocess.Popen[str], stage: str, moments: random.Random) -> str:
    """Kill a run at a moment of ``stage`` by lot; what it said last, usually that stage."""
    said = ""
    for line in process.stdout:
        said = line.strip()
        if said == stage:
            break
    time.sleep(moments.uniform(0, LENGTH_S[stage]))
    os.killpg(process.pid, signal.SIGKILL)
    rest, _ = process.communicate()
    return (rest.split() or [said])[-1]


def assert_whole(home: Home) -> None:
    """All that four tracks come to is there once, and every file of the home is sound."""
    assert counts(home) == dict.fromkeys(("files", "tracks", "licences", "features"), 4)
    assert check_home(home) == []


def views_are_behind(problem: Problem) -> bool:
    """A kill between a commit and its views leaves them as they were, until the next command."""
    return problem.where == "catalog.duckdb" and problem.what.startswith("shows ")


@pytest.mark.slow
def test_a_run_killed_at_any_moment_is_completed_by_the_next(tmp_path, music):
    moments = random.Random(7)
    killed_in: Counter[str] = Counter()
    for number in range(0, KILLS, len(LENGTH_S)):
        home = Home(tmp_path / f"home{number}")
        for stage in [*LENGTH_S][-(KILLS - number) :]:
            said = kill_within(start(home.root, music), stage, moments)
            killed_in[said if said in LENGTH_S else "too late"] += 1
            assert [p for p in check_home(home) if not views_are_behind(p)] == []
            if home.catalog.exists():
                ask(home, "from catalog")
        digest = finish(start(home.root, music))
        assert_whole(home)
        assert [s.digest for s in list_snapshots(home)][-1] == digest
    sys.stdout.write(f"killed in {dict(killed_in)}\n")


@pytest.mark.slow
def test_two_runs_at_once_on_one_home_do_the_work_once(tmp_path, music):
    home = Home(tmp_path / "home")
    running = [start(home.root, music) for _ in range(2)]
    for process in running:
        finish(process)

    assert_whole(home)


FULL = """
import os, resource, signal, sys
from pathlib import Path
from data_catalog.home import Home
from data_catalog.tables.store import Store
from features.errors import ShiroaError
store = Store(Home(Path(sys.argv[1])))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    store.insert_new("tracks", [{"track_id": "small"}])
except ShiroaError as error:
    print(error)
rows = [{"track_id": f"{i}", "title": os.urandom(500).hex()} for i in range(2000)]
store.insert_new("tracks", rows)
"""


def test_a_disk_that_is_full_loses_only_the_commit_that_did_not_fit(tmp_path):
    home = small_home(tmp_path)
    before = counts(home)

    failed = subprocess.run(
        [sys.executable, "-c", FULL, str(home.root)], capture_output=True, text=True, check=False
    )

    assert failed.returncode != 0
    assert "catalog.duckdb: can't be made" in failed.stdout
    assert "File too large" in failed.stderr
    assert counts(home) == before | {"tracks": before["tracks"] + 1}
    assert [problem.where for problem in check_home(home)] == ["catalog.duckdb"]
    assert Store(home).insert_new("tracks", [{"track_id": "fits"}]) == 1
    assert check_home(home) == []


def test_a_home_of_an_older_schema_opens_and_takes_new_columns(tmp_path):
    home = Home(tmp_path)
    old = [c for c in TABLES["models"].columns if c.name not in ("flag", "history")]
    row = {c.name: [None] for c in old} | {"model_id": ["m"], "kind": ["classifier"]}
    row |= {"status": ["approved"], "snapshot": ["s"], "snapshot_digest": ["d"], "base": [""]}
    frame = pl.DataFrame(row | {"licence": ["MIT"], "commercial_use": [True], "created_at": [NOW]})
    typed = frame.select(
        pl.col(c.name).cast(Store(home).read("models").schema[c.name]) for c in old
    )
    write_deltalake(home.tables / "models", typed)

    store = Store.open(home)
    models.set_status(home, "m", "production", by="Ada")

    assert store.read("models").columns == [c.name for c in TABLES["models"].columns]
    assert models.get(home, "m").history[0]["by"] == "Ada"
    assert ask(home, "select flag from models").num_rows == 1
    names = [f.name for f in DeltaTable(home.tables / "models").schema().fields]
    assert names[-2:] == ["flag", "history"]
