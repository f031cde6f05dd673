"""From an order to a finished, measured and labelled piece, for HTTP and command line alike."""

from __future__ import annotations

import importlib
import re
import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from serving.config import EngineSpec, ServiceConfig
from serving.engines.base import Engine, EngineError, Facts, OnProgress, Rendering
from serving.engines.registry import own_name, specs_of
from serving.piece.adherence import judge
from serving.piece.closed_loop import choose
from serving.piece.feasible import feasible
from serving.piece.loudness import at_loudness
from serving.piece.orders import Order, asked_of, engine_request, orders_of
from serving.piece.pieces import LOOPS, PAPERS, Piece, PieceFile, write_audio
from serving.piece.provenance import describe, file_tags
from serving.piece.references import References
from serving.problems import Fault, Problem, faults_of
from serving.requests import GenerateRequest

__all__ = ["Generated", "build_engine", "check_request", "generate", "make", "unknown_model"]

_ENCODED_FROM = 0.85


@dataclass(frozen=True)
class Generated:
    """A finished piece and where its files are.

    Attributes:
        papers: MIDI (``mid``), chord sheet (``txt``) and sung words (``lrc``), where there are any.
        loops: the loop pack, where stems were asked for and the piece has sections.
    """

    audio: Path
    piece: Piece
    stems: dict[str, Path]
    papers: dict[str, Path]
    loops: Path | None
    sidecar: Path
    cached: bool


def build_engine(spec: EngineSpec) -> Engine:
    """The engine that a configuration names; `EngineError` with the reason when it can't load."""
    module, _, factory = spec.factory.partition(":")
    try:
        engine = getattr(importlib.import_module(module), factory)(**spec.options)
    except EngineError:
        raise
    except Exception as error:
        raise EngineError(
            "unavailable", f"{spec.factory}: could not be loaded: {type(error).__name__}: {error}"
        ) from error
    if not isinstance(engine, Engine):
        raise EngineError("unavailable", f"{spec.factory}: does not follow the engine protocol")
    if spec.training_data is not None:
        vars(engine)["training_data"] = spec.training_data
    return engine


def check_request(body: Any) -> GenerateRequest:
    """The request that ``body`` holds; `Problem` with every fault when it is none."""
    try:
        return GenerateRequest.model_validate(body)
    except ValidationError as error:
        raise Problem.invalid(faults_of(error, GenerateRequest)) from None


def make(
    engine: Engine,
    order: Order,
    references: References,
    on_progress: OnProgress,
    cancelled: Callable[[], bool],
) -> Piece:
    """Make the piece of an order and publish it with all its files, or leave no trace.

    Raises `EngineError` and `Cancelled` as the engine does.
    """
    started = time.monotonic()
    pieces = references.pieces
    workshop = pieces.workshop()
    try:
        asked = asked_of(order.request)
        chosen = choose(
            engine,
            engine_request(order, references),
            asked,
            lambda done, stage: on_progress(done * _ENCODED_FROM, stage),
            cancelled,
            strict=order.request.strict,
        )
        if order.request.loudness is not None:
            chosen = at_loudness(chosen, order.request.loudness)
        measured, rendering = chosen.measured, chosen.rendering
        on_progress(_ENCODED_FROM, "writing")
        piece = Piece(
            id=order.id,
            asked=asked,
            measured=measured,
            adherence=judge(asked, measured),
            seed=order.seed,
            model=order.engine,
            provenance=describe(engine, order.seed),
            stems=sorted(_slug(name) for name in rendering.stems),
            midi="mid" in rendering.extras,
            lyrics="lrc" in rendering.extras,
            chords="txt" in rendering.extras,
            score=rendering.truth,
            corrections=chosen.corrections,
            generation_s=round(time.monotonic() - started, 3),
        )
        _write(workshop, piece, rendering, order.request.format)
        pieces.publish(workshop, piece)
        return piece
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def generate(
    config: ServiceConfig,
    body: dict[str, Any],
    on_progress: OnProgress = lambda done, stage: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Generated:
    """Make one piece in this process, or find it among those already made.

    ``body`` is a body of ``POST /generate``. Raises `Problem` with all faults of the request,
    `EngineError` when the engine can't answer.
    """
    home = config.home_layout()
    if home is None:
        raise ValueError("home=None: must be a folder, to keep the audio in")
    references = References.under(home.root)
    pieces = references.pieces
    request = check_request(body)
    name = request.model or config.default_engine
    specs = specs_of(config)
    if name not in specs:
        raise unknown_model(name, specs)
    engine = build_engine(specs[name])
    request = feasible(request, name, Facts.of(engine), references)
    order = orders_of(request, own_name(specs, name), engine.model_id)[0]
    piece = pieces.load(order.id)
    cached = piece is not None
    if piece is None:
        piece = make(engine, order, references, on_progress, cancelled)
    audio = PieceFile(piece.id, None, request.format)
    pieces.ensure(audio)
    kinds = {"mid": piece.midi, "txt": piece.chords, "lrc": piece.lyrics}
    return Generated(
        audio=pieces.path(audio),
        piece=piece,
        stems={name: pieces.path(PieceFile(piece.id, name, "flac")) for name in piece.stems},
        papers={k: pieces.path(PieceFile(piece.id, None, k)) for k in PAPERS if kinds[k]},
        loops=pieces.ensure(PieceFile(piece.id, LOOPS, "zip")) if request.stems else None,
        sidecar=pieces.path(PieceFile(piece.id, None, "json")),
        cached=cached,
    )


def unknown_model(name: str, engines: Iterable[str]) -> Problem:
    """The problem of asking for a model that isn't there."""
    known = ", ".join(engines)
    detail, params = f"model={name[:60]}: must be one of {known}", {"value": name[:60]}
    return Problem.invalid([Fault("model", detail, "unknown-model", params)])


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9_-]+", "-", name.casefold()).strip("-")[:32] or "stem"


def _write(workshop: Path, piece: Piece, rendering: Rendering, kind: str) -> None:
    tags = file_tags(piece.asked, piece.measured, piece.provenance)
    rate = rendering.sample_rate
    for wanted in dict.fromkeys(("flac", kind)):
        path = workshop / PieceFile(piece.id, None, wanted).name
        write_audio(path, rendering.audio, rate, tags)
    for name, stem in rendering.stems.items():
        title = f"{tags['TITLE']} ({name})"
        path = workshop / PieceFile(piece.id, _slug(name), "flac").name
        write_audio(path, stem, rate, {**tags, "TITLE": title})
    for ending, content in rendering.extras.items():
        if ending in PAPERS:
            (workshop / PieceFile(piece.id, None, ending).name).write_bytes(content)
