"""The gate, a person's answer, and what becomes of the model."""

from datetime import UTC, datetime

import pytest

from data_catalog import models
from data_catalog.home import Home
from data_catalog.models import ModelRecord

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect_server")]


def registered(home: Home, model_id: str) -> str:
    record = ModelRecord(
        model_id=model_id,
        kind="musicgen",
        snapshot="gone",
        snapshot_digest="0" * 64,
        created_at=datetime.now(UTC),
    )
    models.register(home, record)
    return model_id


def test_model_without_its_files_is_refused_with_the_remedy(home: Home) -> None:
    from flows.publish import publish

    state = publish(registered(home, "hollow"), ask=False, return_state=True)

    assert state.is_failed()
    assert "train" in state.message
    assert models.get(home, "hollow").status == "candidate"


def test_what_a_person_refuses_is_retired(home: Home) -> None:
    from flows.publish import put_aside

    put_aside.fn(registered(home, "unloved"), by="Ada", note="too loud")

    record = models.get(home, "unloved")
    assert (record.status, record.changed_by, record.note) == ("retired", "Ada", "too loud")
