"""The attribution file: every track is credited as its licence asks."""

from __future__ import annotations

import pytest

from data_catalog.licences.terms import Statement, licence_row
from data_catalog.snapshots.attribution import attribution, write_attribution
from data_catalog.snapshots.snapshot import SnapshotError, create_snapshot
from data_catalog.tables.store import Store
from tests.data_catalog.store_fixtures import small_home, track_id


@pytest.fixture
def home(tmp_path):
    return small_home(tmp_path)


def license_track(home, number, text, **about):
    row = licence_row(
        track_id(number),
        [Statement("tag", text)],
        title=about.get("title", "Dawn"),
        artist=about.get("artist", "Ada"),
        uri="archive:dawn",
        stated_by="folder",
    )
    Store(home).upsert("licences", [row])


def frozen(home):
    return create_snapshot(home, "spring", flawed=True)


def test_a_track_is_credited_with_title_author_source_and_licence(home):
    license_track(home, 1, "CC-BY-4.0")
    assert (
        '- "Dawn" by Ada (archive:dawn), CC-BY-4.0, https://creativecommons.org/licenses/by/4.0/'
        in attribution(frozen(home)).splitlines()
    )


def test_every_track_of_the_snapshot_has_a_line(home):
    snapshot = frozen(home)
    lines = [line for line in attribution(snapshot).splitlines() if line.startswith("- ")]
    assert len(lines) == snapshot.tracks


def test_each_licence_says_its_terms(home):
    license_track(home, 1, "CC-BY-NC-SA-4.0")
    text = attribution(frozen(home))
    section = text.split("## CC-BY-NC-SA-4.0 (1)")[1].split("##")[0]
    assert "Terms: https://creativecommons.org/licenses/by-nc-sa/4.0/" in section
    assert "Not for commercial use." in section
    assert "must carry the same licence" in section


def test_the_file_names_the_snapshot_and_its_digest(home):
    snapshot = frozen(home)
    assert f"{snapshot.tracks} tracks, digest {snapshot.digest}." in attribution(snapshot)


def test_a_hostile_title_adds_no_line_and_no_markup(home):
    license_track(home, 1, "CC-BY-4.0", title="x\n- forged\n## <script>")
    text = attribution(frozen(home))
    assert "- forged\n" not in text
    assert "<script>" not in text


def test_the_file_is_written_where_asked(home, tmp_path):
    frozen(home)
    path = write_attribution(home, "spring", tmp_path / "out" / "CREDITS.md")
    assert path.read_text().startswith("# Attribution: spring")


def test_a_snapshot_that_is_not_there_is_refused(home):
    with pytest.raises(SnapshotError, match="not found"):
        write_attribution(home, "winter")
