"""docs/sources.md: its source works as printed, and its tables name what there is."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from data_catalog.home import Home
from data_catalog.ingestion.ingest import ingest
from data_catalog.licences.terms import POLICIES
from data_catalog.sources import SOURCES, Source
from data_catalog.sources.sidecar import parse_sidecar
from data_catalog.tables.store import Store
from tests.data_catalog.replay import serving
from tests.data_catalog.sources_fixtures import tone

PAGE = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")


def block(language):
    [code] = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return code


def test_the_printed_source_ingests(tmp_path):
    made = {}
    exec(compile(block("python"), "docs/sources.md", "exec"), made)
    with serving() as server:
        server.file("/dawn.flac", tone(tmp_path / "dawn.flac").read_bytes())
        lines = tmp_path / "list.tsv"
        lines.write_text(f"{server.url}/dawn.flac\tCC-BY-4.0\tAda\n")
        home = Home(tmp_path / "home")
        source = made["UrlSource"](str(lines), home)
        assert isinstance(source, Source)
        assert (ingest(home, source).new, ingest(home, source).unchanged) == (1, 1)
    [row] = Store(home).read("licences").iter_rows(named=True)
    assert (row["licence"], row["stated_by"]) == ("CC-BY-4.0", "urls")


def test_the_printed_source_has_60_lines_at_most():
    assert len(block("python").splitlines()) <= 60


def test_the_printed_sidecar_is_understood(tmp_path):
    text = block("toml")
    assert parse_sidecar(tmp_path / "shiroa.toml", text.encode()).fault is None
    assert tomllib.loads(text)["licence"] == "CC-BY-4.0"


@pytest.mark.parametrize("name", [*sorted(set(SOURCES) - {"folder", "objects"}), "s3", *POLICIES])
def test_the_tables_name_every_source_and_policy(name):
    assert f"`{name}" in PAGE
