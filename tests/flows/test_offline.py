"""Prefect inside a home: its database, which several processes may be the first to ask for."""

from threading import Event, Thread

from data_catalog.home import Home
from flows import offline


def test_only_one_server_of_a_home_starts_at_a_time(home: Home, monkeypatch) -> None:
    monkeypatch.delenv("PREFECT_HOME", raising=False)
    offline.configure(home)
    entered = Event()

    def start_another() -> None:
        with offline.one_server_starts():
            entered.set()

    other = Thread(target=start_another)
    with offline.one_server_starts():
        other.start()
        assert not entered.wait(0.2)
    other.join(timeout=10)
    assert entered.is_set()
