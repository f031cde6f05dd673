"""Latent diffusion behind the engine protocol: AudioLDM 2 and Stable Audio, by diffusers.

The models are those of Liu et al. 2023 ("AudioLDM 2: Learning Holistic Audio Generation with
Self-supervised Pretraining") and Evans et al. 2024 ("Stable Audio Open").
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from data_catalog.bases import Base, BaseMissing, find_pipeline
from serving.engines.base import Cancelled, EngineError, OnProgress, Rendering, Request
from serving.engines.prompted import UNKNOWN_LICENCE, prompt_of, refuse_longer, within_range

__all__ = ["DiffusionEngine"]


@dataclass(frozen=True)
class _Kind:
    """How a pipeline is asked for a length, its sample rate, and its longest audio in seconds."""

    length: str
    rate: Callable[[Any], int]
    longest_s: Callable[[Any], float]


def _stable_audio_s(pipe: Any) -> float:
    return float(pipe.transformer.config.sample_size * pipe.vae.hop_length / pipe.vae.sampling_rate)


_AUDIOLDM_S: Final = 30.0
"""Three times the ten seconds that AudioLDM 2 was trained on: it makes any length, ever worse."""

_KINDS: Final = {
    "AudioLDM2Pipeline": _Kind(
        "audio_length_in_s",
        lambda pipe: int(pipe.vocoder.config.sampling_rate),
        lambda _: _AUDIOLDM_S,
    ),
    "StableAudioPipeline": _Kind(
        "audio_end_in_s", lambda pipe: int(pipe.vae.sampling_rate), _stable_audio_s
    ),
}


class DiffusionEngine:
    """Makes music by a latent diffusion pipeline.

    Args:
        base: a folder saved by diffusers, or a hub id whose weights are on this machine.
        name: word by which requests choose it.
        steps: denoising steps; the pipeline's own number when None.
        guidance: scale of classifier-free guidance; the pipeline's own when None.
    """

    trained = True

    def __init__(
        self,
        base: str | Path,
        name: str = "diffusion",
        *,
        steps: int | None = None,
        guidance: float | None = None,
    ):
        found = _found(str(base))
        self._pipe = _loaded(found)
        kind = type(self._pipe).__name__
        if kind not in _KINDS:
            known = " and ".join(_KINDS)
            raise EngineError("unavailable", f"base={base}: is a {kind}; {known} can be served")
        self._kind = _KINDS[kind]
        self._options = {
            option: value
            for option, value in (("num_inference_steps", steps), ("guidance_scale", guidance))
            if value is not None
        }
        defaults = inspect.signature(self._pipe.__call__).parameters
        self._steps = int(steps or defaults["num_inference_steps"].default)
        self.name = name
        self.licence = found.licence or UNKNOWN_LICENCE
        self.commercial_use = found.commercial_use
        self.training_data = {"base": found.name}
        self.sample_rate = self._kind.rate(self._pipe)
        self.max_duration_s = self._kind.longest_s(self._pipe)
        self.model_id = f"{name}-{_digest(found.folder, self._options)}"

    def generate(
        self,
        request: Request,
        on_progress: OnProgress,
        cancelled: Callable[[], bool],
    ) -> Rendering:
        """Denoise audio for the request's caption; stops between two steps."""
        import torch

        refuse_longer(self, request)

        def step(index: int, moment: Any, latents: Any) -> None:
            if cancelled():
                raise Cancelled
            on_progress(min(1.0, (index + 1) / self._steps), "making music")

        prompt = prompt_of(request)
        on_progress(0.0, "making music")
        made = self._pipe(
            prompt,
            generator=torch.Generator("cpu").manual_seed(request.seed),
            callback=step,
            **{self._kind.length: request.duration_s},
            **self._options,
        )
        frames = round(request.duration_s * self.sample_rate)
        audio = within_range(_frames_first(made.audios[0], frames))
        return Rendering(audio=audio, sample_rate=self.sample_rate, truth={"caption": prompt})


def _found(base: str) -> Base:
    try:
        return find_pipeline(base)
    except BaseMissing as missing:
        raise EngineError("unavailable", missing.detail) from missing


def _loaded(found: Base) -> Any:
    try:
        from diffusers import DiffusionPipeline
    except ImportError as error:
        raise EngineError(
            "unavailable", f"base={found.name}: needs diffusers; pip install 'shiroa[diffusion]'"
        ) from error
    import torch

    on_gpu = torch.cuda.is_available()
    pipe = DiffusionPipeline.from_pretrained(
        found.folder,
        local_files_only=True,
        dtype=torch.float16 if on_gpu else torch.float32,
    )
    pipe.set_progress_bar_config(disable=True)
    return pipe.to("cuda") if on_gpu else pipe


def _frames_first(made: Any, frames: int) -> npt.NDArray[np.float32]:
    """Audio as (frames, channels): Stable Audio gives (channels, frames), AudioLDM 2 (frames,)."""
    y = np.atleast_2d(np.asarray(made.float().cpu() if hasattr(made, "cpu") else made)).T[:frames]
    return np.pad(y, ((0, frames - len(y)), (0, 0))).astype(np.float32)


def _digest(folder: Path, options: dict[str, float]) -> str:
    """Changes with the weights' files and with how they are used."""
    told = [f"{path.relative_to(folder)} {path.stat().st_size}" for path in folder.rglob("*.*")]
    text = "\n".join([*sorted(told), str(sorted(options.items()))])
    return hashlib.sha256(text.encode()).hexdigest()[:8]
