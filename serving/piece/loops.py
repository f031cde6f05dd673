"""Loop packs: each section's parts, cut at the bar, for a sequencer."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

__all__ = ["loop_pack"]

_STILL: Final = (1980, 1, 1, 0, 0, 0)
_FADE_S: Final = 0.003
_SILENT: Final = 1e-3


def loop_pack(
    stems: Mapping[str, Path], score: Mapping[str, Any], papers: Mapping[str, bytes]
) -> bytes:
    """A zip of every section's stems as 16-bit WAV of exactly its length, and of ``papers``.

    ``score`` holds ``sections`` (name, start_s, end_s) and ``tempo_bpm``. Each loop fades in and
    out over 3 ms. Sections in which a part is silent, or that the audio does not reach to the end,
    are left out.
    """
    from features.audio.reader import decode

    box = io.BytesIO()
    with zipfile.ZipFile(box, "w") as archive:
        for name, data in papers.items():
            archive.writestr(zipfile.ZipInfo(name, _STILL), data, zipfile.ZIP_DEFLATED)
        for name, path in stems.items():
            audio = decode(path)
            for section, loop in _loops(audio.samples, audio.sample_rate, score["sections"]):
                file = f"{section}/{name} {score['tempo_bpm']:g}bpm.wav"
                info = zipfile.ZipInfo(file, _STILL)
                archive.writestr(info, _wav(loop, audio.sample_rate), zipfile.ZIP_STORED)
    return box.getvalue()


def _loops(
    y: npt.NDArray[np.float32], sr: int, sections: list[Mapping[str, Any]]
) -> Iterator[tuple[str, npt.NDArray[np.float32]]]:
    for number, section in enumerate(sections, 1):
        start, end = round(section["start_s"] * sr), round(section["end_s"] * sr)
        loop = y[start:end].copy()
        if len(loop) == end - start and float(np.abs(loop).max(initial=0.0)) >= _SILENT:
            n = min(len(loop) // 4, round(_FADE_S * sr))
            ramp = np.linspace(0.0, 1.0, n, dtype=np.float32)[:, None]
            loop[:n] *= ramp
            loop[len(loop) - n :] *= ramp[::-1]
            yield f"{number:02d} {section['name']}", loop


def _wav(y: npt.NDArray[np.float32], sr: int) -> bytes:
    import soundfile as sf

    box = io.BytesIO()
    sf.write(box, y, sr, format="WAV", subtype="PCM_16")
    return box.getvalue()
