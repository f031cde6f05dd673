"""Licence names and expressions: SPDX identifiers and the short names of Debian's DEP-5.

Identifiers follow the SPDX licence list (https://spdx.org/licenses/); what the list lacks is
spelled ``LicenseRef-...``. Creative Commons licences are read by their elements (by, nc, nd, sa),
so ported and retired versions keep the right conditions. A name that is not understood is None.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True)
class Licence:
    """A licence and the conditions that decide what may be done under it."""

    spdx: str
    url: str | None
    commercial_use: bool
    derivatives: bool
    share_alike: bool
    attribution_required: bool


def _free(spdx: str, url: str | None, *, attribution: bool, share_alike: bool = False) -> Licence:
    return Licence(spdx, url, True, True, share_alike, attribution)


_GNU: Final = "https://www.gnu.org/licenses"
_KNOWN: Final = {
    licence.spdx: licence
    for licence in (
        _free("CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/", attribution=False),
        _free(
            "CC-PDM-1.0", "https://creativecommons.org/publicdomain/mark/1.0/", attribution=False
        ),
        _free("LicenseRef-public-domain", None, attribution=False),
        _free("MIT", "https://spdx.org/licenses/MIT.html", attribution=True),
        _free("MIT-0", "https://spdx.org/licenses/MIT-0.html", attribution=False),
        _free("BSD-2-Clause", "https://spdx.org/licenses/BSD-2-Clause.html", attribution=True),
        _free("BSD-3-Clause", "https://spdx.org/licenses/BSD-3-Clause.html", attribution=True),
        _free("ISC", "https://spdx.org/licenses/ISC.html", attribution=True),
        _free("Zlib", "https://spdx.org/licenses/Zlib.html", attribution=False),
        _free("Apache-2.0", "https://www.apache.org/licenses/LICENSE-2.0", attribution=True),
        _free("Artistic-1.0", "https://spdx.org/licenses/Artistic-1.0.html", attribution=True),
        _free("Artistic-2.0", "https://spdx.org/licenses/Artistic-2.0.html", attribution=True),
        _free("Unlicense", "https://unlicense.org/", attribution=False),
        _free("WTFPL", "http://www.wtfpl.net/about/", attribution=False),
        _free(
            "LAL-1.2", "https://artlibre.org/licence/lal/en12/", attribution=True, share_alike=True
        ),
        _free(
            "LAL-1.3", "https://artlibre.org/licence/lal/en/", attribution=True, share_alike=True
        ),
        _free("LicenseRef-EFF-OAL-1.0", None, attribution=True, share_alike=True),
        *(
            _free(f"{name}-{number}-{suffix}", f"{_GNU}/{page}", attribution=True, share_alike=True)
            for name, number, page in (
                ("GPL", "1.0", "old-licenses/gpl-1.0.html"),
                ("GPL", "2.0", "old-licenses/gpl-2.0.html"),
                ("GPL", "3.0", "gpl-3.0.html"),
                ("LGPL", "2.0", "old-licenses/lgpl-2.0.html"),
                ("LGPL", "2.1", "old-licenses/lgpl-2.1.html"),
                ("LGPL", "3.0", "lgpl-3.0.html"),
                ("AGPL", "3.0", "agpl-3.0.html"),
                ("GFDL", "1.2", "old-licenses/fdl-1.2.html"),
                ("GFDL", "1.3", "fdl-1.3.html"),
            )
            for suffix in ("only", "or-later")
        ),
        Licence("LicenseRef-CC-Sampling-Plus", None, False, True, False, True),
    )
}

_ALIASES: Final = {
    "expat": "MIT", "mit": "MIT", "x11": "MIT", "bsd": "BSD-3-Clause",
    "simplified bsd": "BSD-2-Clause", "artistic": "Artistic-1.0", "zlib/libpng": "Zlib",
    "cc0": "CC0-1.0", "cc zero": "CC0-1.0", "creative commons zero": "CC0-1.0", "cc0-1": "CC0-1.0",
    "public domain": "LicenseRef-public-domain", "public-domain": "LicenseRef-public-domain",
    "pd": "LicenseRef-public-domain", "public domain mark": "CC-PDM-1.0",
    "cc-pdm": "CC-PDM-1.0", "free art license": "LAL-1.3", "free art licence": "LAL-1.3",
    "licence art libre": "LAL-1.3", "art libre": "LAL-1.3", "fal": "LAL-1.3", "lal": "LAL-1.3",
    "free-art": "LAL-1.3", "fal-1.2": "LAL-1.2", "fal-1.3": "LAL-1.3", "free-art-1.3": "LAL-1.3",
    "free art license 1.2": "LAL-1.2", "free art license 1.3": "LAL-1.3", "apache": "Apache-2.0",
    "apache-2": "Apache-2.0", "apache license 2.0": "Apache-2.0", "artistic-2": "Artistic-2.0",
    "eff open audio license": "LicenseRef-EFF-OAL-1.0", "oal": "LicenseRef-EFF-OAL-1.0",
    "the unlicense": "Unlicense", "sampling+": "LicenseRef-CC-Sampling-Plus",
}  # fmt: skip

_BY_NAME: Final = {name.casefold(): licence for name, licence in _KNOWN.items()} | {
    alias: _KNOWN[name] for alias, name in _ALIASES.items()
}

_CC_ID: Final = re.compile(
    r"\(?cc[\s_-]+(?P<elements>(?:by|nc|nd|sa)(?:[\s_-]+(?:by|nc|nd|sa))*)"
    r"(?:[\s_-]+v?(?P<version>\d(?:\.\d)?))?(?:[\s_-]+(?P<port>[a-z]{2,3}|unported|int\w*))?\)?",
    re.IGNORECASE,
)
_GNU_ID: Final = re.compile(
    r"(?:gnu\s+)?(?P<name>a?gpl|lgpl|gfdl|fdl)[\s_-]*v?(?P<number>\d(?:\.\d)?)?"
    r"(?P<later>\+|[\s_-]or[\s_-](?:later|newer|above))?(?:[\s_-]only)?",
    re.IGNORECASE,
)
_VERSIONS: Final = ("1.0", "2.0", "2.5", "3.0", "4.0")


def creative_commons(elements: set[str], version: str | None) -> Licence | None:
    """The Creative Commons licence of these elements (by, nc, nd, sa); None for an impossible set.

    >>> creative_commons({"sa", "by"}, "3.0").spdx, creative_commons({"by"}, None).spdx
    ('CC-BY-SA-3.0', 'LicenseRef-CC-BY')
    """
    if not elements or elements - {"by", "nc", "nd", "sa"} or {"nd", "sa"} <= elements:
        return None
    name = "-".join(e for e in ("by", "nc", "nd", "sa") if e in elements)
    listed = "by" in elements and version in _VERSIONS
    spdx = f"CC-{name.upper()}-{version}" if listed else f"LicenseRef-CC-{name.upper()}"
    return Licence(
        spdx=spdx,
        url=f"https://creativecommons.org/licenses/{name}/{version}/" if version else None,
        commercial_use="nc" not in elements,
        derivatives="nd" not in elements,
        share_alike="sa" in elements,
        attribution_required="by" in elements,
    )


def _creative_commons_name(name: str) -> Licence | None:
    match = _CC_ID.fullmatch(name)
    if match is None:
        return None
    version = match["version"]
    if version and "." not in version:
        version = f"{version}.0"
    return creative_commons(set(re.split(r"[\s_-]+", match["elements"].casefold())), version)


def _gnu_name(name: str) -> Licence | None:
    match = _GNU_ID.fullmatch(name)
    if match is None:
        return None
    family = {"FDL": "GFDL"}.get(match["name"].upper(), match["name"].upper())
    lowest = {"LGPL": "2.0", "AGPL": "3.0", "GFDL": "1.2"}.get(family, "1.0")
    number = match["number"] or lowest
    if "." not in number:
        number = f"{number}.0"
    later = match["later"] or not match["number"]
    return _KNOWN.get(f"{family}-{number}-{'or-later' if later else 'only'}")


def named(name: str) -> Licence | None:
    """The licence that one name means; None when it is not known.

    >>> named("GPL-2+").spdx, named("cc-by-nc 4").spdx, named("Expat").spdx, named("frob")
    ('GPL-2.0-or-later', 'CC-BY-NC-4.0', 'MIT', None)
    """
    folded = " ".join(name.split()).strip(" .,;:\"'").casefold()
    return _BY_NAME.get(folded) or _creative_commons_name(folded) or _gnu_name(folded)


def both(a: Licence, b: Licence) -> Licence:
    """Two licences that bind at the same time: every condition of either holds.

    >>> both(named("CC-BY-ND-3.0"), named("CC-BY-SA-3.0")).spdx
    'CC-BY-ND-3.0 AND CC-BY-SA-3.0'
    """
    if a.spdx == b.spdx:
        return a
    parts = " AND ".join(f"({x.spdx})" if " OR " in x.spdx else x.spdx for x in (a, b))
    return Licence(
        spdx=parts,
        url=a.url or b.url,
        commercial_use=a.commercial_use and b.commercial_use,
        derivatives=a.derivatives and b.derivatives,
        share_alike=a.share_alike or b.share_alike,
        attribution_required=a.attribution_required or b.attribution_required,
    )


def strictest(a: Licence, b: Licence) -> Licence:
    """What holds when two statements about one track differ: the stricter, else both.

    >>> strictest(named("CC-BY-4.0"), named("CC-BY-NC-4.0")).spdx
    'CC-BY-NC-4.0'
    """
    strict_a, strict_b = _strictness(a), _strictness(b)
    if all(x >= y for x, y in zip(strict_a, strict_b, strict=True)):
        return a
    if all(x <= y for x, y in zip(strict_a, strict_b, strict=True)):
        return b
    return both(a, b)


def either(a: Licence, b: Licence) -> Licence:
    """Two licences to choose from: the freer one, under the name of the choice.

    >>> choice = either(named("GPL-2"), named("CC-BY-NC-3.0"))
    >>> choice.spdx, choice.commercial_use
    ('GPL-2.0-only OR CC-BY-NC-3.0', True)
    """
    freer = min((a, b), key=_strictness)
    return a if a.spdx == b.spdx else replace(freer, spdx=f"{a.spdx} OR {b.spdx}")


def _strictness(licence: Licence) -> tuple[bool, ...]:
    return (
        not licence.commercial_use,
        not licence.derivatives,
        licence.share_alike,
        licence.attribution_required,
    )


_OPERATOR: Final = re.compile(r"(\(|\)|,?\s+\b(?:and|or)\b\s+)", re.IGNORECASE)
_EXCEPTION: Final = re.compile(r"\s+with\s+.*$", re.IGNORECASE)


def expression(text: str) -> Licence | None:
    """The licence that an SPDX or DEP-5 expression grants; None when a needed part is unknown.

    "and" binds before "or"; DEP-5's comma before an operator makes it bind last. An exception after
    "with" only adds permissions, so it is left out.

    >>> expression("GPL-2+ or Artistic, and CC-BY-3.0").spdx
    '(GPL-2.0-or-later OR Artistic-1.0) AND CC-BY-3.0'
    >>> expression("CC-BY-4.0 AND frob") is None
    True
    """
    tokens = [token for token in _OPERATOR.split(text) if token.strip()]
    try:
        licence, rest = _any_of(tokens, _LOOSE)
    except (IndexError, RecursionError):
        return None
    return None if rest else licence


_LOOSE: Final = (", and", ", or", "or", "and")
"""Operators, the loosest first."""


def _any_of(tokens: list[str], operators: tuple[str, ...]) -> tuple[Licence | None, list[str]]:
    if not operators:
        return _operand(tokens)
    operator = operators[0]
    licence, tokens = _any_of(tokens, operators[1:])
    while tokens and " ".join(tokens[0].casefold().split()) == operator:
        right, tokens = _any_of(tokens[1:], operators[1:])
        licence = _joined(licence, right, choice=operator.endswith("or"))
    return licence, tokens


def _joined(a: Licence | None, b: Licence | None, *, choice: bool) -> Licence | None:
    if choice:
        return either(a, b) if a and b else a or b
    return both(a, b) if a and b else None


def _operand(tokens: list[str]) -> tuple[Licence | None, list[str]]:
    first, rest = tokens[0], tokens[1:]
    if first != "(":
        return named(_EXCEPTION.sub("", first)), rest
    licence, rest = _any_of(rest, _LOOSE)
    if rest[0] != ")":
        raise IndexError
    return licence, rest[1:]
