"""What an ML team does in the Prefect UI, through a real server and the deployments it serves."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.request import urlopen

import pytest

from data_catalog import models
from data_catalog.home import Home
from tests.musicgen_home import musicgen_home

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect_server")]

SERVE = """
from flows.deployments import serve_deployments
from flows.settings import load_settings
serve_deployments(load_settings())
"""


@pytest.fixture(scope="module")
def api(prefect_server: None) -> Iterator[Any]:
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        yield client


@pytest.fixture(scope="module")
def served(api: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home whose deployments are served, with a candidate of two steps."""
    from training.musicgen.finetune import MusicgenConfig, finetune_musicgen

    home = musicgen_home(tmp_path_factory.mktemp("served"))
    told = os.environ | {
        "SHIROA_HOME": str(home.root),
        "SHIROA_RETRAIN_AFTER": "5",
        "PREFECT_API_URL": str(api.api_url),
        "PREFECT_RUNNER_POLL_FREQUENCY": "2",
        "OMP_NUM_THREADS": "1",
    }
    serving = subprocess.Popen([sys.executable, "-c", SERVE], env=told)
    finetune_musicgen(home, MusicgenConfig("songs", base="tiny", steps=2, batch=2, window_s=2.0))
    try:
        yield home
    finally:
        serving.terminate()
        serving.wait(timeout=60)


def until(true: Callable[[], Any], seconds: float = 120) -> Any:
    """What ``true`` says as soon as it says something."""
    deadline = time.monotonic() + seconds
    while not (answer := true()):
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.5)
    return answer


def start(api: Any, name: str, **parameters: Any) -> Any:
    deployment = until(lambda: found(api, name))
    return api.create_flow_run_from_deployment(deployment.id, parameters=parameters).id


def found(api: Any, name: str) -> Any:
    from prefect.exceptions import ObjectNotFound

    try:
        return api.read_deployment_by_name(f"{name}/{name}")
    except ObjectNotFound:
        return None


def state(api: Any, run: Any) -> str:
    return str(api.read_flow_run(run).state.type.value)


def answer(api: Any, run: Any, **given: Any) -> dict[str, Any]:
    """What the form of a paused run sends."""
    said = api._client.post(f"/flow_runs/{run}/resume", json={"run_input": given})
    told: dict[str, Any] = said.json()
    return told


def artifacts(api: Any, run: Any) -> dict[str, Any]:
    listed = api._client.post(
        "/artifacts/filter", json={"artifacts": {"flow_run_id": {"any_": [str(run)]}}}
    )
    return {artifact["key"]: artifact["data"] for artifact in listed.json()}


@pytest.fixture(scope="module")
def started(api: Any, served: Home) -> dict[str, Any]:
    """Two runs at once: a model to publish, and a fine-tuning that would take for ever."""
    (model,) = models.list_models(served, "musicgen")
    return {
        "model": model.model_id,
        "publish": start(api, "publish", model=model.model_id),
        "train": start(api, "finetune-musicgen", snapshot="songs", base="tiny", steps=100_000),
    }


@pytest.fixture(scope="module")
def answered(api: Any, started: dict, cancelled: float) -> dict[str, Any]:
    """A form filled in wrongly, then rightly, when no training takes the time any more."""
    run = started["publish"]
    until(lambda: state(api, run) == "PAUSED")
    wrong = answer(api, run, decision="perhaps", by="", note="")
    still = state(api, run)
    answer(api, run, decision="approve", by="Ada", note="better on jazz")
    until(lambda: state(api, run) == "COMPLETED")
    return {"wrong": wrong, "still": still}


def test_a_person_sees_the_comparison_before_answering(
    api: Any, started: dict, answered: dict
) -> None:
    report = artifacts(api, started["publish"])["gate"]

    assert f"`{started['model']}`: passes" in report
    assert "In production: `nothing yet`" in report


def test_an_answer_that_does_not_fit_the_form_is_not_taken(answered: dict) -> None:
    assert answered["wrong"]["status"] == "REJECT"
    assert answered["still"] == "PAUSED"


def test_what_a_person_approves_serves(served: Home, started: dict, answered: dict) -> None:
    record = models.get(served, started["model"])

    assert record.status == "production"
    assert (record.changed_by, record.note) == ("Ada", "better on jazz")


@pytest.fixture(scope="module")
def cancelled(api: Any, started: dict) -> float:
    """Seconds until the fine-tuning was gone, cancelled once it learnt."""
    from prefect.states import Cancelling

    run = started["train"]
    until(lambda: "finetune-musicgen-loss" in artifacts(api, run))
    asked = time.monotonic()
    api.set_flow_run_state(run, Cancelling())
    until(lambda: state(api, run) == "CANCELLED")
    return time.monotonic() - asked


def test_cancelling_takes_seconds_and_leaves_a_checkpoint(served: Home, cancelled: float) -> None:
    assert cancelled < 30
    assert list((served.cache / "training").glob("musicgen-tiny-*/step-*/weights.safetensors"))


def test_the_loss_curve_is_an_image(api: Any, started: dict, cancelled: float) -> None:
    with urlopen(artifacts(api, started["train"])["finetune-musicgen-loss"]) as image:
        assert image.read().startswith(b"<svg")


def test_only_one_training_has_a_slot(api: Any, served: Home) -> None:
    from flows.train import TRAINING

    assert api._client.get(f"/v2/concurrency_limits/{TRAINING}").json()["limit"] == 1


def test_a_collection_that_grew_starts_the_pipeline(
    api: Any, served: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prefect.states import Cancelled

    from flows.growth import tell_growth
    from flows.settings import load_settings

    monkeypatch.setenv("SHIROA_RETRAIN_AFTER", "5")
    until(lambda: found(api, "pipeline"))
    assert tell_growth(load_settings(served.root))
    deployment = found(api, "pipeline")
    started = until(lambda: runs_of(api, deployment))
    for run in started:
        api.set_flow_run_state(run.id, Cancelled(), force=True)
    assert started[0].parameters["sources"] == []


def runs_of(api: Any, deployment: Any) -> list[Any]:
    """Runs of a deployment that no schedule made."""
    from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterId

    chosen = DeploymentFilter(id=DeploymentFilterId(any_=[deployment.id]))
    return [run for run in api.read_flow_runs(deployment_filter=chosen) if not run.auto_scheduled]


def test_too_few_new_tracks_start_nothing(served: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows.growth import tell_growth
    from flows.settings import load_settings

    monkeypatch.setenv("SHIROA_RETRAIN_AFTER", "10")

    assert not tell_growth(load_settings(served.root))
