"""Which engines an installation has: the composer, and the music models in its registry."""

from __future__ import annotations

import json
from typing import Any

from data_catalog.home import Home
from data_catalog.models import ModelRecord
from serving.config import COMPOSER_FACTORY, EngineSpec, ServiceConfig, default_engines

__all__ = ["engine_specs", "own_name", "registry_stamp", "specs_of"]

DIFFUSION_FACTORY = "serving.engines.diffusion:DiffusionEngine"
MUSICGEN_FACTORY = "serving.engines.musicgen:MusicgenEngine"
MUSIC_KIND = "musicgen"
PIECES_AT_ONCE = 4
"""Of a music model; the cache of 30 s at the size of musicgen-small takes 0.6 GB a piece."""


def specs_of(config: ServiceConfig) -> dict[str, EngineSpec]:
    """The engines of a configuration: the ones it names, else those of its home, and diffusion."""
    specs = dict(config.engines) if config.engines else engine_specs(config.home_layout())
    for name, base in config.diffusion.items():
        specs[name] = EngineSpec(factory=DIFFUSION_FACTORY, options={"base": base, "name": name})
    if config.soundfont is None:
        return specs
    options = {"soundfont": config.soundfont.model_dump(mode="json")}
    return {
        name: spec.model_copy(update={"options": spec.options | options})
        if spec.factory == COMPOSER_FACTORY
        else spec
        for name, spec in specs.items()
    }


def own_name(specs: dict[str, EngineSpec], name: str) -> str:
    """The name that stays with an engine: of ``musicgen``, the id of the model in production."""
    return next(first for first, spec in specs.items() if spec == specs[name])


def engine_specs(home: Home | None) -> dict[str, EngineSpec]:
    """The composer, each usable music model by its id, and ``musicgen``: the one in production."""
    specs = default_engines()
    if home is None or registry_stamp(home) is None:
        return specs
    from data_catalog.models import list_models

    for record in list_models(home, MUSIC_KIND):
        if record.status == "retired" or record.flag:
            continue
        spec = _music_model(home, record)
        specs[record.model_id] = spec
        if record.status == "production":
            specs[MUSIC_KIND] = spec
    return specs


def registry_stamp(home: Home) -> str | None:
    """Changes whenever the registry does; None while there is none."""
    log = home.tables / "models" / "_delta_log"
    try:
        return max((entry.name for entry in log.iterdir() if entry.suffix == ".json"), default=None)
    except OSError:
        return None


def _music_model(home: Home, record: ModelRecord) -> EngineSpec:
    return EngineSpec(
        factory=MUSICGEN_FACTORY,
        options={
            "base": record.base,
            "adapter_dir": str(home.models / record.model_id),
            "home": str(home.root),
        },
        training_data=_training_data(home, record),
        batch=PIECES_AT_ONCE,
    )


def _training_data(home: Home, record: ModelRecord) -> dict[str, Any]:
    return {
        "snapshot": record.snapshot,
        "digest": record.snapshot_digest,
        "licences": _licences(home, record.snapshot),
        "base": record.base,
    }


def _licences(home: Home, snapshot: str) -> dict[str, int]:
    from data_catalog.tables.store import Store

    rows = Store.open(home).read("snapshots").to_dicts()
    text = next((row["licences"] for row in rows if row["name"] == snapshot), None)
    counted: dict[str, int] = json.loads(text) if text else {}
    return counted
