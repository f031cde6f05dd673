"""One piece for each genre and mood, to hear and to see: ``python -m serving.composer.gallery``.

Writes a folder with an ``index.html`` that needs no server: each piece with its spectrogram, what
was asked and what our features measure, its chords, its stems and its MIDI file.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np

from data_catalog.vocabulary import GENRES, MOODS
from features.audio.reader import encode
from features.harmony.key import estimate_key
from features.levels.loudness import measure_loudness
from features.rhythm.tempo import estimate_tempo

from .brief import Brief
from .midi import write_midi
from .mixing.mix import Performance, render
from .picture import spectrogram_png
from .score import Score
from .sheet import chord_sheet
from .writing.arrange import compose

_SECONDS = 24.0
_STYLE = """
:root{color-scheme:dark}
body{font:15px/1.5 system-ui,sans-serif;max-width:820px;margin:2em auto;padding:0 1em;
background:#121018;color:#e8e4f0}h1,h2{font-weight:600}h2{margin-top:2.4em}
img{width:100%;border-radius:6px;display:block}audio{width:100%;margin:.5em 0}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}td,th{padding:.15em .9em .15em 0;
text-align:left}pre{background:#1d1a28;padding:.8em;border-radius:6px;overflow:auto}
nav{display:flex;flex-wrap:wrap;gap:.2em 1em}
summary{cursor:pointer;color:#b9a8f0}.off{color:#ff9a8a}a{color:#b9a8f0}
"""


@dataclass(frozen=True)
class Exhibit:
    """A piece of the gallery: its name in files, its heading, its brief."""

    name: str
    title: str
    brief: Brief


def exhibits(seconds: float = _SECONDS) -> list[Exhibit]:
    """Every genre in a mood of its own choice, then every mood in one genre."""
    genres = [Exhibit(f"genre-{g}", g, Brief(g, duration_s=seconds, seed=21)) for g in GENRES]
    moods = [
        Exhibit(f"mood-{m}", f"pop, {m}", Brief("pop", m, duration_s=seconds, seed=22))
        for m in MOODS
    ]
    return genres + moods


def write_gallery(
    folder: str | Path, pieces: list[Exhibit] | None = None,
    on_progress: Callable[[int, int, str], None] | None = None,
) -> Path:  # fmt: skip
    """Render the pieces into ``folder``; returns the path of its ``index.html``."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    pieces = exhibits() if pieces is None else pieces
    sections = []
    for number, piece in enumerate(pieces, 1):
        if on_progress:
            on_progress(number, len(pieces), piece.title)
        score = compose(piece.brief)
        performance = render(score)
        _write_files(folder, piece.name, score, performance)
        sections.append(_section(piece, score, performance))
    page = folder / "index.html"
    page.write_text(_page(pieces, sections), encoding="utf-8")
    return page


def _write_files(folder: Path, name: str, score: Score, performance: Performance) -> None:
    sr = performance.sample_rate
    encode(folder / f"{name}.ogg", performance.mix, sr)
    for stem, sound in performance.stems.items():
        encode(folder / f"{name}-{_slug(stem)}.ogg", sound, sr)
    write_midi(score, folder / f"{name}.mid")
    image = spectrogram_png(performance.mix.mean(axis=1), sr)
    (folder / f"{name}.png").write_bytes(image)


def _section(piece: Exhibit, score: Score, performance: Performance) -> str:
    stems = "".join(
        f"<p>{escape(stem)}<audio controls preload=none "
        f'src="{piece.name}-{_slug(stem)}.ogg"></audio></p>'
        for stem in performance.stems
    )
    form = ", ".join(f"{s.name} {s.bars}" for s in score.sections)
    return (
        f'<h2 id="{piece.name}">{escape(piece.title)}</h2>'
        f'<img src="{piece.name}.png" alt="spectrogram of {escape(piece.title)}">'
        f'<audio controls preload=none src="{piece.name}.ogg"></audio>'
        f"{_table(score, performance)}<p>Bars: {escape(form)}</p>"
        f"<details><summary>Stems</summary>{stems}</details>"
        f"<details><summary>Chords</summary><pre>{escape(chord_sheet(score))}</pre>"
        f'<p><a href="{piece.name}.mid" download>MIDI file</a></p></details>'
    )


def _table(score: Score, performance: Performance) -> str:
    y, sr = performance.mix, performance.sample_rate
    tempo, key, loudness = estimate_tempo(y, sr), estimate_key(y, sr), measure_loudness(y, sr)
    obeyed = tempo.bpm is not None and abs(tempo.bpm / score.tempo_bpm - 1) <= 0.01
    rows = (
        ("tempo", f"{score.tempo_bpm:g} BPM", _number(tempo.bpm, "BPM"), obeyed),
        ("key", score.key, key.name or "-", key.name == score.key),
        ("mood", score.mood, "", True),
        ("loudness", "-14 LUFS", _number(loudness.integrated_lufs, "LUFS"), True),
        ("true peak", "under -1 dBTP", _number(loudness.true_peak_dbtp, "dBTP"), True),
        ("width", "", f"{_width(y):.0%} of the energy at the sides", True),
    )
    body = "".join(
        f"<tr><td>{name}<td>{asked}<td{'' if ok else ' class=off'}>{measured}"
        for name, asked, measured, ok in rows
    )
    return f"<table><tr><th><th>asked<th>measured{body}</table>"


def _width(y: np.ndarray) -> float:
    side = float(np.mean((y[:, 0] - y[:, 1]) ** 2))
    return side / max(1e-12, side + float(np.mean((y[:, 0] + y[:, 1]) ** 2)))


def _number(value: float | None, unit: str) -> str:
    return "-" if value is None else f"{value:.1f} {unit}"


def _slug(name: str) -> str:
    return name.replace(" ", "-")


def _page(pieces: list[Exhibit], sections: list[str]) -> str:
    links = "".join(f'<a href="#{piece.name}">{escape(piece.title)}</a>' for piece in pieces)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>Shiroa's composer</title><style>{_STYLE}</style>"
        "<h1>Shiroa's composer</h1><p>Ten genres and eight moods, composed and played by the "
        "embedded engine. All of it is dedicated to the public domain (CC0-1.0).</p>"
        f"<nav>{links}</nav>{''.join(sections)}</html>"
    )


def _tell(done: int, total: int, title: str) -> None:
    sys.stderr.write(f"{done}/{total} {title}\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", default="gallery")
    target = write_gallery(parser.parse_args().folder, on_progress=_tell)
    sys.stdout.write(f"{target}\n")
