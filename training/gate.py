"""What stands between a trained model and the people it serves: checks, approval, publication.

A candidate is judged against the model in production on the same unseen tracks. The gate refuses
what is worse, what may not be used as it is asked to be, and what holds music that was taken down,
and says what would pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from data_catalog import models
from data_catalog.home import Home
from data_catalog.licences.terms import POLICIES
from data_catalog.models import ModelRecord
from data_catalog.snapshots.snapshot import SnapshotError, load_snapshot
from data_catalog.tables.store import Store
from features.errors import ShiroaError
from training.classifier.compare import FieldComparison, compare_classifiers
from training.classifier.file import load_classifier
from training.classifier.model import ModelFileError
from training.classifier.train import KIND as CLASSIFIER
from training.record import META_NAME, read_meta

MARGIN: Final = 0.02
"""Macro-F1 that a candidate may lose by chance before it counts as worse."""

LOSS_MARGIN: Final = 0.02
"""Share by which a validation loss may be higher before it counts as worse."""


class GateError(ShiroaError):
    """A model that may not be approved, published or gone back to; the message says why."""


@dataclass(frozen=True)
class Check:
    """One rule: ``detail`` is what was found, ``remedy`` what would pass (empty when it does)."""

    name: str
    passed: bool
    detail: str
    remedy: str = ""


@dataclass(frozen=True)
class Verdict:
    """All checks of a model."""

    model_id: str
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Every check passed."""
        return all(check.passed for check in self.checks)

    def summary(self) -> str:
        """One line for a person: what failed and what would pass."""
        failed = [f"{c.name}: {c.detail}; {c.remedy}" for c in self.checks if not c.passed]
        return (
            f"{self.model_id} is refused: {' | '.join(failed)}"
            if failed
            else (f"{self.model_id} passes: {'; '.join(c.detail for c in self.checks)}")
        )

    def markdown(self) -> str:
        """The checks as a list, which unlike a table wraps in a narrow form."""
        lines = [f"### `{self.model_id}`: {'passes' if self.passed else 'refused'}", ""]
        for check in self.checks:
            line = f"- {'✓' if check.passed else '✗'} **{check.name}**: {check.detail}"
            lines.append(line if check.passed else f"{line}; what would pass: {check.remedy}")
        return "\n".join(lines) + "\n"


def judge(home: Home, model_id: str, *, policy: str | None = None) -> Verdict:
    """Check a model against production and ``policy`` (``commercial``, ``noncommercial``, ``any``).

    Without a policy it is that of the model's snapshot: what was frozen for commercial use is
    published for commercial use. Raises ``ModelError`` for an unknown id, ``GateError`` for an
    unknown policy.
    """
    if policy is not None and policy not in POLICIES:
        raise GateError(f"policy={policy!r}: must be one of {', '.join(POLICIES)}")
    record = models.get(home, model_id)
    policy = policy or _snapshot_policy(home, record)
    checks = [_whole(home, record), _takedowns(home, record), _rights(home, record, policy)]
    if checks[0].passed:
        judged = _classifier if record.kind == CLASSIFIER else _musicgen
        checks += judged(home, record, _rival(home, record))
    return Verdict(model_id, tuple(checks))


def approve(
    home: Home, model_id: str, *, by: str = "person", note: str = "", policy: str | None = None
) -> None:
    """Mark a candidate as approved. Raises ``GateError`` when it does not pass the gate."""
    _require_pass(home, model_id, policy)
    if models.get(home, model_id).status != "production":
        models.set_status(home, model_id, "approved", by=by, note=note)


def publish(
    home: Home, model_id: str, *, by: str = "person", note: str = "", policy: str | None = None
) -> None:
    """Put an approved model into production; the one before stays approved, for ``rollback``.

    Raises ``GateError`` when nobody approved it or it does not pass any more.
    """
    record = models.get(home, model_id)
    if record.status == "production":
        return
    if record.status != "approved":
        raise GateError(
            f"{model_id} is {record.status}: run `shiroa approve {model_id}` before publishing it"
        )
    _require_pass(home, model_id, policy)
    models.set_status(home, model_id, "production", by=by, note=note)


def rollback(home: Home, kind: str | None = None, *, by: str = "person") -> str:
    """Put the model that served before back into production; returns its id.

    Without ``kind``, of the kind that was published last. Raises ``GateError`` when there is none
    to go back to, or it can't be read any more.
    """
    kind = kind or models.last_published(home) or CLASSIFIER
    if kind not in models.KINDS:
        raise GateError(f"kind={kind!r}: must be one of {', '.join(models.KINDS)}")
    before = models.previous_production(home, kind)
    if before is None:
        raise GateError(
            f"no {kind} served before the present one; `shiroa models` lists what there is"
        )
    if kind == CLASSIFIER and (fault := _unreadable(home, before)):
        raise GateError(f"{before.model_id}, which served before, can't go back: {fault}")
    models.set_status(home, before.model_id, "production", by=by, note="rollback")
    return before.model_id


def _snapshot_policy(home: Home, record: ModelRecord) -> str:
    """What the model's snapshot was frozen for; ``any`` when it is gone."""
    try:
        policy: str = load_snapshot(home, record.snapshot).manifest["policy"]
    except SnapshotError:
        return "any"
    return policy


def _require_pass(home: Home, model_id: str, policy: str | None) -> None:
    verdict = judge(home, model_id, policy=policy)
    if not verdict.passed:
        raise GateError(verdict.summary())


def _rival(home: Home, record: ModelRecord) -> ModelRecord | None:
    serving = models.production(home, record.kind)
    return None if serving is None or serving.model_id == record.model_id else serving


def _whole(home: Home, record: ModelRecord) -> Check:
    """The folder holds safetensors and its record, and nothing that runs code when loaded."""
    folder = home.models / record.model_id
    missing = [name for name in ("*.safetensors", META_NAME) if not any(folder.rglob(name))]
    unsafe = [p.name for p in folder.rglob("*") if p.suffix in {".pkl", ".pt", ".bin", ".pickle"}]
    if missing or unsafe:
        found = [f"no {name}" for name in missing] + [f"pickle {name}" for name in unsafe]
        return Check("files", False, f"{folder}: {', '.join(found)}", "train it again")
    return Check("files", True, "safetensors and meta.json are there")


def _takedowns(home: Home, record: ModelRecord) -> Check:
    """No track that it was trained on has been taken down since."""
    gone = set(Store.open(home).read("takedowns")["track_id"].to_list())
    try:
        used = set(load_snapshot(home, record.snapshot).rows["track_id"].to_list())
    except SnapshotError:
        return Check(
            "takedowns",
            False,
            f"its snapshot {record.snapshot!r} is gone, so its tracks are unknown",
            "train on a snapshot that is there",
        )
    held = len(gone & used)
    if held or record.flag:
        detail = record.flag or f"{held} of its tracks were taken down"
        return Check("takedowns", False, detail, "train again on a new snapshot")
    return Check("takedowns", True, f"none of its {len(used)} tracks was taken down")


def _rights(home: Home, record: ModelRecord, policy: str) -> Check:
    """The weights and the tracks allow what ``policy`` means to do with them."""
    if policy != "commercial" or record.commercial_use:
        use = "commercial use" if record.commercial_use else "non-commercial use only"
        return Check("rights", True, f"{use}, policy {policy}")
    found = [f"weights are {record.licence}"]
    folder = home.models / record.model_id
    if (folder / META_NAME).exists():
        licences = read_meta(folder).get("training_licences") or {}
        found += [f"{count} tracks are {name}" for name, count in licences.items()]
    return Check(
        "rights",
        False,
        f"policy commercial, but not all of this allows it: {', '.join(found)}",
        "make a snapshot with --policy commercial and a base that allows commercial use",
    )


def _classifier(home: Home, record: ModelRecord, rival: ModelRecord | None) -> list[Check]:
    checks: list[Check] = []
    if rival is not None and (fault := _unreadable(home, rival)):
        checks = [Check("comparison", True, f"production can't be read any more: {fault}")]
        rival = None
    try:
        fields = compare_classifiers(home, record, rival)
    except (ModelFileError, SnapshotError) as error:
        return [Check("comparison", False, str(error), "train it again")]
    if not fields:
        return [
            Check("comparison", True, "no labelled test track that both never saw; not compared")
        ]
    checks += [_against_majority(record, found) for found in fields if found.candidate]
    if rival is not None:
        checks += [_against_rival(rival, found) for found in fields]
    return checks


def _unreadable(home: Home, record: ModelRecord) -> str | None:
    """Why a classifier can't be used: an older version of Shiroa made it."""
    try:
        load_classifier(home.models / record.model_id)
    except ModelFileError as error:
        return str(error)
    return None


def _against_majority(record: ModelRecord, found: FieldComparison) -> Check:
    """Better than always answering the commonest word, or so unsure that it never labels."""
    ours = found.candidate.value if found.candidate else 0.0
    common = float(record.metrics.get(f"{found.field}_majority_f1", 0.0))
    detail = f"macro-F1 {ours:.3f} on {found.tracks} tracks, always the commonest word {common:.3f}"
    if ours > common:
        return Check(f"{found.field} learnt", True, detail)
    if record.metrics.get(f"{found.field}_labelled_share") == 0:
        return Check(f"{found.field} learnt", True, f"{detail}; it gives no {found.field} label")
    remedy = f"macro-F1 above {common:.3f} on these tracks: label more of them and train again"
    return Check(f"{found.field} learnt", False, detail, remedy)


def _against_rival(rival: ModelRecord, found: FieldComparison) -> Check:
    """Not worse than production beyond chance."""
    name = f"{found.field} against {rival.model_id}"
    if found.candidate is None:
        return Check(name, False, f"does not know {found.field}", "train on a snapshot with labels")
    if found.production is None or found.difference is None:
        return Check(name, True, f"production can't say {found.field} of these tracks")
    gap = found.difference
    detail = (
        f"macro-F1 {found.candidate.value:.3f} against {found.production.value:.3f} on "
        f"{found.tracks} tracks, difference {gap.value:+.3f} ({gap.low:+.3f} to {gap.high:+.3f})"
    )
    if gap.value < -MARGIN or gap.high < 0:
        floor = found.production.value - MARGIN
        return Check(name, False, detail, f"macro-F1 of {floor:.3f} or more on the same tracks")
    return Check(name, True, detail)


def _musicgen(home: Home, record: ModelRecord, rival: ModelRecord | None) -> list[Check]:
    """The validation loss fell, and is no higher than production's on the same snapshot."""
    loss, before = (record.metrics.get(n) for n in ("loss_end", "loss_start"))
    if loss is None or before is None:
        return [Check("learnt", True, "no validation loss recorded; not compared")]
    learnt = loss < before
    detail = f"validation loss {loss:.3f}, before training {before:.3f}"
    remedy = "" if learnt else f"a loss below {before:.3f}: train for more steps"
    checks = [Check("learnt", learnt, detail, remedy)]
    theirs = rival.metrics.get("loss_end") if rival else None
    if rival and theirs is not None and rival.snapshot_digest == record.snapshot_digest:
        fine = loss <= theirs * (1 + LOSS_MARGIN) or rival.base != record.base
        detail = f"validation loss {loss:.3f} against {theirs:.3f} of {rival.model_id}"
        remedy = "" if fine else f"a loss of {theirs * (1 + LOSS_MARGIN):.3f} or less"
        checks.append(Check("against production", fine, detail, remedy))
    return checks
