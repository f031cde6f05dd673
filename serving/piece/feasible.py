"""Whether an engine can make what a request asks for, and what a reference adds to it."""

from __future__ import annotations

from data_catalog.vocabulary import DURATION_RANGE_S, TEMPO_RANGE_BPM
from serving.engines.base import Facts
from serving.piece.references import References, Source
from serving.problems import Fault, Problem
from serving.requests import GenerateRequest

__all__ = ["feasible"]


def feasible(
    request: GenerateRequest, engine: str, facts: Facts, references: References
) -> GenerateRequest:
    """The request with what its reference decides; `Problem` with all faults when it can't be made.

    Without ``strength`` the reference's tempo (doubled or halved into the range that can be asked
    for) and key fill what is left open. With it the reference's length does.
    """
    found = None if request.reference is None else references.find(request.reference)
    faults = [*_unskilled(request, engine, facts), *_clashes(request)]
    if request.duration > facts.max_duration_s:
        faults.append(_too_long(request.duration, facts.max_duration_s))
    if request.reference is not None and found is None:
        detail = (
            f"reference={request.reference}: unknown; upload the audio to POST /references first"
        )
        faults.append(Fault("reference", detail, "unknown-reference", {"value": request.reference}))
    if found is not None and request.strength is not None:
        faults += _too_short(request, found)
    if faults:
        raise Problem.invalid(faults)
    if found is None:
        return request
    if request.strength is None:
        return _followed(request, found)
    length_s = min(_longest_s(request), found.measured.duration_s, facts.max_duration_s)
    return request.model_copy(update={"duration": length_s})


def _too_long(duration_s: float, most_s: float) -> Fault:
    least_s = DURATION_RANGE_S[0]
    detail = f"duration={duration_s:g}: must be {least_s:g}-{most_s:g} seconds"
    params = {"value": f"{duration_s:g}", "min": least_s, "max": most_s}
    return Fault("duration", detail, "out-of-range", params)


def _longest_s(request: GenerateRequest) -> float:
    return request.duration if "duration" in request.model_fields_set else DURATION_RANGE_S[1]


def _unskilled(request: GenerateRequest, engine: str, facts: Facts) -> list[Fault]:
    asked = {
        "lyrics": ("lyrics", "sing", request.lyrics is not None),
        "parts": ("parts", "let its players be chosen", request.parts is not None),
        "strength": ("transfer", "arrange recordings", request.strength is not None),
    }
    return [
        Fault(
            field,
            f"{field}: {engine} does not {verb}; leave it out or choose another model",
            "unskilled",
            {"engine": engine, "skill": skill},
        )
        for field, (skill, verb, wanted) in asked.items()
        if wanted and skill not in facts.skills
    ]


def _clashes(request: GenerateRequest) -> list[Fault]:
    if request.strength is None:
        return []
    faults = []
    if request.reference is None:
        detail = "strength: needs a reference to arrange; give its id"
        faults.append(Fault("strength", detail, "needs-reference", {}))
    if request.parts is not None:
        detail = "parts: can't be chosen when strength is given; leave one out"
        faults.append(Fault("parts", detail, "excludes", {"other": "strength"}))
    for field in ("tempo", "key", "lyrics"):
        if getattr(request, field) is not None:
            detail = f"{field}: comes from the reference when strength is given; leave one out"
            faults.append(Fault(field, detail, "excludes", {"other": "strength"}))
    return faults


def _too_short(request: GenerateRequest, found: Source) -> list[Fault]:
    length_s, least = found.measured.duration_s, DURATION_RANGE_S[0]
    if length_s < least:
        detail = f"reference: is {length_s:g} s long, must be at least {least:g} s to be arranged"
        short = {"value": length_s, "min": least}
        return [Fault("reference", detail, "reference-too-short", short)]
    if "duration" in request.model_fields_set and request.duration > length_s:
        rule = f"must be at most {length_s:g} seconds, the length of the reference"
        detail = f"duration={request.duration:g}: {rule}"
        params = {"value": f"{request.duration:g}", "max": length_s}
        return [Fault("duration", detail, "longer-than-reference", params)]
    return []


def _followed(request: GenerateRequest, found: Source) -> GenerateRequest:
    measured = found.measured
    taken = {
        "tempo": request.tempo or _folded(measured.tempo_bpm),
        "key": request.key or measured.key,
    }
    return request.model_copy(update=taken)


def _folded(tempo_bpm: float | None) -> float | None:
    low, high = TEMPO_RANGE_BPM
    if tempo_bpm is None or tempo_bpm <= 0:
        return None
    while tempo_bpm < low:
        tempo_bpm *= 2
    while tempo_bpm > high:
        tempo_bpm /= 2
    return round(tempo_bpm, 2)
