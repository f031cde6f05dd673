import json

import pytest

from data_catalog import models
from data_catalog.models import ModelRecord
from data_catalog.queries.questions import ask
from data_catalog.removal.takedown import TakedownError, take_down, taken_down
from data_catalog.schema.tables import TABLES
from data_catalog.snapshots.snapshot import create_snapshot
from data_catalog.tables.store import Store
from tests.data_catalog.store_fixtures import NOW, small_home, track_id


@pytest.fixture
def home(tmp_path):
    return small_home(tmp_path)


def holders(home, track):
    store = Store(home)
    return [
        name
        for name, table in TABLES.items()
        if any(c.name == "track_id" for c in table.columns)
        and track in store.read(name)["track_id"].to_list()
    ]


def test_the_track_leaves_every_table_but_the_record_of_takedowns(home):
    take_down(home, track_id(1), reason="letter of 3 May")

    assert holders(home, track_id(1)) == ["takedowns"]
    assert ask(home, "from catalog").num_rows == 7


def test_it_may_be_named_by_the_end_of_doubt(home):
    with pytest.raises(TakedownError, match="8 tracks begin so"):
        take_down(home, "0000")


def test_an_artist_goes_whole_however_the_name_is_written(home):
    result = take_down(home, artist=" artist 1")

    assert [int(track, 16) for track in result.tracks] == [1, 5]


def test_a_retagged_copy_goes_too(home):
    copy = Store(home).read("tracks").to_dicts()[0] | {"track_id": "copy", "title": "Other"}
    Store(home).insert_new("tracks", [copy | {"audio_md5": f"{1:032x}"}])

    assert take_down(home, track_id(1)).tracks == (track_id(1), "copy")


def test_near_copies_are_named_for_a_person_to_decide(home):
    assert take_down(home, track_id(0)).copies == (track_id(7),)


def test_everything_that_it_went_into_is_listed_and_the_models_flagged(home):
    with_it = create_snapshot(home, "with", where="genre = 'folk'")
    without = create_snapshot(home, "without", where="genre = 'jazz'")
    for name, snapshot in (("m1", with_it), ("m2", without)):
        models.register(home, ModelRecord(name, "musicgen", snapshot.name, snapshot.digest))
        made = {"generation_id": f"by-{name}", "model_id": name, "created_at": NOW}
        Store(home).insert_new("generations", [made])

    result = take_down(home, track_id(1), reason="letter")

    assert (result.snapshots, result.models, result.generations) == (("with",), ("m1",), ("by-m1",))
    assert "letter" in models.get(home, "m1").flag
    assert models.get(home, "m2").flag is None
    noted = json.loads(Store(home).read("takedowns")["affected"][0])
    assert noted["snapshots"] == ["with"]


def test_a_second_takedown_finishes_the_first(home):
    first = take_down(home, track_id(1))

    assert take_down(home, track_id(1)).tracks == first.tracks
    assert Store(home).read("takedowns").height == 1


def test_ingestion_is_told_what_to_refuse(home):
    take_down(home, track_id(1))

    assert taken_down(home).to_dicts() == [{"track_id": track_id(1), "audio_md5": f"{1:032x}"}]


def test_a_track_or_an_artist_is_needed(home):
    with pytest.raises(TakedownError, match="a track or an artist"):
        take_down(home)
