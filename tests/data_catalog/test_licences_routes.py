"""No route leads what is not for commercial use, or not for change, into a commercial snapshot."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from itertools import product

import pytest

from data_catalog.home import Home
from data_catalog.ingestion.ingest import ingest
from data_catalog.licences.terms import POLICIES
from data_catalog.snapshots.snapshot import EmptySnapshot, create_snapshot
from data_catalog.sources import FolderSource
from data_catalog.tables.store import Store
from features.audio.tags import write_tags
from features.hashing import file_sha256
from tests.data_catalog.sources_fixtures import tone

FREE = "CC0-1.0"
RESTRICTED = ("CC-BY-NC-4.0", "CC-BY-ND-4.0", "all mine, ask me")
STATED = (None, FREE, *RESTRICTED)


def restricted(tag, sidecar):
    return tag in RESTRICTED or sidecar in RESTRICTED


@pytest.fixture(scope="module")
def homes(tmp_path_factory):
    """Two homes that met every combination of tag and sidecar, and a free copy of each file.

    The copies come last in one home and first in the other; all are stated to be free by a
    sidecar and by the option.
    """
    root = tmp_path_factory.mktemp("routes")
    originals, copies = root / "originals", root / "copies"
    sidecar = ""
    titles = {}
    for number, (tag, stated) in enumerate(product(STATED, STATED)):
        path = tone(
            originals / f"{number}.flac",
            hz=100 + number,
            seconds=0.1,
            tags={"TITLE": str(number)} | ({"LICENSE": tag} if tag else {}),
        )
        titles[file_sha256(path)] = (tag, stated)
        if stated:
            sidecar += f'[files."{number}.flac"]\nlicence = "{stated}"\n'
    (originals / "shiroa.toml").write_text(sidecar)
    shutil.copytree(originals, copies)
    (copies / "shiroa.toml").write_text(f'licence = "{FREE}"\n')
    made = []
    for name, order in (("later", (originals, copies)), ("earlier", (copies, originals))):
        home = Home(root / name)
        for folder in order:
            ingest(home, FolderSource(folder, home))
        ingest(home, FolderSource(copies, home, licence=FREE))
        os.utime(copies / "shiroa.toml", (2**33, 2**33))
        ingest(home, FolderSource(copies, home, licence=FREE))
        measured(home)
        made.append(home)
    return made, titles


def measured(home):
    """Pretend that every track was measured and put on a side, so that only rights decide."""
    store = Store(home)
    ids = store.read("tracks")["track_id"]
    version, now = "1", datetime.now(UTC)
    store.append(
        "features",
        [
            {"track_id": i, "extractor_version": version, "quality": "ok", "extracted_at": now}
            for i in ids
        ],
    )
    store.append(
        "splits",
        [{"track_id": i, "artist_cluster": i, "group_id": i, "split": "train"} for i in ids],
    )


@pytest.mark.parametrize("order", [0, 1], ids=["copies later", "copies earlier"])
def test_nothing_restricted_reaches_a_commercial_snapshot(homes, order):
    made, titles = homes
    rows = create_snapshot(made[order], f"c{order}", policy="commercial").rows
    leaked = [titles[i] for i in rows["track_id"] if restricted(*titles[i])]
    assert leaked == []


def test_what_is_free_does_reach_it(homes):
    made, titles = homes
    rows = create_snapshot(made[0], "free", policy="commercial").rows
    free = {i for i, stated in titles.items() if not restricted(*stated)}
    assert set(rows["track_id"]) == free


@pytest.mark.parametrize("where", ["true", "licence is not null", "1=1 or commercial_use"])
def test_a_filter_lets_nothing_more_in(homes, where):
    made, titles = homes
    name = f"w{abs(hash(where))}"
    rows = create_snapshot(made[0], name, policy="commercial", where=where).rows
    assert not [i for i in rows["track_id"] if restricted(*titles[i])]


@pytest.mark.parametrize("policy", POLICIES)
def test_what_is_not_understood_reaches_no_snapshot(homes, policy):
    made, titles = homes
    rows = create_snapshot(made[0], f"p-{policy}", policy=policy).rows
    assert not [i for i in rows["track_id"] if "all mine, ask me" in titles[i]]


def test_a_copy_with_a_freer_tag_does_not_free_the_recording(tmp_path):
    """The same samples under two licences: the stricter holds for both files."""
    from data_catalog.curation import curate

    home = Home(tmp_path / "home")
    strict = tone(tmp_path / "a" / "x.flac", seconds=5, tags={"LICENSE": "CC-BY-NC-4.0"})
    (tmp_path / "b").mkdir()
    shutil.copy(strict, tmp_path / "b" / "x.flac")
    write_tags(tmp_path / "b" / "x.flac", {"LICENSE": FREE})
    for folder in ("a", "b"):
        ingest(home, FolderSource(tmp_path / folder, home))
    measured(home)
    curate(home)
    with pytest.raises(EmptySnapshot):
        create_snapshot(home, "c", policy="commercial", duplicates=True)
