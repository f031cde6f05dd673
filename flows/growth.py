"""The event that a collection has grown, which starts the pipeline and with it a training."""

from __future__ import annotations

from typing import Final

from prefect.events import emit_event
from prefect.runtime import flow_run

from data_catalog.models import tracks_since
from flows.settings import Settings

GREW: Final = "shiroa.collection.grew"
_LEARNT_FROM: Final = "classifier"


def tell_growth(settings: Settings) -> bool:
    """Emit ``GREW`` when enough tracks are new since the newest classifier; whether it did.

    A flow inside the pipeline says nothing: the pipeline trains anyway.
    """
    if flow_run.parent_flow_run_id:
        return False
    home = settings.home_layout()
    new = tracks_since(home, _LEARNT_FROM)
    if new < settings.retrain_after:
        return False
    emit_event(
        GREW,
        resource={"prefect.resource.id": "shiroa.collection", "shiroa.home": str(home.root)},
        payload={"new_tracks": new, "retrain_after": settings.retrain_after},
    )
    return True
