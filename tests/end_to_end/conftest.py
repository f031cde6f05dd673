"""One pipeline run for all end-to-end tests: killed in mid-extraction, run again, run once more."""

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from data_catalog.home import Home
from data_catalog.truth import Truth, compare_with_truth

COMPOSED = 24
REAL_MUSIC = "debian:noiz2sa-data"
KILL_AFTER_TRACKS = 4
TIMEOUT_S = 400


@dataclass(frozen=True)
class Run:
    """What the pipeline left behind, and what it printed the second and third time."""

    home: Home
    collection: Path
    rows: list[dict]
    killed_at: int
    finished: subprocess.CompletedProcess
    repeated: subprocess.CompletedProcess

    def ask(self, sql: str) -> list[tuple]:
        with duckdb.connect(str(self.home.catalog), read_only=True) as connection:
            return connection.sql(sql).fetchall()

    def truth(self) -> Truth:
        return compare_with_truth(self.home, self.collection, self.rows)


def shiroa(home: Home, *words: str) -> list[str]:
    return [sys.executable, "-m", "flows.cli", "--home", str(home.root), *words]


EXTRACTION = """
import sys
from pathlib import Path
from data_catalog.extraction.extract import Cadence, extract_batch, pending
from data_catalog.home import Home
from features.progress import Progress

def stand_still(progress: Progress) -> None:
    print(progress.done, flush=True)
    sys.stdin.read()

if __name__ == "__main__":
    home = Home(Path(sys.argv[1]))
    often = Cadence(tracks=int(sys.argv[2]))
    extract_batch(home, pending(home), workers=2, cadence=often, on_progress=stand_still)
"""
"""Extraction that says when it has committed for the first time, and goes no further: a kill then
is in the middle on the fastest machine, while workers measure tracks that nobody will record."""


def kill_in_mid_extraction(home: Home, folder: Path) -> int:
    """Start extraction, kill all its processes after a commit; how many features are there then."""
    script = folder / "extraction.py"
    script.write_text(EXTRACTION)
    running = subprocess.Popen(
        [sys.executable, script, str(home.root), str(KILL_AFTER_TRACKS)],
        start_new_session=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert running.stdout is not None
    assert running.stdout.readline(), "extraction ended before its first commit"
    os.killpg(running.pid, signal.SIGKILL)
    running.communicate()
    with duckdb.connect(str(home.catalog), read_only=True) as connection:
        return connection.sql("select count(*) from features").fetchall()[0][0]


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    from serving.composer.collection.write import write_demo_collection

    folder = tmp_path_factory.mktemp("pipeline")
    home, collection = Home(folder / "data"), folder / "music"
    manifest = write_demo_collection(collection, tracks=COMPOSED)
    sources = [str(collection)]
    if shutil.which("apt-get"):
        sources.append(REAL_MUSIC)
    training = ("--base", "tiny", "--steps", "3", "--publish", "passed")
    words = shiroa(home, "pipeline", *sources, "--snapshot", "test", *training)
    environment = {**os.environ, "SHIROA_BATCH_FILES": "12"}
    subprocess.run(shiroa(home, "ingest", str(collection)), check=False, capture_output=True)
    killed_at = kill_in_mid_extraction(home, folder)
    finished, repeated = (
        subprocess.run(
            words, capture_output=True, text=True, timeout=TIMEOUT_S, env=environment, check=False
        )
        for _ in range(2)
    )
    return Run(home, collection, manifest["tracks"], killed_at, finished, repeated)
