"""The inner loops over spectra: magnitudes summed into bands, and peaks with their place.

Kept apart because importing this module imports numba.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from features.compiled import compiled_fast

Array = npt.NDArray[np.float32]


@compiled_fast
def sum_bands(spectra: npt.NDArray[Any], first: Any, last: Any, weights: Array, out: Array) -> None:
    """Magnitudes of ``spectra`` (frames, bins) summed into ``out`` (frames, bands).

    Band b is the sum of bins ``first[b]`` up to before ``last[b]``, by row b of ``weights``
    (bands, bins).
    """
    bins = spectra.shape[1]
    magnitude = np.empty(bins, np.float32)
    for frame in range(spectra.shape[0]):
        for k in range(bins):
            re, im = spectra[frame, k].real, spectra[frame, k].imag
            magnitude[k] = np.sqrt(re * re + im * im)
        for band in range(out.shape[1]):
            total = np.float32(0.0)
            for k in range(first[band], last[band]):
                total += weights[band, k] * magnitude[k]
            out[frame, band] = total


@compiled_fast
def sum_groups(
    spectra: npt.NDArray[Any], group: npt.NDArray[np.int64], out: npt.NDArray[np.float64]
) -> None:
    """Energies of ``spectra`` (frames, bins) added to the ``group`` (bins,) of each bin in ``out``
    (frames, groups).
    """
    energy = np.empty(spectra.shape[1], np.float32)
    for frame in range(spectra.shape[0]):
        for k in range(len(energy)):
            re, im = spectra[frame, k].real, spectra[frame, k].imag
            energy[k] = re * re + im * im
        for k in range(len(energy)):
            out[frame, group[k]] += energy[k]


@compiled_fast
def find_peaks(
    spectra: npt.NDArray[Any],
    low: int,
    high: int,
    floor: float,
    place: Array,
    weight: Array,
    row: npt.NDArray[np.int32],
) -> int:
    """Peaks of the magnitudes of ``spectra`` (frames, bins) between bins ``low`` and ``high``.

    Those below ``floor`` times the strongest of their frame are left out. A peak's ``place`` is
    refined by a parabola through log magnitudes (Smith and Serra, 1987), in bins; ``weight`` is its
    magnitude and ``row`` its frame. Answers how many were found.
    """
    magnitude = np.empty(high - low + 2, np.float32)
    found = 0
    for frame in range(spectra.shape[0]):
        loudest = np.float32(0.0)
        for k in range(len(magnitude)):
            value = spectra[frame, low - 1 + k]
            size = np.sqrt(value.real * value.real + value.imag * value.imag)
            magnitude[k] = size
            loudest = max(loudest, size)
        least = max(np.float32(1e-7), loudest * np.float32(floor))
        for k in range(1, len(magnitude) - 1):
            size = magnitude[k]
            if size > least and size > magnitude[k - 1] and size >= magnitude[k + 1]:
                before = np.log(magnitude[k - 1] + 1e-12)
                at = np.log(size + 1e-12)
                after = np.log(magnitude[k + 1] + 1e-12)
                bend = min(before - 2.0 * at + after, -1e-9)
                place[found] = low - 1 + k + 0.5 * (before - after) / bend
                weight[found] = size
                row[found] = frame
                found += 1
    return found


@compiled_fast
def gather_pitches(
    semitones: Array,
    hz: Array,
    weight: Array,
    frame: npt.NDArray[np.int32],
    range_hz: tuple[float, float],
    histogram: npt.NDArray[np.float64],
) -> tuple[float, float, float]:
    """Add peaks to a ``histogram`` (frames, bins of an octave), and say where they sit.

    ``semitones`` (n,) is the pitch of each peak above a C. Answers the sums of w, w cos(2 pi p)
    and w sin(2 pi p) over the peaks within ``range_hz``, where w is a peak's energy as a part of
    its frame's strongest. ``frame`` ascends.
    """
    bins = histogram.shape[1]
    total = along = across = 0.0
    start = 0
    while start < len(hz):
        stop = start
        loudest = np.float32(1e-12)
        while stop < len(hz) and frame[stop] == frame[start]:
            loudest = max(loudest, weight[stop])
            stop += 1
        for n in range(start, stop):
            cell = int(np.rint(semitones[n] * (bins / 12.0))) % bins
            histogram[frame[n], cell] += weight[n]
            if range_hz[0] < hz[n] < range_hz[1]:
                share = (weight[n] / loudest) ** 2
                angle = 2.0 * np.pi * semitones[n]
                total += share
                along += share * np.cos(angle)
                across += share * np.sin(angle)
        start = stop
    return total, along, across
