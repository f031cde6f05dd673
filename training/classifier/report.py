"""The page on one classifier: how good it is, where it errs, and what stands beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from training.classifier.thresholds import NEVER
from training.page import confusion, interval, page, plot, section, table
from training.record import read_meta

PAGE_NAME: Final = "report.html"


def write_classifier_page(folder: Path) -> Path:
    """Write ``report.html`` beside ``meta.json`` in a classifier's ``folder``."""
    meta = read_meta(folder)
    body = []
    for field, figures in meta["figures"].items():
        body += _field(field, figures, meta["fields"][field]["thresholds"])
    snapshot = meta["snapshot"]["name"]
    under = f"trained on snapshot {snapshot}, measured on its test split; {meta['code_version']}; "
    under += f"the ONNX file's probabilities differ by {meta['onnx_difference']:.1e} at most"
    if mel := meta.get("mel"):
        under += (
            f"; stage mel: {mel['windows']} windows, {mel['epochs']} epochs, {mel['precision']}"
        )
        under += f"; {len(mel['no_audio'])} tracks without audio were left out"
    path = folder / PAGE_NAME
    path.write_text(page(meta["model_id"], under, body), encoding="utf-8")
    return path


def _field(field: str, figures: dict[str, Any], thresholds: list[float]) -> list[str]:
    return [
        section(
            field.capitalize(),
            f"{figures['tracks']} test tracks by artists it never heard; 95% intervals resample "
            "artists. A label below the threshold of its class is not given, nor one for a track "
            "unlike those it learnt from.",
            _summary(figures),
            _baselines(figures),
        ),
        section(
            f"{field.capitalize()}: what is taken for what",
            "Truth down, answer across; shade is the share of the row.",
            confusion(figures["words"], figures["confusion"]),
        ),
        section(
            f"{field.capitalize()}: each class, whether the confidence holds, how it learnt",
            "First plot: share right against confidence, on the dashed line is calibrated. Second: "
            "validation loss by epoch of the chosen head, and in the other colour the next best; a "
            "head that was solved has none. From: the confidence at which the label is given.",
            _classes(figures, thresholds),
            _reliability(figures) + _losses(figures),
        ),
    ]


def _summary(figures: dict[str, Any]) -> str:
    rows = [
        ["macro-F1", interval(figures["macro_f1"])],
        ["accuracy", figures["accuracy"]],
        ["ROC-AUC, mean of classes", figures["roc_auc"]],
        ["PR-AUC, mean of classes", figures["pr_auc"]],
        ["calibration error", figures["calibration_error"]],
        ["share refused as unlike what it learnt from", figures["unlike_share"]],
        ["share labelled", figures["labelled_share"]],
        ["right among labelled", interval(figures["labelled_precision"])],
    ]
    return table(["", "test split"], rows)


def _baselines(figures: dict[str, Any]) -> str:
    zero = figures["zero_shot"] or {}
    rows = [
        ["this model", figures["macro_f1"]["value"], figures["accuracy"]],
        ["always the commonest", figures["majority"]["macro_f1"], figures["majority"]["accuracy"]],
        ["pretrained tags, untrained", zero.get("macro_f1"), zero.get("accuracy")],
        *[
            [name, figures[part]["macro_f1"], figures[part]["accuracy"]]
            for part, name in (
                ("heads_alone", "its head over features, alone"),
                ("mel_alone", "its network over mel windows, alone"),
            )
            if part in figures
        ],
        ["with artists on both sides*", figures["leaky"]["macro_f1"], figures["leaky"]["accuracy"]],
    ]
    note = "<p>* what a careless split would claim</p>"
    return table(["beside it", "macro-F1", "accuracy"], rows) + note


def _classes(figures: dict[str, Any], thresholds: list[float]) -> str:
    rows = [
        [word, found["tracks"], found["precision"], found["recall"], found["f1"], _from(least)]
        for (word, found), least in zip(figures["classes"].items(), thresholds, strict=True)
    ]
    return table(["class", "tracks", "precision", "recall", "F1", "from"], rows)


def _from(threshold: float) -> float | str:
    return threshold if threshold < NEVER else "never"


def _reliability(figures: dict[str, Any]) -> str:
    points = [(said, was) for said, was, _ in figures["reliability"]]
    return plot(
        "share right against confidence",
        ("confidence", 0.0, 1.0),
        ("share right", 0.0, 1.0),
        [points],
        diagonal=True,
    )


def _losses(figures: dict[str, Any]) -> str:
    trials = sorted(figures["trials"], key=lambda trial: trial["validation_loss"])[:2]
    series = [list(enumerate(trial["losses"], start=1)) for trial in trials]
    most = max((loss for points in series for _, loss in points), default=1.0)
    longest = max((len(points) for points in series), default=1)
    return plot(
        "validation loss by epoch",
        ("epoch", 1.0, float(longest)),
        ("loss", 0.0, float(most)),
        series,
        lines=True,
    )
