"""What licence is meant by text that people wrote: addresses, tags, sentences, whole licences."""

from __future__ import annotations

import re
from functools import reduce
from typing import Final

from data_catalog.licences.spdx import Licence, both, creative_commons, expression, named

_CC_URL: Final = re.compile(
    r"creativecommons\.org/(?:licen[sc]es/(?P<elements>[a-z+-]+)(?:/(?P<version>\d\.\d))?"
    r"|publicdomain/(?P<public>zero|mark|certification))",
    re.IGNORECASE,
)
_OTHER_URLS: Final = (
    (re.compile(r"gnu\.org/licenses/(?:old-licenses/)?gpl-2", re.I), "GPL-2.0-only"),
    (re.compile(r"gnu\.org/licenses/gpl(?:-3|\.)", re.I), "GPL-3.0-only"),
    (re.compile(r"artlibre\.org", re.I), "LAL-1.3"),
    (re.compile(r"opensource\.org/licenses?/mit", re.I), "MIT"),
    (re.compile(r"apache\.org/licenses/license-2\.0", re.I), "Apache-2.0"),
    (re.compile(r"spdx\.org/licenses/(?P<id>[A-Za-z0-9.+-]+?)(?:\.html|\b(?![.\w-]))"), ""),
)
_CC_WORDS: Final = re.compile(
    r"(?:creative\s*commons|\bcc\b)[\s:(,-]*(?P<words>(?:attribut\w*|by\b|non[\s-]?commercial|nc\b"
    r"|no[\s-]?deriv\w*(?:\s+works)?|nd\b|share[\s-]?alike|sa\b|[\s,()/_-]|and\b|licen[sc]e)+)"
    r"v?(?P<version>\d(?:\.\d)?)?",
    re.IGNORECASE,
)
_ELEMENTS: Final = {
    "by": re.compile(r"attribut|\bby\b", re.I),
    "nc": re.compile(r"non[\s-]?commercial|\bnc\b", re.I),
    "nd": re.compile(r"no[\s-]?deriv|\bnd\b", re.I),
    "sa": re.compile(r"share[\s-]?alike|\bsa\b", re.I),
}
_GRANTS: Final = (
    (
        r"permission is hereby granted, free of charge, to any person obtaining a copy .{0,400}"
        r"the above copyright notice and this permission notice",
        "MIT",
    ),
    (
        r"redistribution and use in source and binary forms.{0,600}neither the names? of",
        "BSD-3-Clause",
    ),
    (r"redistribution and use in source and binary forms.{0,200}permitted", "BSD-2-Clause"),
    (r"permission to use, copy, modify, and(?:/or)? distribute this .{0,40}for any purpose", "ISC"),
    (
        r"(?:gnu )?(?:general public|gpl).{0,80}version 2.{0,80}any later version",
        "GPL-2.0-or-later",
    ),
    (
        r"(?:gnu )?(?:general public|gpl).{0,80}version 3.{0,80}any later version",
        "GPL-3.0-or-later",
    ),
    (r"general public license.{0,80}version 2 dated", "GPL-2.0-only"),
    (r"licence art libre|free art licen[sc]e", "LAL-1.3"),
    (r"cc0 1\.0 universal|creative commons (?:zero|cc0)", "CC0-1.0"),
    (
        r"(?:placed|released|dedicated|is|put) (?:in|into|to|under) (?:the )?public domain",
        "LicenseRef-public-domain",
    ),
    (r"licensed under the apache license,? version 2\.0", "Apache-2.0"),
)
_GRANT_PATTERNS: Final = tuple((re.compile(p, re.I | re.S), _id) for p, _id in _GRANTS)
_NO_SALE: Final = re.compile(
    r"non[\s-]?commercial|not (?:for|allowed for) (?:any )?commercial|no commercial"
    r"|personal use only|may not be (?:sold|used)|all uses? forbidden",
    re.IGNORECASE,
)
_NO_CHANGE: Final = re.compile(r"no deriv|may not be modified|not be remixed", re.IGNORECASE)
_BARE_EXPRESSION: Final = re.compile(r"[\w.+()-]+(?:,?\s+(?:and|or|with)\s+[\w.+()-]+)+", re.I)
_RESERVATION: Final = re.compile(
    r"tdm[\s_-]*reserv|text[\s-]and[\s-]data[\s-]mining|no[\s-]?ai\b|(?:no|not|never|without)\b"
    r"[^.]{0,40}\b(?:ai|artificial intelligence|machine[\s-]learning)\b[^.]{0,20}\b(?:train\w*|use)"
    r"|article 4(?:\(3\))? [^.]{0,60}2019/790",
    re.IGNORECASE,
)
_SHORT: Final = 600
"""Longest text, characters, that is one statement and not a licence's own words."""


def licences_in_text(text: str) -> list[Licence]:
    """Every licence that a text names by address, by its words, or by its grant, without repeats.

    >>> [x.spdx for x in licences_in_text("see http://creativecommons.org/licenses/by-nc/2.5/ca/")]
    ['CC-BY-NC-2.5']
    """
    found = [*_by_address(text)]
    if not found:
        found = [*_by_words(text)]
    for pattern, name in _GRANT_PATTERNS:
        licence = named(name)
        if licence and pattern.search(" ".join(text.split())):
            if name == "BSD-2-Clause" and any(x.spdx == "BSD-3-Clause" for x in found):
                continue
            found.append(licence)
    return list({licence.spdx: licence for licence in found}.values())


def _by_address(text: str) -> list[Licence]:
    found: list[Licence | None] = []
    for match in _CC_URL.finditer(text):
        if match["public"]:
            found.append(named("CC0-1.0" if match["public"].lower() == "zero" else "CC-PDM-1.0"))
        elif "sampling" in match["elements"].lower():
            found.append(named("sampling+"))
        elif match["elements"].lower() == "publicdomain":
            found.append(named("public-domain"))
        else:
            parts = set(match["elements"].lower().strip("-").split("-"))
            found.append(creative_commons(parts, match["version"]))
    for pattern, name in _OTHER_URLS:
        found.extend(named(name or match["id"]) for match in pattern.finditer(text))
    return [licence for licence in found if licence]


def _by_words(text: str) -> list[Licence]:
    found = []
    for match in _CC_WORDS.finditer(text):
        elements = {e for e, pattern in _ELEMENTS.items() if pattern.search(match["words"])}
        version = match["version"]
        if version and "." not in version:
            version += ".0"
        licence = creative_commons(elements, version)
        if licence:
            found.append(licence)
    return found


def normalise(text: str) -> Licence | None:
    """The licence that one statement means: an identifier, expression, address or sentence.

    A sentence that names a licence and restricts it further ("CC BY, not for commercial use") is
    None: it contradicts itself.

    >>> normalise("Creative Commons Attribution-ShareAlike 3.0 Unported").spdx
    'CC-BY-SA-3.0'
    >>> normalise("© 2009 Somebody, all rights reserved") is None
    True
    """
    text = text.strip()
    if not text:
        return None
    if len(text) < _SHORT and (licence := expression(text)):
        return licence
    if _BARE_EXPRESSION.fullmatch(text):
        return None
    found = licences_in_text(text)
    if not found:
        return None
    licence = reduce(both, found)
    return None if contradicts(text, licence) else licence


def contradicts(text: str, licence: Licence) -> bool:
    """True when a short text forbids what the licence allows.

    >>> contradicts("Free for personal use only", expression("MIT"))
    True
    """
    sells = licence.commercial_use and _NO_SALE.search(text)
    changes = licence.derivatives and _NO_CHANGE.search(text)
    return len(text) < _SHORT and bool(sells or changes)


def reserves_training(text: str) -> bool:
    """True when the text reserves text and data mining or the training of models.

    The reservation is that of Directive (EU) 2019/790, article 4(3), or the same in plain words.

    >>> reserves_training("TDM-RESERVATION: 1"), reserves_training("CC BY 4.0")
    (True, False)
    """
    return bool(_RESERVATION.search(text))
