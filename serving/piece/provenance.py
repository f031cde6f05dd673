"""Where generated audio comes from: the record in each answer, file tag and sidecar."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from serving.engines.base import Engine
from serving.schemas import Asked, Measured, Provenance

__all__ = ["DIGITAL_SOURCE_TYPES", "describe", "file_tags", "software", "title_of"]

_IPTC: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/"
DIGITAL_SOURCE_TYPES: Final = {
    "algorithm": f"{_IPTC}algorithmicMedia",
    "model": f"{_IPTC}trainedAlgorithmicMedia",
}
"""IPTC's terms: made by rules alone, or by a model that was trained on sampled content."""

_LICENCE_URLS: Final = {
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC-BY-SA-4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "CC-BY-NC-4.0": "https://creativecommons.org/licenses/by-nc/4.0/",
    "CC-BY-NC-SA-4.0": "https://creativecommons.org/licenses/by-nc-sa/4.0/",
}


def software() -> str:
    """Name and version of this program, such as ``shiroa 0.1.0``."""
    try:
        return f"shiroa {version('shiroa')}"
    except PackageNotFoundError:
        return "shiroa"


def describe(engine: Engine, seed: int) -> Provenance:
    """The record for one piece of ``engine``.

    An engine with weights tells what they were trained on in an attribute ``training_data``
    (snapshot, digest, licences). One without weights says so by ``trained = False``. One that
    plays recorded sounds names them in ``sounds`` (name, licence, digest).
    """
    training: dict[str, Any] | None = getattr(engine, "training_data", None)
    trained = bool(getattr(engine, "trained", True))
    sounds: dict[str, str] | None = getattr(engine, "sounds", None)
    played = f", played with {sounds['name']} ({sounds['licence']})" if sounds else ""
    return Provenance(
        digital_source_type=DIGITAL_SOURCE_TYPES["model" if trained else "algorithm"],
        engine=engine.name,
        model=engine.model_id,
        licence=engine.licence,
        licence_url=_LICENCE_URLS.get(engine.licence),
        commercial_use=engine.commercial_use,
        training_data=training,
        sounds=sounds,
        attribution=f"AI-generated with {software()} ({engine.model_id}), {engine.licence}{played}",
        seed=seed,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        software=software(),
    )


def title_of(asked: Asked, seed: int) -> str:
    """A title that tells pieces apart: ``Calm jazz no. 7``."""
    words = f"{asked.mood} {asked.genre}" if asked.mood else asked.genre
    return f"{words[:1].upper()}{words[1:]} no. {seed}"


def file_tags(asked: Asked, measured: Measured, provenance: Provenance) -> dict[str, str]:
    """Tags for the audio file, by Vorbis name."""
    tags = {
        "TITLE": title_of(asked, provenance.seed),
        "ARTIST": f"AI-generated ({provenance.engine})",
        "GENRE": asked.genre,
        "MOOD": asked.mood or "",
        "BPM": "" if measured.tempo_bpm is None else f"{measured.tempo_bpm:.0f}",
        "INITIALKEY": measured.key or "",
        "COPYRIGHT": provenance.attribution,
        "LICENSE": provenance.licence_url or provenance.licence,
        "COMMENT": "AI-generated music",
        "DATE": provenance.created_at[:10],
        "ENCODED-BY": provenance.software,
        "AI_GENERATED": "true",
        "DIGITAL_SOURCE_TYPE": provenance.digital_source_type,
        "SEED": str(provenance.seed),
        "MODEL": provenance.model,
    }
    return {name: value for name, value in tags.items() if value}
