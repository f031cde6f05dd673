"""What the Prefect UI offers: names, typed parameters with help, schedules, limits."""

import inspect

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect_server")]


@pytest.fixture(scope="module")
def offered(prefect_server: None) -> dict:
    from flows.deployments import deployments
    from flows.settings import load_settings

    return {deployment.name: deployment for deployment in deployments(load_settings())}


def test_every_flow_is_offered(offered: dict) -> None:
    assert set(offered) == {
        *("ingest", "extract", "curate", "train-classifier", "finetune-musicgen"),
        *("publish", "pipeline"),
    }


def test_policy_is_a_choice(offered: dict) -> None:
    policy = offered["curate"]._parameter_openapi_schema.properties["policy"]

    assert policy["enum"] == ["commercial", "noncommercial", "any"]


def test_the_stage_of_a_classifier_is_a_choice(offered: dict) -> None:
    stage = offered["train-classifier"]._parameter_openapi_schema.properties["stage"]

    assert (stage["enum"], stage["default"]) == (["features", "mel"], "features")


def test_steps_have_limits(offered: dict) -> None:
    steps = offered["finetune-musicgen"]._parameter_openapi_schema.properties["steps"]

    assert (steps["minimum"], steps["maximum"]) == (1, 1_000_000)


def test_every_parameter_has_help(offered: dict) -> None:
    silent = [
        f"{name}.{parameter}"
        for name, deployment in offered.items()
        for parameter, schema in deployment._parameter_openapi_schema.properties.items()
        if not schema.get("description")
    ]

    assert silent == []


def test_nightly_pipeline_waits_for_sources(offered: dict) -> None:
    assert offered["pipeline"].schedules[0].schedule.cron == "0 2 * * *"
    assert offered["pipeline"].paused


def test_only_one_training_at_a_time(offered: dict) -> None:
    assert offered["train-classifier"].concurrency_limit == 1


def test_the_form_asks_all_that_the_command_asks():
    from flows.commands.models import train_musicgen
    from flows.train import finetune_musicgen

    asked = set(inspect.signature(train_musicgen).parameters) - {"context", "json"}
    assert asked == set(inspect.signature(finetune_musicgen.fn).parameters)
