"""Copies of one recording: the strictest of their licences holds for all."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from data_catalog.duplicates.rights import bind_copies
from data_catalog.licences.terms import Statement, allows, licence_row

TEXTS = st.sampled_from([None, "CC0-1.0", "CC-BY-4.0", "CC-BY-NC-4.0", "CC-BY-ND-4.0", "mine"])
SCHEMA = {
    "track_id": pl.String, "duplicate_of": pl.String, "evidence_origin": pl.String,
    "licence": pl.String, "licence_url": pl.String, "commercial_use": pl.Boolean,
    "derivatives": pl.Boolean, "share_alike": pl.Boolean, "ai_training_reserved": pl.Boolean,
}  # fmt: skip


def rows(texts):
    """Copies of the first track, each with what it states."""
    made = []
    for number, text in enumerate(texts):
        statements = [Statement("tag", text)] if text else []
        row = licence_row(
            str(number), statements, title=None, artist=None, uri="u", stated_by="folder"
        )
        made.append({n: row.get(n) for n in SCHEMA} | {"duplicate_of": "0" if number else None})
    return pl.DataFrame(made, schema=SCHEMA)


def licences(*texts):
    return bind_copies(rows(texts))["licence"].to_list()


def test_a_freer_copy_frees_nothing():
    assert licences("CC-BY-NC-4.0", "CC0-1.0") == ["CC-BY-NC-4.0", "CC-BY-NC-4.0"]


def test_a_copy_about_which_nothing_is_stated_stays_unknown_and_binds_nobody():
    assert licences(None, "CC0-1.0") == [None, "CC0-1.0"]


def test_a_statement_that_is_not_understood_makes_all_copies_unknown():
    assert licences("CC0-1.0", "mine") == [None, None]


def test_a_track_without_copies_keeps_its_licence():
    assert licences("CC-BY-4.0") == ["CC-BY-4.0"]


def test_a_reservation_of_training_holds_for_all_copies():
    reserved = rows(["CC0-1.0", "CC-BY-4.0"]).with_columns(
        ai_training_reserved=pl.col("track_id") == "1"
    )
    assert bind_copies(reserved)["ai_training_reserved"].to_list() == [True, True]


@settings(max_examples=60, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_no_copy_passes_a_policy_that_another_stated_copy_fails(texts):
    alone, bound = rows(texts), bind_copies(rows(texts))
    stated = alone.filter(pl.col("evidence_origin").is_not_null())
    for policy in ("commercial", "noncommercial", "any"):
        if not all(allows(policy, row) for row in stated.iter_rows(named=True)):
            assert not any(allows(policy, row) for row in bound.iter_rows(named=True))
