"""Flow ``publish``: the gate, a person's approval, and the production alias."""

from __future__ import annotations

from typing import Literal

from prefect import flow, pause_flow_run, task
from prefect.input import RunInput
from prefect.states import Completed, Failed, State
from pydantic import Field

from data_catalog import models
from data_catalog.home import Home
from flows.artifacts import report_artifact
from flows.newest import NEWEST, candidate_named
from flows.settings import PolicyName, load_settings
from training import gate

APPROVAL_WITHIN_S = 7 * 24 * 3600


class Approval(RunInput):
    """What a person answers before a model goes into production."""

    decision: Literal["approve", "refuse"] = Field(
        description="Approve publishes this model; refuse retires it"
    )
    by: str = Field(min_length=1, description="Who decides")
    note: str = Field("", description="Why, for the record")


@task(persist_result=False)
def pass_gate(model_id: str, policy: PolicyName | None = None) -> gate.Verdict:
    """Compare with production; what does not pass says why, and what would."""
    verdict = gate.judge(_home(), model_id, policy=policy)
    report_artifact("gate", report(_home(), verdict))
    return verdict


@task(persist_result=False)
def put_in_production(model_id: str, by: str, note: str, policy: PolicyName | None = None) -> None:
    """Approve and move the alias."""
    gate.approve(_home(), model_id, by=by, note=note, policy=policy)
    gate.publish(_home(), model_id, by=by, note=note, policy=policy)


@task(persist_result=False)
def put_aside(model_id: str, by: str, note: str) -> None:
    """Retire what a person refused, so that nobody is asked again."""
    models.set_status(_home(), model_id, "retired", by=by, note=note or "refused")


def report(home: Home, verdict: gate.Verdict) -> str:
    """The gate's checks, then the candidate's figures beside those of production, in Markdown."""
    candidate = models.get(home, verdict.model_id)
    serving = models.production(home, candidate.kind)
    beside = serving.model_id if serving else "nothing yet"
    lines = ["| figure | this model | in production |", "|---|---|---|"]
    for name, value in candidate.metrics.items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            theirs = serving.metrics.get(name) if serving else None
            told = f"{theirs:.4g}" if isinstance(theirs, int | float) else "–"
            lines.append(f"| {name.replace('_', ' ')} | {value:.4g} | {told} |")
    trained = f"Trained on `{candidate.snapshot}` from {candidate.base or 'nothing'}, licence "
    about = f"{trained}{candidate.licence}. In production: `{beside}`."
    return "\n".join([verdict.markdown(), about, "", *lines]) + "\n"


@flow(name="publish")
def publish(
    model: str = NEWEST, ask: bool = True, by: str = "pipeline", policy: PolicyName | None = None
) -> State[str]:
    """Publish a candidate after the gate and a person's approval.

    Args:
        model: Id of a model, as `shiroa models` lists them, or (newest) for the newest candidate.
        ask: Pause until a person approves or refuses in the Prefect UI.
        by: Who publishes, when nobody is asked.
        policy: What the model is for; that of its snapshot when unset.
    """
    model = candidate_named(_home(), model)
    verdict = pass_gate(model, policy)
    if not verdict.passed:
        return Failed(message=verdict.summary())
    answer = Approval(decision="approve", by=by, note="")
    if ask:
        form = Approval.with_initial_data(description=report(_home(), verdict))
        answer = pause_flow_run(wait_for_input=form, timeout=APPROVAL_WITHIN_S)
    if answer.decision == "refuse":
        put_aside(model, answer.by, answer.note)
        return Completed(message=f"{model}: refused by {answer.by}")
    put_in_production(model, answer.by, answer.note, policy)
    return Completed(message=f"{model}: in production")


def _home() -> Home:
    return load_settings().home_layout()
