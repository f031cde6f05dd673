"""CLAP score: how near a clip lies to the words it was ordered by, in one space of both.

Source: Wu et al., "Large-Scale Contrastive Language-Audio Pretraining" (2023), as ``transformers``
implements it. Its weights don't come with Shiroa: a folder or a hub id says where they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from data_catalog.bases import hub_folder
from data_catalog.captions import caption
from features.audio.reader import decode, resample, to_mono
from features.errors import ShiroaError
from training.classifier.metrics import bootstrap
from training.evaluation.clips import Clip

DEFAULT_CLAP: Final = "laion/larger_clap_music"
HOW_TO_GET: Final = (
    f"run `hf download {DEFAULT_CLAP}` on a machine with network access, or pass the folder with "
    "`--clap FOLDER`"
)
_NEEDED: Final = ("*.json", "*.safetensors", "*.bin", "*.txt")


class ClapMissing(ShiroaError):  # noqa: N818 - it names what is missing
    """The weights are not on this machine; the message says how to get them."""


@dataclass(frozen=True)
class Clap:
    """A checkpoint: ``ClapModel``, its feature extractor and tokenizer, and its name."""

    name: str
    model: Any
    extractor: Any
    tokenizer: Any

    def of_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors (n, d) of ``texts``, each read on its own."""
        import torch

        with torch.no_grad():
            found = [
                self.model.get_text_features(**self.tokenizer([text], return_tensors="pt"))
                for text in texts
            ]
        return _unit(np.concatenate([_vector(one) for one in found]))

    def of_audio(self, y: np.ndarray, sr: int) -> np.ndarray:
        """The unit vector (d,) of mono ``y`` (frames,) at ``sr`` Hz: the mean over windows.

        Windows are as long as the model's and lie one after the other, so that nothing is drawn by
        chance; a rest shorter than half a window is left out where there is a whole one.
        """
        import torch

        rate = self.extractor.sampling_rate
        y = resample(y.astype(np.float32), sr, rate)
        size = self.extractor.nb_max_samples
        pieces = [y[start : start + size] for start in range(0, len(y), size)]
        whole = [piece for piece in pieces if 2 * len(piece) >= size] or pieces[:1]
        with torch.no_grad():
            found = [
                self.model.get_audio_features(
                    **self.extractor(piece, sampling_rate=rate, return_tensors="pt")
                )
                for piece in whole
            ]
        vectors = _unit(np.concatenate([_vector(one) for one in found]))
        mean: np.ndarray = _unit(vectors.mean(axis=0, keepdims=True))[0]
        return mean


def load_clap(name: str | None = None) -> Clap:
    """The checkpoint in a folder or of a hub id; with None ``DEFAULT_CLAP``, if it is here.

    A hub id that was asked for is fetched where it is not on this machine. Raises ``ClapMissing``.
    """
    folder = _folder(name or DEFAULT_CLAP, download=name is not None)
    from transformers import AutoTokenizer, ClapFeatureExtractor, ClapModel

    from features.musicgen.language_model import quiet_library

    try:
        with quiet_library():
            return Clap(
                name or DEFAULT_CLAP,
                ClapModel.from_pretrained(folder, local_files_only=True).eval(),
                ClapFeatureExtractor.from_pretrained(folder, local_files_only=True),
                AutoTokenizer.from_pretrained(folder, local_files_only=True),
            )
    except (OSError, ValueError, KeyError) as error:
        raise ClapMissing(f"clap={folder}: holds no CLAP model ({error}); {HOW_TO_GET}") from error


def clap_scores(clap: Clap, clips: Sequence[Clip]) -> dict[str, Any]:
    """How near each clip is to its own caption, and, to compare with, to those of the others.

    ``score`` and ``others`` are mean cosines, the first with a 95% interval over clips; ``clips``
    holds the cosine of each by file name. Clips that can't be read are left out.
    """
    readable = [clip for clip in clips if clip.features is not None]
    if not readable:
        return absent("no clip could be read")
    heard = np.stack([_heard(clap, clip.path) for clip in readable])
    cosines = heard @ clap.of_texts([words(clip) for clip in readable]).T
    own = np.diag(cosines)
    mean = bootstrap(lambda rows: float(own[rows].mean()), np.arange(len(own)))
    others = None
    if len(own) > 1:
        others = float((cosines.sum() - own.sum()) / (cosines.size - len(own)))
    return {
        "model": clap.name,
        "score": asdict(mean),
        "others": others,
        "clips": {
            clip.path.name: round(float(value), 4)
            for clip, value in zip(readable, own, strict=True)
        },
        "reason": None,
    }


def absent(reason: str) -> dict[str, Any]:
    """What stands in an evaluation without the score."""
    return {"model": None, "score": None, "others": None, "clips": {}, "reason": reason}


def words(clip: Clip) -> str:
    """The caption of what was ordered, as a text-to-music model would be asked."""
    order = clip.order
    return caption(
        {
            "genre": order.genre,
            "mood": order.mood,
            "tempo_bpm": order.tempo_bpm,
            "key": order.key,
            "description": "music",
        }
    )


def _heard(clap: Clap, path: Path) -> np.ndarray:
    audio = decode(path)
    return clap.of_audio(to_mono(audio.samples), audio.sample_rate)


def _folder(name: str, *, download: bool) -> Path:
    if Path(name).is_dir():
        return Path(name)
    try:
        return hub_folder(name, _NEEDED, download=download)
    except LookupError as absent:
        raise ClapMissing(
            f"clap={name!r}: its weights are not on this machine ({absent}); {HOW_TO_GET}"
        ) from absent


def _vector(found: Any) -> np.ndarray:
    """The projected vectors (n, d), whichever of its two shapes the library answers in."""
    vectors = found if hasattr(found, "numpy") else found.pooler_output
    result: np.ndarray = vectors.numpy()
    return result


def _unit(vectors: np.ndarray) -> np.ndarray:
    unit: np.ndarray = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return unit
