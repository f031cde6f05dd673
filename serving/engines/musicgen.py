"""MusicGen behind the engine protocol: a base checkpoint, with or without an adapter of ours."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from data_catalog.bases import BaseMissing, find_base
from data_catalog.captions import caption
from data_catalog.home import Home
from serving.engines.base import Cancelled, EngineError, OnProgress, Rendering, Request

__all__ = ["MusicgenEngine"]

_UNKNOWN_LICENCE = "LicenseRef-unknown"


class MusicgenEngine:
    """Makes music by a MusicGen language model and its codec.

    Args:
        base: ``tiny``, a folder, or a hub id whose weights are on this machine.
        adapter_dir: a model folder that our fine-tuning wrote, or None for the base alone.
        home: home folder, where the tiny base is kept; needed for ``base="tiny"``.
        guidance: scale of classifier-free guidance (Copet et al. 2023 use 3); 1 turns it off.
        top_k: a code is drawn from this many likeliest ones.
        temperature: of the draw.
    """

    name = "musicgen"
    max_duration_s = 30.0

    def __init__(
        self,
        base: str | Path,
        adapter_dir: str | Path | None = None,
        *,
        home: str | Path = "data",
        guidance: float = 3.0,
        top_k: int = 250,
        temperature: float = 1.0,
    ):
        from serving.engines.musicgen_decoder import StepDecoder
        from serving.engines.musicgen_load import load_adapted

        try:
            found = find_base(Home(Path(home)), str(base))
        except BaseMissing as missing:
            raise EngineError("unavailable", missing.detail) from missing
        adapter = None if adapter_dir is None else Path(adapter_dir)
        meta = _read_meta(adapter)
        self.licence = meta.get("licence") or found.licence or _UNKNOWN_LICENCE
        self.commercial_use = bool(meta.get("commercial_use", found.commercial_use))
        self.lm = load_adapted(found.folder, adapter)
        self.decoder = StepDecoder(self.lm.model.decoder)
        self.guidance, self.top_k, self.temperature = guidance, top_k, temperature
        told = json.dumps([meta.get("model_id") or str(base), guidance, top_k, temperature])
        digest = hashlib.sha256(told.encode()).hexdigest()[:8]
        self.model_id = f"{meta.get('model_id') or f'musicgen-{Path(base).name}'}-{digest}"

    def generate(
        self,
        request: Request,
        on_progress: OnProgress,
        cancelled: Callable[[], bool],
    ) -> Rendering:
        """Draw codes for the request's caption, then decode them."""
        from serving.engines.musicgen_sampling import Sampling, generate_codes

        if request.duration_s > self.max_duration_s:
            raise EngineError(
                "unsupported",
                f"duration={request.duration_s:g}: musicgen makes at most "
                f"{self.max_duration_s:g} s; ask for less or choose model composer",
            )
        text = caption(_row(request))
        frames = max(1, round(request.duration_s * self.lm.codec.frame_rate))
        sampling = Sampling(request.seed, self.guidance, self.top_k, self.temperature)

        def on_step(done: int, total: int) -> None:
            if cancelled():
                raise Cancelled
            on_progress(0.9 * done / total, "writing codes")

        codes = generate_codes(self.lm, self.decoder, text, frames, sampling, on_step)
        pieces = []
        for piece in self.lm.codec.decode_chunks(codes):
            if cancelled():
                raise Cancelled
            pieces.append(piece)
            made = sum(map(len, pieces)) / (frames * self.lm.codec.hop_length)
            on_progress(0.9 + 0.1 * made, "sounding codes")
        y = np.concatenate(pieces)[: round(request.duration_s * self.lm.codec.sample_rate)]
        return Rendering(
            audio=_within_range(y)[:, None],
            sample_rate=self.lm.codec.sample_rate,
            truth={"caption": text},
        )


def _row(request: Request) -> dict[str, Any]:
    return {
        "genre": request.genre,
        "mood": request.mood,
        "tempo_bpm": request.tempo_bpm,
        "key": request.key,
        "description": request.prompt,
    }


def _within_range(y: np.ndarray) -> np.ndarray:
    """Turn down what would clip; leave the rest as it is."""
    peak = float(np.abs(y).max(initial=0.0))
    return (y / peak if peak > 1 else y).astype(np.float32)


def _read_meta(adapter: Path | None) -> dict[str, Any]:
    if adapter is None:
        return {}
    path = adapter / "meta.json"
    if not path.exists():
        raise EngineError(
            "unavailable", f"adapter_dir={adapter}: holds no meta.json; give a model's folder"
        )
    meta: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return meta
