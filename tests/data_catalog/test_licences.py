"""Licences: what text means, what follows from several statements, what policies let through."""

from __future__ import annotations

from functools import reduce

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_catalog.licences.spdx import both, expression, named, strictest
from data_catalog.licences.terms import (
    POLICIES,
    POLICY_SQL,
    Statement,
    allows,
    judge,
    licence_row,
    normalise,
    policy_refusal,
)

MEANINGS = {
    "CC-BY-4.0": "CC-BY-4.0",
    "cc by-sa 3.0": "CC-BY-SA-3.0",
    "CC BY-NC-ND": "LicenseRef-CC-BY-NC-ND",
    "CC-BY-SA-3.0-DE": "CC-BY-SA-3.0",
    "https://creativecommons.org/licenses/by-nc-sa/4.0/": "CC-BY-NC-SA-4.0",
    "http://creativecommons.org/licenses/by-nd-nc/1.0/": "CC-BY-NC-ND-1.0",
    "http://creativecommons.org/licenses/by-sa/2.5/ca/legalcode": "CC-BY-SA-2.5",
    "http://creativecommons.org/publicdomain/zero/1.0/": "CC0-1.0",
    "http://creativecommons.org/publicdomain/mark/1.0/": "CC-PDM-1.0",
    "http://creativecommons.org/licenses/publicdomain/": "LicenseRef-public-domain",
    "http://creativecommons.org/licenses/nc-sampling+/1.0/": "LicenseRef-CC-Sampling-Plus",
    "This work is licensed under the Creative Commons Attribution-NonCommercial-ShareAlike 3.0"
    " Unported License.": "CC-BY-NC-SA-3.0",
    "2009 Ada. Licensed to the public under http://creativecommons.org/licenses/by/3.0/"
    " verify at http://example.org": "CC-BY-3.0",
    "Creative Commons Attribution No Derivatives": "LicenseRef-CC-BY-ND",
    "CC0": "CC0-1.0",
    "public-domain": "LicenseRef-public-domain",
    "Released into the public domain by its author": "LicenseRef-public-domain",
    "Free Art License": "LAL-1.3",
    "GPL-2+": "GPL-2.0-or-later",
    "GPL-3": "GPL-3.0-only",
    "GPL-3.0-or-later": "GPL-3.0-or-later",
    "LGPL-2.1+": "LGPL-2.1-or-later",
    "Expat": "MIT",
    "GPL-2+ or CC-BY-SA-3.0": "GPL-2.0-or-later OR CC-BY-SA-3.0",
    "(MIT OR CC-BY-4.0) AND CC-BY-SA-4.0": "(MIT OR CC-BY-4.0) AND CC-BY-SA-4.0",
    "GPL-2+ with Font exception": "GPL-2.0-or-later",
}  # fmt: skip

NOT_UNDERSTOOD = (
    "",
    "all rights reserved",
    "© 2009 Somebody",
    "ask my lawyer",
    "CC BY 3.0, but not for commercial use",
    "CC-BY-ND-SA-4.0",
    "CC-BY-4.0 AND frob",
    "(MIT",
    "free",
)


@pytest.mark.parametrize(("text", "spdx"), MEANINGS.items())
def test_text_means_a_licence(text, spdx):
    assert normalise(text).spdx == spdx


@pytest.mark.parametrize("text", NOT_UNDERSTOOD)
def test_text_that_is_not_understood_is_unknown(text):
    assert normalise(text) is None


@pytest.mark.parametrize(
    ("name", "commercial", "derivatives", "share_alike"),
    [
        ("CC-BY-4.0", True, True, False),
        ("CC-BY-NC-4.0", False, True, False),
        ("CC-BY-ND-3.0", True, False, False),
        ("CC-BY-NC-SA-2.0", False, True, True),
        ("LAL-1.3", True, True, True),
    ],
)
def test_conditions_follow_from_the_licence(name, commercial, derivatives, share_alike):
    licence = named(name)
    conditions = (licence.commercial_use, licence.derivatives, licence.share_alike)
    assert conditions == (commercial, derivatives, share_alike)


def test_a_choice_grants_the_freer_licence():
    assert expression("CC-BY-NC-4.0 OR MIT").commercial_use


def test_licences_that_bind_together_keep_every_condition():
    licence = expression("CC-BY-NC-4.0 AND CC-BY-ND-4.0")
    assert (licence.commercial_use, licence.derivatives) == (False, False)


def test_statements_that_differ_leave_the_strictest():
    verdict = judge([Statement("tag", "CC0-1.0"), Statement("sidecar", "CC-BY-NC-SA-4.0")])
    assert verdict.licence.spdx == "CC-BY-NC-SA-4.0"


def test_a_statement_that_is_not_understood_makes_the_licence_unknown():
    assert judge([Statement("option", "CC0-1.0"), Statement("tag", "mine!")]).licence is None


def test_a_copyright_notice_is_no_licence_and_no_contradiction():
    notice = Statement("tag", "(c) 2009 Ada, all rights reserved", "COPYRIGHT", notice=True)
    assert judge([Statement("tag", "CC-BY-3.0"), notice]).licence.spdx == "CC-BY-3.0"


def test_a_notice_that_forbids_what_the_licence_allows_makes_it_unknown():
    notice = Statement("api", "Free for non-commercial use", "rights", notice=True)
    assert judge([Statement("api", "CC-BY-3.0"), notice]).licence is None


def test_a_reservation_of_training_is_found_beside_the_licence():
    verdict = judge(
        [Statement("tag", "CC-BY-4.0"), Statement("tag", "TDM-RESERVATION: 1", "", True)]
    )
    assert (verdict.licence.spdx, verdict.ai_training_reserved) == ("CC-BY-4.0", True)


def test_an_attribution_licence_gives_the_line_to_print():
    row = licence_row(
        "ab12",
        [Statement("tag", "CC BY 4.0")],
        title="Dawn",
        artist="Ada",
        uri="archive:dawn",
        stated_by="archive",
        changes="converted from MP3 to FLAC",
    )
    assert row["attribution"] == (
        '"Dawn" by Ada (archive:dawn), CC-BY-4.0, https://creativecommons.org/licenses/by/4.0/,'
        " converted from MP3 to FLAC"
    )


def test_a_dedication_asks_for_no_attribution():
    row = licence_row(
        "ab", [Statement("tag", "CC0")], title="t", artist="a", uri="u", stated_by="folder"
    )
    assert row["attribution"] is None


LICENCE_NAMES = st.sampled_from(
    ["CC0-1.0", "MIT", "CC-BY-4.0", "CC-BY-SA-3.0", "CC-BY-NC-4.0", "CC-BY-ND-4.0",
     "CC-BY-NC-ND-2.5", "CC-BY-NC-SA-4.0", "GPL-3+", "Free Art License", "frob", "", "TDM reserved",
     "CC BY 4.0, personal use only", "http://creativecommons.org/licenses/by-nc/3.0/",
     "CC-BY-NC-4.0 AND MIT", "CC-BY-ND-4.0 OR CC-BY-NC-4.0"]
)  # fmt: skip
STATEMENTS = st.lists(
    st.builds(
        Statement,
        origin=st.sampled_from(["tag", "sidecar", "dep5", "text", "option", "api"]),
        text=LICENCE_NAMES,
        notice=st.booleans(),
    ),
    max_size=5,
)


@given(STATEMENTS)
def test_nothing_noncommercial_or_unknown_passes_the_commercial_policy(statements):
    row = licence_row("t", statements, title=None, artist=None, uri="u", stated_by="folder")
    restricted = [
        s for s in statements if (licence := normalise(s.text)) and not licence.commercial_use
    ]
    unclear = [s for s in statements if s.text and not s.notice and normalise(s.text) is None]
    if restricted or unclear or not statements:
        assert not allows("commercial", row)


@given(STATEMENTS)
def test_a_policy_lets_through_no_more_than_the_looser_one(statements):
    row = licence_row("t", statements, title=None, artist=None, uri="u", stated_by="folder")
    passed = [allows(policy, row) for policy in POLICIES]
    assert passed == sorted(passed)


@settings(max_examples=30, deadline=None)
@given(STATEMENTS, st.sampled_from(POLICIES))
def test_the_policy_in_sql_and_in_python_agree(statements, policy):
    row = licence_row("t", statements, title=None, artist=None, uri="u", stated_by="folder")
    columns = ("licence", "commercial_use", "derivatives", "ai_training_reserved")
    values = ", ".join(
        "null" if row[c] is None else f"'{row[c]}'" if c == "licence" else str(row[c])
        for c in columns
    )
    sql = f"select {POLICY_SQL[policy]} from (values ({values})) as t({', '.join(columns)})"
    assert duckdb.execute(sql).fetchall()[0][0] == allows(policy, row)


PLAIN = ["CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC-BY-ND-4.0", "CC-BY-NC-ND-4.0"]


@given(st.lists(st.sampled_from(PLAIN), min_size=1, max_size=4))
def test_the_strictest_is_as_strict_as_all_conditions_together(names):
    licences = [named(name) for name in names]
    one, together = reduce(strictest, licences), reduce(both, licences)
    assert (one.commercial_use, one.derivatives, one.share_alike) == (
        together.commercial_use,
        together.derivatives,
        together.share_alike,
    )


def test_a_refusal_says_why():
    row = {"licence": "CC-BY-4.0", "commercial_use": True, "derivatives": True}
    assert policy_refusal("commercial", row | {"ai_training_reserved": True}) == (
        "AI training reserved"
    )


def test_an_unknown_policy_names_the_known_ones():
    with pytest.raises(ValueError, match="commercial, noncommercial, any"):
        allows("free", {"licence": "MIT"})
