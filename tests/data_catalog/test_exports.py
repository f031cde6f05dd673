import gzip
import json
import tarfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from data_catalog.snapshots.diff import diff_snapshots
from data_catalog.snapshots.exports import ExportError, export_snapshot
from data_catalog.snapshots.snapshot import create_snapshot
from data_catalog.tables.store import Store
from features.audio.reader import encode
from tests.data_catalog.store_fixtures import label, small_home, track_id


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """The small home with a short sound for each track, and the snapshot ``spring``."""
    folder = tmp_path_factory.mktemp("exports")
    home = small_home(folder / "home")
    store = Store(home)
    tracks = store.read("tracks").with_columns(
        path=pl.format("{}/{}.flac", pl.lit(str(folder)), pl.col("track_id"))
    )
    for path in tracks["path"]:
        encode(path, np.zeros((800, 2), np.float32), 8000)
    store.replace("tracks", tracks)
    create_snapshot(home, "spring")
    return home


@pytest.fixture(scope="module")
def exported(home, tmp_path_factory):
    place = tmp_path_factory.mktemp("exported")
    return {
        name: export_snapshot(home, "spring", place / name, name)
        for name in ("huggingface", "webdataset", "musicgen")
    }


def test_hugging_face_datasets_load_the_folder(exported, tmp_path):
    datasets = pytest.importorskip("datasets")

    loaded = datasets.load_dataset(str(exported["huggingface"]), cache_dir=str(tmp_path))

    assert {split: len(rows) for split, rows in loaded.items()} == {
        "train": 4,
        "validation": 1,
    }
    row = loaded["validation"].cast_column("audio", datasets.Audio(decode=False))[0]
    assert row["licence"] == "CC-BY-NC-4.0"
    assert row["audio"]["path"].endswith(f"{track_id(6)}.flac")


def test_a_shard_holds_audio_and_its_record_side_by_side(exported):
    with tarfile.open(exported["webdataset"] / "train-000000.tar") as shard:
        names = shard.getnames()
        first = json.load(shard.extractfile(names[0]))

    assert names[:2] == [f"{track_id(0)}.json", f"{track_id(0)}.flac"]
    assert first["attribution"] is None
    assert "path" not in first


def test_musicgen_finds_its_words_beside_each_track(exported):
    folder = exported["musicgen"]
    with gzip.open(folder / "egs" / "validation" / "data.jsonl.gz", "rt") as manifest:
        (line,) = [json.loads(line) for line in manifest]

    record = json.loads((folder / line["path"]).with_suffix(".json").read_text())
    assert (record["bpm"], record["key"], record["genre"]) == (96.0, "C major", "jazz")
    assert record["description"] == "jazz, 96 BPM, C major"


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning:rdflib")
@pytest.mark.filterwarnings("ignore:The inplace keyword:Warning:mlcroissant")
def test_croissant_accepts_the_description_and_reads_the_rows(exported):
    mlcroissant = pytest.importorskip("mlcroissant")

    dataset = mlcroissant.Dataset(exported["huggingface"] / "croissant.json")

    records = list(dataset.records("tracks"))
    assert len(records) == 5
    assert {record["tracks/track_id"].decode() for record in records} >= {track_id(0)}
    assert not dataset.metadata.ctx.issues.errors


def test_the_card_says_what_may_be_done(exported):
    card = (exported["webdataset"] / "README.md").read_text()

    assert "| CC-BY-NC-4.0 | no | yes |" in card
    assert "| `tempo_bpm` | Float64 | tempo, beats a minute" in card


def test_the_credit_travels_along(exported):
    assert '"Song 1" by Artist 1' in (exported["musicgen"] / "ATTRIBUTION.md").read_text()


def test_missing_audio_is_counted_and_named(home, tmp_path):
    lost = Store(home).read("tracks").filter(pl.col("track_id") == track_id(0))["path"][0]
    kept = Path(lost).rename(f"{lost}.kept")
    try:
        with pytest.raises(ExportError, match="1 of 5 audio files"):
            export_snapshot(home, "spring", tmp_path / "x")
    finally:
        kept.rename(lost)
    assert not (tmp_path / "x").exists()


def test_a_folder_is_never_written_over(home, tmp_path):
    with pytest.raises(ExportError, match="exists"):
        export_snapshot(home, "spring", tmp_path)


def test_the_difference_of_two_snapshots(tmp_path):
    home = small_home(tmp_path)
    create_snapshot(home, "before")
    Store(home).append("labels", [label(0, "genre", "pop", origin="person")])
    Store(home).delete("tracks", "track_id", [track_id(1)])
    create_snapshot(home, "after", flawed=True)

    diff = diff_snapshots(home, "before", "after")

    assert diff.removed["track_id"].to_list() == [track_id(1)]
    assert diff.added["track_id"].to_list() == [track_id(2)]
    told = diff.changed.filter(pl.col("column") == "genre").select("before", "after").rows()
    assert told == [("jazz", "pop")]
    assert diff.counts()["changed genre"] == 1


def test_a_snapshot_does_not_differ_from_itself(home):
    assert diff_snapshots(home, "spring", "spring").same
