import pytest

from data_catalog.vocabulary import GENRES, MOODS
from features.audio.reader import AudioError, decode, probe
from features.audio.tags import read_tags
from features.hashing import file_sha256
from serving.composer.collection.plan import songs
from serving.composer.collection.write import write_demo_collection


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("collection")


@pytest.fixture(scope="module")
def manifest(folder):
    return write_demo_collection(folder, tracks=7, workers=1)


def of_kind(manifest, *kinds):
    return [row for row in manifest["tracks"] if row["kind"] in kinds]


def test_every_listed_file_is_there(folder, manifest):
    assert all((folder / row["file"]).exists() for row in manifest["tracks"])


def test_songs_tell_the_truth_about_themselves(folder, manifest):
    for row in of_kind(manifest, "good"):
        tags = read_tags(folder / row["file"])
        info = probe(folder / row["file"])
        assert tags["ARTIST"] == [row["artist"]]
        assert tags.get("GENRE", [row["genre"]]) == [row["genre"]]
        assert float(tags["SHIROA_TRUTH_TEMPO_BPM"][0]) == row["tempo_bpm"]
        assert tags["SHIROA_TRUTH_KEY"] == [row["key"]]
        assert (info.codec, info.duration_s) == ("FLAC", row["duration_s"])


def test_exact_duplicates_hold_the_samples_of_their_song(folder, manifest):
    for row in of_kind(manifest, "exact_duplicate"):
        assert decode(folder / row["file"]).audio_md5 == decode(folder / row["of"]).audio_md5


def test_broken_files_are_refused_for_the_reason_told(folder, manifest):
    for row in of_kind(manifest, "bad"):
        if row["expected_reason"] in ("silent", "noise"):
            continue
        with pytest.raises(AudioError) as caught:
            decode(folder / row["file"])
        assert caught.value.reason == row["expected_reason"], row["file"]


def test_a_second_run_writes_nothing(folder, manifest):
    before = {row["file"]: (folder / row["file"]).stat().st_mtime_ns for row in manifest["tracks"]}
    again = write_demo_collection(folder, tracks=7, workers=1)
    assert again["written"] == 0
    assert again["tracks"] == manifest["tracks"]
    assert all((folder / f).stat().st_mtime_ns == at for f, at in before.items())


def test_a_lost_file_is_made_again_alike(folder, manifest):
    path = folder / manifest["tracks"][0]["file"]
    digest = file_sha256(path)
    path.unlink()
    assert write_demo_collection(folder, tracks=7, workers=1)["written"] == 1
    assert file_sha256(path) == digest


def test_the_whole_plan_covers_genres_moods_artists_and_licences():
    plan = songs(64, 0)
    genres = [song.brief.genre for song in plan]
    assert min(genres.count(g) for g in GENRES) >= 6
    assert {song.brief.mood for song in plan} == set(MOODS)
    assert len({song.artist for song in plan}) >= 15
    assert {song.licence for song in plan} == {
        "CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", None,
    }  # fmt: skip
    assert len({song.file for song in plan}) == 64
    assert all(20 <= song.brief.duration_s <= 40 for song in plan)
