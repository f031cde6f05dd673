"""Names of keys, as mir_eval spells them, and arithmetic on them.

Every key that Shiroa stores, answers or accepts is written ``"<tonic> <mode>"``, for example
``"F# minor"``. The tonic is spelled with sharps, the mode is ``major`` or ``minor``.
"""

from __future__ import annotations

from typing import Final

TONICS: Final = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
MODES: Final = ("major", "minor")
KEYS: Final = tuple(f"{tonic} {mode}" for mode in MODES for tonic in TONICS)

_LETTERS: Final = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_ACCIDENTALS: Final = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1}
_MODE_NAMES: Final = {
    "major": "major",
    "maj": "major",
    "minor": "minor",
    "min": "minor",
    "m": "minor",
    "": "major",
}


def key_name(pitch_class: int, mode: str) -> str:
    """Name of the key on ``pitch_class`` (0 is C) in ``mode`` (``major`` or ``minor``).

    >>> key_name(6, "minor")
    'F# minor'
    """
    if mode not in MODES:
        raise ValueError(f"mode={mode!r}: must be one of {', '.join(MODES)}")
    return f"{TONICS[pitch_class % 12]} {mode}"


def parse_key(text: str) -> tuple[int, str]:
    """Pitch class and mode of a key written by a person, in any usual spelling.

    Raises ``ValueError`` with the rule when the text names no key.

    >>> parse_key("Gb minor")
    (6, 'minor')
    >>> parse_key("f#m")
    (6, 'minor')
    """
    stripped = text.strip()
    letter = stripped[:1].upper()
    rest = stripped[1:]
    accidental = rest[:1] if rest[:1] in _ACCIDENTALS and rest[:1] else ""
    mode = _MODE_NAMES.get(rest[len(accidental) :].strip().lower())
    if letter not in _LETTERS or mode is None:
        raise ValueError(
            f"key={text!r}: must be a tonic and a mode, such as 'F# minor' or 'Bb major'"
        )
    return (_LETTERS[letter] + _ACCIDENTALS[accidental]) % 12, mode


def normalise_key(text: str) -> str:
    """The one spelling of a key that Shiroa uses.

    >>> normalise_key("Bb major")
    'A# major'
    """
    return key_name(*parse_key(text))
