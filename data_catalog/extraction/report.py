"""What extraction works on, how often it commits, and what came of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True)
class Cadence:
    """How often results are committed: after so many tracks or seconds, whichever is first; and
    whether the views show each commit, or only what ``show`` brings up to date."""

    tracks: int = 50
    seconds: float = 5.0
    seen: bool = True


OFTEN: Final = Cadence()
"""A kill loses little. Past one machine commits of many batches wait for each other."""


@dataclass(frozen=True)
class PendingTrack:
    """A track to measure, and where its file lies."""

    track_id: str
    path: str

    def __str__(self) -> str:
        return self.path


@dataclass(frozen=True)
class ExtractReport:
    """What an extraction came to. Reports of batches add up; ``seconds`` then sum too."""

    extracted: int = 0
    quarantined: int = 0
    audio_s: float = 0.0
    processor_s: float = 0.0
    seconds: float = 0.0
    reasons: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __add__(self, other: ExtractReport) -> ExtractReport:
        return ExtractReport(
            self.extracted + other.extracted,
            self.quarantined + other.quarantined,
            self.audio_s + other.audio_s,
            self.processor_s + other.processor_s,
            self.seconds + other.seconds,
            dict(Counter(self.reasons) + Counter(other.reasons)),
            tuple(dict.fromkeys(self.notes + other.notes)),
        )

    def counts(self) -> dict[str, int | float]:
        """The counts in the order to show them."""
        return {
            "extracted": self.extracted,
            "quarantined": self.quarantined,
            **{f"quarantined: {reason}": n for reason, n in sorted(self.reasons.items())},
            "audio_hours": round(self.audio_s / 3600, 2),
            "processor_s": round(self.processor_s, 1),
            "seconds": round(self.seconds, 1),
        }
