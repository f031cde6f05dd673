"""The demo collection: composed FLAC tracks with honest tags, planted copies and broken files.

Each track is released under the licence that its tags state; two state none, on purpose. Written
files are never written again: a second call makes nothing, a killed one goes on where it was.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from features.progress import Progress

from ..brief import complete
from ..version import COMPOSER_VERSION
from .plan import Planted, Song, planted, songs

MANIFEST = "manifest.json"
_MARK = ".collection.json"
_STAGE = "compose"
_NOTE = "composed by Shiroa's embedded composer"

OnProgress = Callable[[Progress], None]


def write_demo_collection(
    folder: str | Path, *, tracks: int = 64, seed: int = 0, workers: int | None = None,
    on_progress: OnProgress | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Write the collection and return its manifest, also kept as ``manifest.json``.

    The manifest's ``tracks`` lists every file with ``kind`` (good, exact_duplicate,
    near_duplicate, bad), the file it is a copy ``of``, the ``expected_reason`` of a bad one, and
    for songs the truth: tempo in BPM, key, genre, mood, licence, artist, seconds.
    ``written`` counts the files that this call made.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    identity = {"composer": COMPOSER_VERSION, "tracks": tracks, "seed": seed}
    fresh = _same_identity(folder, identity)
    made = songs(tracks, seed)
    extra = planted(made)
    report = on_progress or (lambda _: None)
    missing = [s for s in made if not (fresh and (folder / s.file).exists())]
    _compose_all(folder, missing, workers or os.cpu_count() or 1, report)
    lacking = [p for p in extra if not (fresh and (folder / p.file).exists())]
    from .copies import plant

    for item in lacking:
        plant(folder, item)
    rows = [_truth_row(song) for song in made] + [_planted_row(item) for item in extra]
    manifest: dict[str, Any] = {**identity, "tracks": rows}
    if missing or lacking or not (folder / MANIFEST).exists():
        _write_json(folder / MANIFEST, manifest)
    return {**manifest, "written": len(missing) + len(lacking)}


def compose_file(folder: Path, song: Song) -> str:
    """Compose, play and write one song; the file appears whole or not at all."""
    from features.audio.reader import encode

    from ..mixing.mix import render
    from ..writing.arrange import compose

    score = compose(song.brief)
    performance = render(score, stems=False)
    path = folder / song.file
    path.parent.mkdir(parents=True, exist_ok=True)
    encode(path, performance.mix, performance.sample_rate, tags=tags_of(song))
    return song.file


def tags_of(song: Song) -> dict[str, str]:
    """The tags of a song; some songs keep their genre, mood or licence to themselves."""
    wish = complete(song.brief)
    tags = {
        "TITLE": song.title,
        "ARTIST": song.artist,
        "ALBUM": song.album,
        "COMMENT": _NOTE,
        "SHIROA_TRUTH_TEMPO_BPM": f"{wish.tempo_bpm:g}",
        "SHIROA_TRUTH_KEY": str(wish.key),
        "SHIROA_TRUTH_SEED": str(wish.seed),
    }
    if song.tells_genre:
        tags["GENRE"] = song.brief.genre
    if song.tells_mood and song.brief.mood:
        tags["MOOD"] = song.brief.mood
    if song.licence:
        tags["LICENSE"] = song.licence
    return tags


def _same_identity(folder: Path, identity: dict[str, Any]) -> bool:
    mark = folder / _MARK
    if mark.exists() and json.loads(mark.read_text()) == identity:
        return True
    _write_json(mark, identity)
    return False


def _compose_all(folder: Path, missing: list[Song], workers: int, report: OnProgress) -> None:
    total = len(missing)
    if total == 0:
        return
    report(Progress(_STAGE, 0, total))
    workers = min(workers, total)
    if workers == 1:
        for done, song in enumerate(missing, 1):
            report(Progress(_STAGE, done, total, compose_file(folder, song)))
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(compose_file, folder, song) for song in missing]
        for done, job in enumerate(as_completed(jobs), 1):
            report(Progress(_STAGE, done, total, job.result()))


def _truth_row(song: Song) -> dict[str, Any]:
    wish = complete(song.brief)
    return {
        "file": song.file,
        "kind": "good",
        "of": None,
        "expected_reason": None,
        "title": song.title,
        "artist": song.artist,
        "album": song.album,
        "licence": song.licence,
        "genre": wish.genre,
        "mood": wish.mood,
        "tempo_bpm": wish.tempo_bpm,
        "key": wish.key,
        "duration_s": wish.duration_s,
        "seed": wish.seed,
        "tells_genre": song.tells_genre,
        "tells_mood": song.tells_mood,
    }


def _planted_row(item: Planted) -> dict[str, Any]:
    return {
        "file": item.file,
        "kind": item.kind,
        "how": item.how,
        "of": item.of,
        "expected_reason": item.expected_reason,
    }


def _write_json(path: Path, value: Any) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(path)
