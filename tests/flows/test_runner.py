"""Where tasks run, and what is said when they can't."""

import sys

import pytest

from features.errors import ShiroaError
from flows.settings import Settings


@pytest.mark.parametrize(("name", "module"), [("dask", "prefect_dask"), ("ray", "prefect_ray")])
def test_a_runner_that_is_not_installed_says_how_to_get_it(name, module, monkeypatch):
    from flows.runner import RunnerMissingError, task_runner

    monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(RunnerMissingError, match=rf"pip install 'shiroa\[{name}\]'"):
        task_runner(Settings(task_runner=name))


def test_a_cluster_elsewhere_needs_a_server_that_it_reaches(monkeypatch):
    from flows.server import server_for_tasks

    monkeypatch.delenv("PREFECT_API_URL", raising=False)

    with pytest.raises(ShiroaError, match="PREFECT_API_URL"):
        server_for_tasks(Settings(task_runner="dask", cluster_address="tcp://head:8786"))


def test_workers_are_asked_for_only_where_somebody_chose_them():
    assert Settings().chosen_workers() is None
    assert Settings(workers=3).chosen_workers() == 3
