"""The service as the settings describe it, and one piece made without it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from features.errors import ShiroaError
from features.progress import Progress
from flows.console import Report
from flows.settings import Settings
from serving.config import ServiceConfig
from serving.generate import Generated, generate
from serving.schemas import AUDIO_FORMATS


def service_config(settings: Settings) -> ServiceConfig:
    """What the service needs to know of the settings."""
    return ServiceConfig(home=settings.home_layout().root, api_key=settings.api_key)


@dataclass(frozen=True)
class WrittenPiece:
    """One generated piece, copied where it was asked for."""

    path: Path
    stems: dict[str, Path]
    asked: dict[str, Any]
    measured: dict[str, Any]
    adherence: dict[str, Any]
    seed: int
    model: str
    licence: str

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
            *(f"stem {name}: {path}" for name, path in self.stems.items()),
        ]


def generate_file(
    settings: Settings, asked: dict[str, Any], output: Path, progress: Report
) -> WrittenPiece:
    """Make one piece and write it to ``output``, whose ending chooses the format.

    Raises ``ShiroaError`` that lists every fault of the request.
    """
    kind = output.suffix.lstrip(".").lower()
    if kind not in AUDIO_FORMATS:
        raise ShiroaError(f"output={output}: must end in .{', .'.join(AUDIO_FORMATS)}")
    body = {name: value for name, value in asked.items() if value is not None} | {"format": kind}
    made = generate(
        service_config(settings),
        body,
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
    piece = made.piece
    return WrittenPiece(
        path=output,
        stems=stems,
        asked=piece.asked.model_dump(),
        measured=piece.measured.model_dump(),
        adherence=piece.adherence.model_dump(),
        seed=piece.seed,
        model=piece.model,
        licence=piece.provenance.licence,
    )


def _shown(value: float | None) -> str:
    return "any" if value is None else f"{value:.1f}"
