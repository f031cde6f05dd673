"""Names of artists, folded so that spellings of one name meet, and aliases that people join.

A track belongs to every artist that it credits: whoever sings as a guest on a training track must
not appear in the test split.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

from data_catalog.home import Home
from data_catalog.tables.store import Store
from features.errors import ShiroaError

_NOBODY: Final = frozenset(
    {
        "", "unknown", "unknown artist", "various", "various artists", "va", "v a", "n a", "none",
        "anonymous", "artist", "no artist", "traditional", "untitled",
    }
)  # fmt: skip
_GUEST: Final = re.compile(r"\s+(?:feat|ft|featuring|vs|versus)\.?\s+|\s*;\s*", re.IGNORECASE)
_PARTNER: Final = re.compile(r"\s*(?:,|&|\+|/|\bx\b|\band\b|\bwith\b)\s*", re.IGNORECASE)


class ArtistError(ShiroaError, ValueError):
    """Names that can't be joined."""


def fold_artist(name: str) -> str:
    """One name without case, accents, punctuation and a leading "the"; "" for nobody.

    >>> fold_artist("The Béatles "), fold_artist("beatles"), fold_artist("Various Artists")
    ('beatles', 'beatles', '')
    """
    plain = unicodedata.normalize("NFKD", name)
    plain = "".join(c for c in plain if not unicodedata.combining(c)).casefold()
    words = re.sub(r"[\W_]+", " ", plain).strip()
    folded = re.sub(r"^the (?=.)", "", words)
    if not folded:
        folded = re.sub(r"\s+", " ", plain).strip()
    return "" if folded in _NOBODY else folded


def credited(name: str | None, known: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """The folded names that a credit holds, the main one first.

    Guests ("feat.", "vs", ";") are always taken apart. Partners ("&", ",", "x", "and") only where
    one of them is in ``known``, so that a band whose name holds an "&" stays one artist.

    >>> credited("Ada feat. The Bobs")
    ('ada', 'bobs')
    >>> credited("Ada & Bob"), credited("Ada & Bob", frozenset({"bob"}))
    (('ada bob',), ('ada', 'bob'))
    """
    names: list[str] = []
    for part in _GUEST.split(_opened(name or "")):
        partners = [fold_artist(p) for p in _PARTNER.split(part)]
        names += partners if len(partners) > 1 and known & set(partners) else [fold_artist(part)]
    return tuple(dict.fromkeys(n for n in names if n))


def known_artists(names: Iterable[str | None]) -> frozenset[str]:
    """Folded names that stand alone as a credit somewhere in ``names``."""
    alone = {credit[0] for name in names if len(credit := credited(name)) == 1}
    return frozenset(alone)


def canonical_artist(folded: str, aliases: Mapping[str, str]) -> str:
    """The name that ``folded`` is an alias of, followed to its end; itself when it is none.

    >>> canonical_artist("a", {"a": "b", "b": "c"}), canonical_artist("d", {})
    ('c', 'd')
    """
    for _ in range(len(aliases)):
        if folded not in aliases:
            break
        folded = aliases[folded]
    return folded


def join_artists(home: Home, alias: str, artist: str, by: str = "person") -> None:
    """Record that ``alias`` is another name of ``artist``; it counts from the next ``curate`` on.

    An empty ``artist`` takes the two apart again. Raises ``ArtistError``.
    """
    name, of = fold_artist(alias), fold_artist(artist)
    if not name or (artist.strip() and not of):
        raise ArtistError(f"alias={alias!r}, artist={artist!r}: must be names of artists")
    if of and canonical_artist(of, artist_aliases(home)) == name:
        raise ArtistError(f"alias={alias!r}: already stands for {artist!r}; swap the two names")
    row = {"alias": name, "artist": of, "stated_by": by, "stated_at": datetime.now(UTC)}
    Store(home).upsert("artist_aliases", [row])


def artist_aliases(home: Home) -> dict[str, str]:
    """Folded aliases and the folded names that they stand for."""
    rows = Store(home).read("artist_aliases").select("alias", "artist").iter_rows()
    return {alias: artist for alias, artist in rows if artist}


def _opened(name: str) -> str:
    """``name`` with a guest in brackets moved out of them: "A (feat. B)" is "A feat. B"."""
    return re.sub(r"[(\[]\s*((?:feat|ft|featuring)\b[^)\]]*)[)\]]", r"\1", name, flags=re.I)
