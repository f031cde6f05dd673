"""MusicGen behind the engine protocol: a base checkpoint, with or without an adapter of ours."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from data_catalog.bases import BaseMissing, find_base
from data_catalog.home import Home
from features.musicgen.codec import RIGHT_CONTEXT_FRAMES
from serving.engines.base import Cancelled, EngineError, OnProgress, Rendering, Request
from serving.engines.prompted import UNKNOWN_LICENCE, prompt_of, refuse_longer, within_range
from serving.engines.together import StepsTogether

if TYPE_CHECKING:
    from torch import Tensor

    from features.musicgen.decoder import StepState

__all__ = ["MusicgenEngine"]


class MusicgenEngine:
    """Makes music by a MusicGen language model and its codec.

    Threads may call ``generate`` at the same time: their pieces are then read as one batch, and
    each is the same, to the bit, as made alone. ``int8`` quantises over all rows of a product, so
    its pieces are read one by one.

    Args:
        base: ``tiny``, a folder, or a hub id whose weights are on this machine.
        adapter_dir: a model folder that our fine-tuning wrote, or None for the base alone.
        home: home folder, where the tiny base is kept; needed for ``base="tiny"``.
        guidance: scale of classifier-free guidance (Copet et al. 2023 use 3); 1 turns it off.
        top_k: a code is drawn from this many likeliest ones.
        temperature: of the draw.
        precision: ``float32``, or ``int8`` for faster and slightly different answers.
    """

    name = "musicgen"
    max_duration_s = 300.0

    def __init__(
        self,
        base: str | Path,
        adapter_dir: str | Path | None = None,
        *,
        home: str | Path = "data",
        guidance: float = 3.0,
        top_k: int = 250,
        temperature: float = 1.0,
        precision: str = "float32",
    ):
        from features.musicgen.decoder import StepDecoder
        from serving.engines.musicgen_load import load_adapted

        try:
            found = find_base(Home(Path(home)), str(base))
        except BaseMissing as missing:
            raise EngineError("unavailable", missing.detail) from missing
        adapter = None if adapter_dir is None else Path(adapter_dir)
        meta = _read_meta(adapter)
        self.training_data = _training_data(meta)
        self.trained = bool(meta)
        self.licence = meta.get("licence") or found.licence or UNKNOWN_LICENCE
        self.commercial_use = bool(meta.get("commercial_use", found.commercial_use))
        self.lm = load_adapted(found.folder, adapter)
        self.decoder = StepDecoder(self.lm.model.decoder, precision)
        self.together = StepsTogether() if precision == "float32" else None
        self.sample_rate = self.lm.codec.sample_rate
        self.guidance, self.top_k, self.temperature = guidance, top_k, temperature
        told = json.dumps(
            [meta.get("model_id") or str(base), guidance, top_k, temperature, precision]
        )
        digest = hashlib.sha256(told.encode()).hexdigest()[:8]
        self.model_id = f"{meta.get('model_id') or f'musicgen-{Path(base).name}'}-{digest}"

    def generate(
        self,
        request: Request,
        on_progress: OnProgress,
        cancelled: Callable[[], bool],
    ) -> Rendering:
        """Draw codes for the request's caption, and sound them as they come."""
        frames = max(1, round(request.duration_s * self.lm.codec.frame_rate))
        pieces: list[np.ndarray] = []
        made = 0
        for piece in self.stream(request, cancelled, on_progress):
            pieces.append(piece)
            made += len(piece)
            on_progress(made / (frames * self.lm.codec.hop_length), "making music")
        y = np.concatenate(pieces)[: round(request.duration_s * self.sample_rate)]
        return Rendering(
            audio=within_range(y)[:, None],
            sample_rate=self.sample_rate,
            truth={"caption": prompt_of(request)},
        )

    def stream(
        self,
        request: Request,
        cancelled: Callable[[], bool],
        on_progress: OnProgress = lambda fraction, stage: None,
    ) -> Iterator[np.ndarray]:
        """Mono samples [frames] of the piece, about a second at a time, as they are made.

        Joined they are the audio of ``generate`` before its peak is brought down.
        """
        refuse_longer(self, request)
        codec = self.lm.codec
        frames = max(1, round(request.duration_s * codec.frame_rate))
        codes = np.empty((self.decoder.codebooks, 0), np.int64)
        sounded = 0
        for block in self.codes(request, frames, cancelled):
            codes = np.concatenate([codes, block], axis=1)
            on_progress(sounded / frames, "making music")
            ready = frames if codes.shape[1] == frames else codes.shape[1] - RIGHT_CONTEXT_FRAMES
            if ready == frames or ready - sounded >= codec.frame_rate:
                yield codec.decode_chunk(codes, sounded, ready)
                sounded = ready

    def codes(
        self, request: Request, frames: int, cancelled: Callable[[], bool]
    ) -> Iterator[np.ndarray]:
        """Blocks of codes [codebooks, frames], drawn beside the pieces of other threads.

        Raises `Cancelled` between two steps.
        """
        from features.musicgen.sampling import Sampling, codes_as_made

        def read(state: StepState, codes: Tensor) -> Tensor:
            if cancelled():
                raise Cancelled
            return self.together.read(state, codes) if self.together else state.read(codes)

        sampling = Sampling(request.seed, self.guidance, self.top_k, self.temperature)
        text = prompt_of(request)
        with self.together.piece() if self.together else nullcontext():
            yield from codes_as_made(self.lm, self.decoder, text, frames, sampling, read)


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


def _training_data(meta: dict[str, Any]) -> dict[str, Any] | None:
    """What the provenance says of the music that the adapter learnt from."""
    if not meta:
        return None
    return {
        "snapshot": meta["snapshot"]["name"],
        "digest": meta["snapshot"]["digest"],
        "licences": meta["training_licences"],
    }
