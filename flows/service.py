"""The service as the settings describe it, and one piece made without it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data_catalog.home import HomeError
from features.errors import ShiroaError
from features.progress import Progress
from flows.console import Report
from flows.settings import Settings
from serving.config import ServiceConfig, SoundfontSpec
from serving.piece.generate import Generated, generate
from serving.piece.references import References
from serving.requests import AUDIO_FORMATS


def service_config(settings: Settings) -> ServiceConfig:
    """What the service needs to know of the settings. Raises ``HomeError``."""
    home = settings.home_layout()
    if home.address is not None:
        raise HomeError(
            f"SHIROA_HOME={home.place}: a service keeps jobs and pieces in a folder; copy the home"
            f" to one (`aws s3 sync {home.place} FOLDER`) and start it with --home FOLDER"
        )
    given: dict[str, Any] = {"home": home.root}
    if settings.api_key is not None:
        given["api_key"] = settings.api_key
    if settings.soundfont is not None:
        given["soundfont"] = SoundfontSpec(
            path=settings.soundfont,
            players=settings.soundfont_players,
            licence=settings.soundfont_licence,
        )
    return settings.service.model_copy(update=given)


@dataclass(frozen=True)
class WrittenPiece:
    """One generated piece, copied where it was asked for."""

    path: Path
    stems: dict[str, Path]
    papers: dict[str, Path]
    asked: dict[str, Any]
    measured: dict[str, Any]
    adherence: dict[str, Any]
    seed: int
    model: str
    licence: str
    corrections: list[str]

    def lines(self) -> list[str]:
        """What was asked beside what was measured, a line each."""
        asked, measured = self.asked, self.measured
        return [
            f"tempo     asked {_shown(asked.get('tempo_bpm'))}, "
            f"measured {_shown(measured['tempo_bpm'])} BPM",
            f"key       asked {asked.get('key') or 'any'}, measured {measured['key'] or 'unclear'}",
            f"length    asked {asked['duration_s']:g}, measured {measured['duration_s']:g} s",
            f"loudness  {measured['loudness_lufs']} LUFS",
            f"seed {self.seed}, model {self.model}, licence {self.licence}",
            *self.corrections,
            *(f"stem {name}: {path}" for name, path in self.stems.items()),
            *(f"{name}: {path}" for name, path in self.papers.items()),
        ]


def generate_file(
    settings: Settings, asked: dict[str, Any], output: Path, progress: Report
) -> WrittenPiece:
    """Make one piece and write it to ``output``, whose ending chooses the format.

    ``asked`` holds the fields of a request, and files in ``lyrics`` and ``reference``. Raises
    ``ShiroaError`` that lists every fault of the request.
    """
    kind = output.suffix.lstrip(".").lower()
    if kind not in AUDIO_FORMATS:
        raise ShiroaError(f"output={output}: must end in .{', .'.join(AUDIO_FORMATS)}")
    config = service_config(settings)
    body = {name: value for name, value in asked.items() if value is not None}
    if reference := body.get("reference"):
        references = References.under(settings.home_layout().root)
        body["reference"] = references.add(Path(reference))
    if lyrics := body.get("lyrics"):
        body["lyrics"] = _text_of(Path(lyrics))
    made = generate(
        config,
        body | {"format": kind},
        lambda done, stage: progress(Progress("generate", round(100 * done), 100, stage)),
    )
    return _copied(made, output)


def _copied(made: Generated, output: Path) -> WrittenPiece:
    output.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(made.audio, output)
    stems = {}
    for name, path in made.stems.items():
        stems[name] = output.with_name(f"{output.stem}.{name}{path.suffix}")
        shutil.copyfile(path, stems[name])
    papers = {}
    for name, source, ending in _papers(made):
        papers[name] = output.with_name(f"{output.stem}.{ending}")
        shutil.copyfile(source, papers[name])
    piece = made.piece
    return WrittenPiece(
        path=output,
        stems=stems,
        papers=papers,
        asked=piece.asked.model_dump(),
        measured=piece.measured.model_dump(),
        adherence=piece.adherence.model_dump(),
        seed=piece.seed,
        model=piece.model,
        licence=piece.provenance.licence,
        corrections=piece.corrections,
    )


def _papers(made: Generated) -> list[tuple[str, Path, str]]:
    """Name, file and ending of what goes beside the audio: words when sung, the rest with stems."""
    found = [("words", made.papers["lrc"], "lrc")] if "lrc" in made.papers else []
    if made.stems:
        for name, kind, ending in (("MIDI", "mid", "mid"), ("chords", "txt", "chords.txt")):
            if kind in made.papers:
                found.append((name, made.papers[kind], ending))
    return [*found, ("loops", made.loops, "loops.zip")] if made.loops else found


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise ShiroaError(
            f"lyrics={path}: can't be read ({error}); give a text file in UTF-8"
        ) from None


def _shown(value: float | None) -> str:
    return "any" if value is None else f"{value:.1f}"
