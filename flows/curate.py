"""Flow ``curate``: duplicates, labels, splits, and what each rule leaves out."""

from __future__ import annotations

from prefect import flow, task

from data_catalog.curation import CurateReport
from data_catalog.curation import curate as curate_catalog
from data_catalog.snapshots.snapshot import Snapshot, snapshot_if_changed
from data_catalog.tables.store import Store
from flows.artifacts import counts_artifact, report_artifact
from flows.settings import PolicyName, load_settings


@task(persist_result=False)
def curate_all(policy: PolicyName) -> CurateReport:
    """The whole catalog at once: duplicates and splits need to see every track."""
    return curate_catalog(load_settings().home_layout(), policy=policy)


@task(persist_result=False)
def freeze(prefix: str, policy: PolicyName, where: str | None) -> Snapshot:
    """A snapshot, or the newest one with this prefix when it would hold the same rows."""
    return snapshot_if_changed(load_settings().home_layout(), prefix, policy=policy, where=where)


@task(persist_result=False)
def compact_tables() -> int:
    """Join the small files that many commits leave."""
    return Store(load_settings().home_layout()).compact()


@flow(name="curate")
def curate(
    policy: PolicyName = "any", snapshot: str | None = None, where: str | None = None
) -> tuple[CurateReport, Snapshot | None]:
    """Curate the catalog and, where a name is given, freeze a snapshot.

    Args:
        policy: Which licences may pass.
        snapshot: Name that the snapshot starts with; none freezes nothing.
        where: SQL condition over the catalog view.
    """
    report = curate_all(policy)
    counts_artifact("curate", report.counts())
    compact_tables()
    if snapshot is None:
        return report, None
    frozen = freeze(snapshot, policy, where)
    report_artifact(
        "snapshot", f"`{frozen.name}`: {frozen.tracks} tracks, digest `{frozen.digest}`"
    )
    return report, frozen
