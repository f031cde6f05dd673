"""Flow ``publish``: the gate, a person's approval, and the production alias."""

from __future__ import annotations

from prefect import flow, pause_flow_run, task
from prefect.input import RunInput
from prefect.states import Completed, Failed, State
from pydantic import Field

from data_catalog import models
from data_catalog.home import Home
from flows.artifacts import report_artifact
from flows.settings import load_settings
from training import gate

APPROVAL_WITHIN_S = 7 * 24 * 3600


class Approval(RunInput):
    """What a person answers before a model goes into production."""

    approve: bool = Field(description="Publish this model?")
    by: str = Field(min_length=1, description="Who decides")
    note: str = Field("", description="Why, for the record")


@task(persist_result=False)
def pass_gate(model_id: str) -> gate.Verdict:
    """Compare with production; what does not pass says why, and what would."""
    verdict = gate.judge(_home(), model_id)
    report_artifact("gate", verdict.markdown())
    return verdict


@task(persist_result=False)
def put_in_production(model_id: str, by: str, note: str) -> None:
    """Approve and move the alias."""
    gate.approve(_home(), model_id, by=by, note=note)
    gate.publish(_home(), model_id, by=by)


@task(persist_result=False)
def put_aside(model_id: str, by: str, note: str) -> None:
    """Retire what a person refused, so that nobody is asked again."""
    models.set_status(_home(), model_id, "retired", by=by, note=note or "refused")


@flow(name="publish")
def publish(model: str, ask: bool = True, by: str = "pipeline") -> State[str]:
    """Publish a candidate after the gate and a person's approval.

    Args:
        model: Model id of a candidate.
        ask: Pause until a person approves or refuses in the Prefect UI.
        by: Who publishes, when nobody is asked.
    """
    verdict = pass_gate(model)
    if not verdict.passed:
        return Failed(message=verdict.summary())
    answer = Approval(approve=True, by=by, note="")
    if ask:
        answer = pause_flow_run(wait_for_input=Approval, timeout=APPROVAL_WITHIN_S)
    if not answer.approve:
        put_aside(model, answer.by, answer.note)
        return Completed(message=f"{model}: refused by {answer.by}")
    put_in_production(model, answer.by, answer.note)
    return Completed(message=f"{model}: in production")


def _home() -> Home:
    return load_settings().home_layout()
