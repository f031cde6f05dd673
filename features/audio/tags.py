"""Tags of audio files under one set of names, whatever the container calls them.

Names are Vorbis comment names in upper case (TITLE, ARTIST, ALBUM, GENRE, MOOD, LICENSE,
COPYRIGHT, ...), as in https://xiph.org/vorbis/doc/v-comment.html. ID3v2.4 frames are mapped to
them by https://id3.org/id3v2.4.0-frames; frames with no name of their own are ``TXXX``.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

_FRAME_OF: Final = {
    "TITLE": "TIT2",
    "ARTIST": "TPE1",
    "ALBUM": "TALB",
    "ALBUMARTIST": "TPE2",
    "COMPOSER": "TCOM",
    "GENRE": "TCON",
    "MOOD": "TMOO",
    "DATE": "TDRC",
    "TRACKNUMBER": "TRCK",
    "BPM": "TBPM",
    "INITIALKEY": "TKEY",
    "COPYRIGHT": "TCOP",
    "ORGANIZATION": "TPUB",
    "ISRC": "TSRC",
    "LANGUAGE": "TLAN",
    "ENCODED-BY": "TENC",
}
_NAME_OF: Final = {frame: name for name, frame in _FRAME_OF.items()}
_RIFF_NAMES: Final = (
    "title",
    "artist",
    "album",
    "genre",
    "copyright",
    "license",
    "comment",
    "date",
)


def read_tags(path: Path | str) -> dict[str, list[str]]:
    """All tags of the file at ``path`` by upper-case name; empty when there are none.

    Damaged tags read as none: they are no reason to lose the music. So do tags that claim more
    bytes than there is memory, which mutagen asks for before it looks at the file's size.
    """
    import mutagen

    try:
        file = mutagen.File(path)
    except (mutagen.MutagenError, OSError, ValueError, KeyError, IndexError, MemoryError):
        return {}
    tags = getattr(file, "tags", None)
    if hasattr(tags, "getall"):
        found = _from_id3(tags)
    else:
        found = _merged((key, [str(value)]) for key, value in _vorbis_items(tags))
    return found or _from_riff(Path(path))


def write_tags(path: Path | str, tags: Mapping[str, str]) -> None:
    """Set ``tags`` on the file at ``path``, keeping its others.

    Raises ``ValueError`` when the container takes no tags.
    """
    import mutagen

    file = mutagen.File(path)
    if file is None:
        raise ValueError(f"{Path(path).name}: must be a WAV, FLAC, Ogg or MP3 file to take tags")
    if file.tags is None:
        file.add_tags()
    for name, value in tags.items():
        if hasattr(file.tags, "getall"):
            _set_frame(file.tags, name.upper(), value)
        else:
            file.tags[name.upper()] = [value]
    file.save()


def _vorbis_items(tags: Any) -> Iterable[tuple[str, Any]]:
    return [] if tags is None else [item for item in tags if isinstance(item, tuple)]


def _merged(items: Iterable[tuple[str, list[str]]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, values in items:
        cleaned = [value.replace("\x00", " ").strip() for value in values]
        found.setdefault(name.upper(), []).extend(value for value in cleaned if value)
    return {name: values for name, values in found.items() if values}


def _from_id3(tags: Any) -> dict[str, list[str]]:
    return _merged(
        (name, [str(text) for text in texts])
        for frame in tags.values()
        for name, texts in _frame_texts(frame)
    )


def _frame_texts(frame: Any) -> Iterable[tuple[str, list[Any]]]:
    kind = frame.FrameID
    if kind == "TXXX":
        yield frame.desc, frame.text
    elif kind == "TCON":
        yield "GENRE", frame.genres
    elif kind == "COMM":
        yield "COMMENT", frame.text
    elif kind in ("WCOP", "WOAF", "WOAR"):
        yield {"WCOP": "LICENSE"}.get(kind, "WEBSITE"), [frame.url]
    elif kind.startswith("T") and hasattr(frame, "text"):
        yield _NAME_OF.get(kind, kind), frame.text


def _set_frame(tags: Any, name: str, value: str) -> None:
    from mutagen import id3

    if name in _FRAME_OF:
        kind = _FRAME_OF[name]
        tags.setall(kind, [getattr(id3, kind)(encoding=3, text=[value])])
    else:
        tags.setall(f"TXXX:{name}", [id3.TXXX(encoding=3, desc=name, text=[value])])


def _from_riff(path: Path) -> dict[str, list[str]]:
    """The LIST INFO strings of WAV and AIFF, which mutagen leaves out."""
    import soundfile as sf

    try:
        with path.open("rb") as raw:
            if raw.read(4) not in (b"RIFF", b"RF64", b"FORM"):
                return {}
        with sf.SoundFile(os.fsencode(path) if os.name != "nt" else str(path)) as file:
            strings = file.copy_metadata()
    except (OSError, RuntimeError, UnicodeDecodeError):
        return {}
    return _merged((name, [strings[name]]) for name in _RIFF_NAMES if strings.get(name))
