"""What all sources share: each declares itself, and each word of the command line finds its own."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

import data_catalog.sources
from data_catalog.home import Home
from data_catalog.sources import (
    SOURCES,
    ArchiveSource,
    DebianSource,
    FolderSource,
    JamendoSource,
    ObjectSource,
    SourceOptions,
    SourceUnavailable,
    UnknownLicence,
    resolve_source,
)

DECLARED = ("name", "title", "url", "licence_note", "citation")


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
@pytest.mark.parametrize("field", DECLARED)
def test_every_source_declares_itself(source, field):
    assert len(getattr(source, field)) > 2


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_every_source_names_where_it_is_described(source):
    assert source.url.startswith("https://")


def test_every_module_that_defines_a_source_is_registered():
    folder = Path(inspect.getfile(data_catalog.sources)).parent
    defined = {
        line.split()[1].partition(":")[0]
        for path in folder.glob("*.py")
        for line in path.read_text().splitlines()
        if line.startswith("class ") and line.rstrip().endswith("Source:")
    }
    assert defined == {source.__name__ for source in SOURCES.values()}


@pytest.mark.parametrize(
    ("spec", "kind"),
    [
        (".", FolderSource),
        ("debian:some-music", DebianSource),
        ("archive:netlabels", ArchiveSource),
        ("jamendo:tags=jazz", JamendoSource),
        ("s3://bucket/music", ObjectSource),
    ],
)
def test_a_word_finds_its_source(tmp_path, monkeypatch, spec, kind):
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    options = SourceOptions(jamendo_client_id="key")
    assert isinstance(resolve_source(spec, Home(tmp_path), options), kind)


def test_a_word_that_is_nothing_is_refused(tmp_path):
    with pytest.raises(SourceUnavailable, match="no such folder or file"):
        resolve_source("nowhere:at-all", Home(tmp_path))


def test_a_licence_that_means_none_is_refused_before_anything_is_read(tmp_path):
    with pytest.raises(
        UnknownLicence, match="licence='CCBY4': must be a licence that Shiroa knows"
    ):
        resolve_source(str(tmp_path), Home(tmp_path), licence="CCBY4")
