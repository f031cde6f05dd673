"""The page of one evaluation, or of two side by side."""

from __future__ import annotations

import os
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any, Final

from training.evaluation.clap import absent
from training.page import Raw, cell, interval, page, plot, section, table

PAGE_NAME: Final = "index.html"

Found = tuple[Path, dict[str, Any]]


def write_page(folder: Path, found: Sequence[Found]) -> Path:
    """Write ``index.html`` into ``folder`` for one or two evaluations with their folders."""
    names = [figures["model"] for _, figures in found]
    first = found[0][1]["config"]
    body = [
        _headline(found),
        section(
            "Tempo",
            "Measured against asked for, beats a minute; on the dashed line is right.",
            _tempo_plot(found),
        ),
        _clips(folder, found),
        _likenesses(found),
    ]
    path = folder / PAGE_NAME
    under = f"{first['clips']} clips of {first['duration_s']:g} s, reference {first['snapshot']}"
    path.write_text(page(" against ".join(names), under, body), encoding="utf-8")
    return path


def _headline(found: Sequence[Found]) -> str:
    rows: list[list[Any]] = []
    for name in ("tempo", "key", "genre", "mood"):
        rows.append([f"{name} as asked", *(interval(f["adherence"][name]) for _, f in found)])
    for name, label in (
        ("frechet", "Fréchet distance, size-corrected"),
        ("kernel", "kernel distance"),
        ("tag_kl", "tag divergence, nats"),
    ):
        rows.append([label, *((f["distance"] or {}).get(name) for _, f in found)])
    rows.append(["CLAP, its own words", *(interval(_clap(f)["score"]) for _, f in found)])
    rows.append(["CLAP, words of other clips", *(_clap(f)["others"] for _, f in found)])
    rows.append(["clips with faults", *(_faults(f) for _, f in found)])
    rows.append(["copies of a track", *(sum(m["copy"] for m in f["memorised"]) for _, f in found)])
    rows.append(["seconds of music a second", *(f["speed"]["realtime"] for _, f in found)])
    rows.append(["most memory, MiB", *(f["speed"]["peak_mib"] for _, f in found)])
    names = [f["model"] for _, f in found]
    return section(
        "In short",
        "Shares with their 95% interval. Tempo within 4% without folding octaves, key exact; "
        "genre and mood as the classifier in production hears them. Distances are to the "
        "reference's pretrained embeddings: 0 is the same music. CLAP is the cosine between a clip "
        "and words; a model that follows words scores its own above those of other clips.",
        table(["", *names], rows) + _without_clap(found),
    )


def _clap(figures: dict[str, Any]) -> dict[str, Any]:
    """The CLAP figures; evaluations from before there were any have none."""
    return figures.get("clap") or absent("this evaluation is older than the score")


def _without_clap(found: Sequence[Found]) -> str:
    """Why a CLAP score is missing, and how to get it."""
    reasons = dict.fromkeys(_clap(figures)["reason"] for _, figures in found)
    return "".join(f"<p>No CLAP score: {escape(reason)}</p>" for reason in reasons if reason)


def _faults(figures: dict[str, Any]) -> str:
    faults = figures["defects"]["faults"]
    return ", ".join(f"{count} {name}" for name, count in faults.items()) or "none"


def _tempo_plot(found: Sequence[Found]) -> str:
    series = [
        [
            (clip["tempo_bpm"], clip["measured_tempo_bpm"])
            for clip in figures["clips"]
            if clip["measured_tempo_bpm"]
        ]
        for _, figures in found
    ]
    axis = (50.0, 190.0)
    return plot(
        "measured tempo against asked", ("asked, BPM", *axis), ("measured", *axis), series,
        diagonal=True,
    )  # fmt: skip


def _clips(folder: Path, found: Sequence[Found]) -> str:
    """One row an order, with a player and what was measured for each model."""
    names = [figures["model"] for _, figures in found]
    rows = []
    for clips in zip(*(figures["clips"] for _, figures in found), strict=True):
        order = clips[0]
        asked = f"{order['mood']} {order['genre']}, {order['tempo_bpm']:.0f} BPM, {order['key']}"
        players = [
            _player(folder, place, clip, _clap(figures)["clips"].get(clip["file"]))
            for (place, figures), clip in zip(found, clips, strict=True)
        ]
        rows.append([asked, *players])
    return section("Clips", "What was asked for, and what came.", table(["asked", *names], rows))


def _player(folder: Path, place: Path, clip: dict[str, Any], clap: float | None) -> Raw:
    source = escape(os.path.relpath(place / clip["file"], folder).replace(os.sep, "/"), quote=True)
    tempo = clip["measured_tempo_bpm"]
    parts = [
        _marked("no tempo" if tempo is None else f"{tempo:.1f} BPM", clip["tempo_right"]),
        _marked(clip["measured_key"] or "no key", clip["key_right"]),
        *([] if clap is None else [f"CLAP {clap:.2f}"]),
        *(escape(fault) for fault in clip["verdicts"]),
        *([escape(clip["reason"])] if clip["reason"] else []),
    ]
    return Raw(
        f'<audio controls preload="none" src="{source}" aria-label="{escape(clip["file"])}">'
        f"</audio>{', '.join(parts)}"
    )


def _marked(text: str, right: bool) -> str:
    sign = "✓" if right else "✗"
    return f'<span class="{"good" if right else "bad"}">{sign} {escape(text)}</span>'


def _likenesses(found: Sequence[Found]) -> str:
    blocks = []
    for _, figures in found:
        likest = sorted(figures["memorised"], key=lambda m: (-m["similarity"], -m["cosine"]))[:12]
        rows = [
            [m["file"], m["nearest"], m["cosine"], m["same_sound"], m["similarity"], m["copy"]]
            for m in likest
        ]
        head = ["clip", "sounds like", "cosine", "same recording?", "similarity", "copy"]
        blocks.append(f"<b>{cell(figures['model'])}</b>" + table(head, rows))
    return section(
        "Nearest tracks of the reference",
        "A copy shares its fingerprint with a track; a high cosine alone is only a likeness.",
        *blocks,
    )
