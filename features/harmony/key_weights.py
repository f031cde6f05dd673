"""Weights of features.harmony.key, written by benchmarks/accuracy/fit_key.py."""

from typing import Final

CALIBRATION: Final = (
    -10.5286, 10.8277, 11.1423, 1.6376, -11.8109, -2.0812, -0.3292,
)  # fmt: skip
