"""Lyrics into syllables, with their stress and their sounds. English, and Turkish.

Turkish is spelled as it sounds, so its rules are exact: a syllable for each vowel, one consonant
before it, stress on the last syllable of a word. English spelling is read by its vowel groups and
a silent final e, and by a table of vowel spellings: good for singing, not a dictionary.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

_VOWELS = {"en": "aeiouy", "tr": "aeıioöuüâîû"}
_TURKISH = set("ğışçöüİ")
_UNSTRESSED = frozenset(
    ("a", "an", "and", "as", "at", "be", "but", "by", "for", "from", "i", "in", "is", "it", "its",
     "my", "me", "of", "on", "or", "our", "so", "the", "to", "was", "we", "with", "you", "your",
     "he", "she", "they")
)  # fmt: skip
_SPELLINGS = (
    ("igh", "ai"), ("eau", "o"), ("oo", "u"), ("ee", "i"), ("ea", "i"), ("ai", "e"), ("ay", "e"),
    ("ei", "e"), ("ey", "e"), ("oa", "o"), ("oe", "o"), ("ow", "o"), ("ou", "a"), ("au", "o"),
    ("aw", "o"), ("oi", "o"), ("oy", "o"), ("ie", "i"), ("ue", "u"), ("ew", "u"), ("ui", "u"),
)  # fmt: skip
_LONG = {"a": "e", "e": "i", "i": "a", "o": "o", "u": "u", "y": "a"}
_SHORT = {"a": "ae", "e": "e", "i": "ih", "o": "o", "u": "uh", "y": "ih"}
_TURKISH_SOUND = {"a": "a", "e": "e", "ı": "ii", "i": "i", "o": "o", "ö": "oe", "u": "u",
                  "ü": "ue", "â": "a", "î": "i", "û": "u"}  # fmt: skip
_PAIRS = ("sh", "ch", "th", "ph", "ng", "wh", "ck")
_SOUND_OF = {"c": "k", "q": "k", "x": "s", "ck": "k", "ph": "f", "wh": "w"}
_TURKISH_CONSONANT = {"c": "j", "ç": "ch", "ş": "sh", "ğ": "", "j": "sh"}


@dataclass(frozen=True)
class Sung:
    """One syllable to be sung."""

    text: str
    stressed: bool
    ends_word: bool
    onset: tuple[str, ...]
    vowel: str
    coda: tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """A line of lyrics and the section that it belongs to (lower case, "" before any)."""

    section: str
    text: str
    syllables: tuple[Sung, ...]


def language_of(text: str) -> str:
    """``tr`` when letters that only Turkish has of the two are there, else ``en``."""
    return "tr" if _TURKISH & set(text) else "en"


def read_lyrics(text: str, language: str | None = None) -> list[Line]:
    """The lines of lyrics that have anything to sing; ``[chorus]`` on a line starts a section.

    >>> [s.text for s in read_lyrics("Morning over water")[0].syllables]
    ['Mor', 'ning', 'o', 'ver', 'wa', 'ter']
    """
    language = language or language_of(text)
    lines, section = [], ""
    for row in text.splitlines():
        header = re.fullmatch(r"\s*\[([^\]]+)\]\s*", row)
        if header:
            section = header[1].strip().lower()
            continue
        words = re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)*", row)
        sung = tuple(s for word in words for s in _word(word, language))
        if sung:
            lines.append(Line(section, row.strip(), sung))
    return lines


def syllables_of(word: str, language: str) -> list[str]:
    """The syllables of a word, as written.

    >>> syllables_of("gökyüzünde", "tr"), syllables_of("little", "en"), syllables_of("stone", "en")
    (['gök', 'yü', 'zün', 'de'], ['lit', 'tle'], ['stone'])
    """
    vowels = _VOWELS[language]
    folded = _lower(word, language)
    groups = [m.span() for m in re.finditer(f"[{vowels}]+", folded)]
    if language == "tr":
        groups = [(i, i + 1) for i, letter in enumerate(folded) if letter in vowels]
    else:
        groups = _english_groups(folded, groups)
    cuts = [0]
    for (_, end), (start, _) in pairwise(groups):
        between = start - end
        keep = 0 if between <= 1 else between - 1
        if language == "en" and between >= 2 and folded[start - 2 : start] in _PAIRS:
            keep = between - 2
        if folded[start - 1 : start] in ("r", "l") and between >= 3:
            keep = between - 2
        cuts.append(end + keep)
    return [word[a:b] for a, b in zip(cuts, [*cuts[1:], len(word)], strict=True)]


def _english_groups(word: str, groups: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Vowel groups that sound: no silent final e, no consonant y at the front."""
    if groups and word.startswith("y") and groups[0][1] > 1:
        groups = [(1, groups[0][1]), *groups[1:]]
    elif groups and word.startswith("y") and len(groups) > 1:
        groups = groups[1:]
    last_e = len(groups) > 1 and word.endswith("e") and groups[-1] == (len(word) - 1, len(word))
    if last_e and not (word.endswith("le") and len(word) > 3 and word[-3] not in "aeiouy"):
        groups = groups[:-1]
    past = len(groups) > 1 and word.endswith("ed") and groups[-1][1] == len(word) - 1
    if past and word[-3] not in "td":
        groups = groups[:-1]
    return groups


def _word(word: str, language: str) -> list[Sung]:
    parts = syllables_of(word, language)
    made = []
    for index, part in enumerate(parts):
        onset, vowel, coda = _sounds(_lower(part, language), language, index == len(parts) - 1)
        if language == "tr":
            stressed = index == len(parts) - 1
        else:
            stressed = index == 0 and word.lower() not in _UNSTRESSED
        made.append(Sung(part, stressed, index == len(parts) - 1, onset, vowel, coda))
    return made


def _sounds(part: str, language: str, last: bool) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
    found = re.search(f"[{_VOWELS[language]}]+", part[1:] if part.startswith("y") else part)
    if found is None:
        return _consonants(part, language), "uh", ()
    shift = 1 if part.startswith("y") and len(part) > 1 else 0
    start, end = found.start() + shift, found.end() + shift
    coda = part[end:]
    if language == "tr":
        vowel = _TURKISH_SOUND[part[start]]
    else:
        vowel = _english_vowel(part[start:end], coda, last)
        if last and coda.endswith("e"):
            coda = coda[:-1]
    return _consonants(part[:start], language), vowel, _consonants(coda, language)


def _english_vowel(letters: str, coda: str, last: bool) -> str:
    for spelling, sound in _SPELLINGS:
        if spelling in letters + coda[:2] and letters[0] == spelling[0]:
            return "a" if sound == "ai" else sound
    first = letters[0]
    open_ = coda == "" or (last and len(coda) >= 2 and coda.endswith("e"))
    return _LONG[first] if open_ else _SHORT[first]


def _consonants(letters: str, language: str) -> tuple[str, ...]:
    sounds, at = [], 0
    while at < len(letters):
        pair = letters[at : at + 2]
        size = 2 if language == "en" and pair in _PAIRS else 1
        letter = letters[at : at + size]
        table = _TURKISH_CONSONANT if language == "tr" else _SOUND_OF
        sound = table.get(letter, letter)
        if sound and sound.isalpha():
            sounds.append(sound)
        at += size
    return tuple(sounds)


def _lower(word: str, language: str) -> str:
    if language == "tr":
        word = word.replace("I", "ı").replace("İ", "i")
    return word.lower()
