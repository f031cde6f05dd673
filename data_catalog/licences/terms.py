"""What may be done with a track: statements found, the licence that follows, and the policies.

Every statement is kept word for word with the place it was found in. Where statements differ the
strictest holds; where one is not understood the licence is unknown, and no policy lets it through.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import reduce
from typing import Any, Final

from data_catalog.licences.spdx import Licence, strictest
from data_catalog.licences.text import contradicts, licences_in_text, normalise, reserves_training

__all__ = [
    "POLICIES",
    "POLICY_SQL",
    "Licence",
    "Statement",
    "Verdict",
    "allows",
    "attribution_line",
    "judge",
    "licence_row",
    "licences_in_text",
    "normalise",
    "policy_refusal",
]

POLICIES: Final = ("commercial", "noncommercial", "any")
"""Licence policies, the strictest first. Each asks for a known licence."""

POLICY_SQL: Final = {
    "commercial": "licence is not null and coalesce(commercial_use, false)"
    " and coalesce(derivatives, false) and not coalesce(ai_training_reserved, false)",
    "noncommercial": "licence is not null and coalesce(derivatives, false)"
    " and not coalesce(ai_training_reserved, false)",
    "any": "licence is not null",
}
"""The policies as conditions over the columns of ``licences``, in DuckDB's SQL."""


@dataclass(frozen=True)
class Statement:
    """One thing that was found about the rights in a track.

    ``origin`` is tag, sidecar, dep5, text (a readme or copyright file), option or api; ``where``
    names the tag, the file or the address; ``notice`` marks a mere copyright notice, which may
    name a licence but need not. ``detail`` is more of the evidence, kept but not interpreted.
    """

    origin: str
    text: str
    where: str = ""
    notice: bool = False
    detail: str = ""


@dataclass(frozen=True)
class Verdict:
    """What the statements about one track come to."""

    licence: Licence | None
    ai_training_reserved: bool
    origin: str | None


def judge(statements: Iterable[Statement]) -> Verdict:
    """The licence that follows from everything found about a track.

    >>> judge([Statement("tag", "CC BY 4.0"), Statement("sidecar", "CC-BY-NC-4.0")]).licence.spdx
    'CC-BY-NC-4.0'
    >>> judge([Statement("option", "CC0-1.0"), Statement("tag", "ask my lawyer")]).licence is None
    True
    """
    statements = [s for s in statements if s.text.strip()]
    read = [(s, normalise(s.text)) for s in statements]
    reserved = any(reserves_training(s.text) for s in statements)
    understood = [(s, licence) for s, licence in read if licence]
    if not understood or any(licence is None and not s.notice for s, licence in read):
        return Verdict(None, reserved, statements[0].origin if statements else None)
    licence = reduce(strictest, (licence for _, licence in understood))
    if any(contradicts(s.text, licence) for s, _ in read):
        return Verdict(None, reserved, understood[0][0].origin)
    origin = next((s.origin for s, one in understood if one == licence), understood[0][0].origin)
    return Verdict(licence, reserved, origin)


def policy_refusal(policy: str, row: Mapping[str, Any]) -> str | None:
    """Why a row of ``licences`` does not pass a policy; None when it passes.

    >>> policy_refusal("commercial", {"licence": "CC-BY-NC-4.0", "commercial_use": False})
    'commercial use not allowed'
    """
    if policy not in POLICIES:
        raise ValueError(f"policy={policy!r}: must be one of {', '.join(POLICIES)}")
    if not row.get("licence"):
        return "licence unknown"
    if policy == "any":
        return None
    if policy == "commercial" and not row.get("commercial_use"):
        return "commercial use not allowed"
    if not row.get("derivatives"):
        return "derivatives not allowed"
    if row.get("ai_training_reserved"):
        return "AI training reserved"
    return None


def allows(policy: str, row: Mapping[str, Any]) -> bool:
    """True when a row of ``licences`` passes the policy. An unknown licence never does.

    >>> allows("any", {"licence": None}), allows("any", {"licence": "CC-BY-NC-ND-4.0"})
    (False, True)
    """
    return policy_refusal(policy, row) is None


def attribution_line(
    licence: Licence | None, title: str | None, artist: str | None, uri: str, changes: str = ""
) -> str | None:
    """The credit that an attribution licence asks for: title, author, source, licence, changes.

    >>> from data_catalog.licences.spdx import named
    >>> attribution_line(named("CC-BY-4.0"), "Dawn", "Ada", "archive:dawn")
    '"Dawn" by Ada (archive:dawn), CC-BY-4.0, https://creativecommons.org/licenses/by/4.0/'
    """
    if licence is None or not licence.attribution_required:
        return None
    line = f'"{title or "untitled"}" by {artist or "unknown author"} ({uri}), {licence.spdx}'
    if licence.url:
        line += f", {licence.url}"
    return f"{line}, {changes}" if changes else line


def licence_row(
    track_id: str,
    statements: Iterable[Statement],
    *,
    title: str | None,
    artist: str | None,
    uri: str,
    stated_by: str,
    changes: str = "",
    now: datetime | None = None,
) -> dict[str, Any]:
    """The row of ``licences`` that follows from what was found about a track."""
    statements = tuple(statements)
    verdict = judge(statements)
    licence = verdict.licence
    return {
        "track_id": track_id,
        "licence": licence.spdx if licence else None,
        "licence_url": licence.url if licence else None,
        "evidence": json.dumps([asdict(s) for s in statements], ensure_ascii=False),
        "evidence_origin": verdict.origin,
        "attribution": attribution_line(licence, title, artist, uri, changes),
        "commercial_use": licence.commercial_use if licence else None,
        "derivatives": licence.derivatives if licence else None,
        "share_alike": licence.share_alike if licence else None,
        "ai_training_reserved": verdict.ai_training_reserved,
        "stated_by": stated_by,
        "stated_at": now or datetime.now(UTC),
    }
