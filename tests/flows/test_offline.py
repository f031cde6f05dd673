"""Prefect inside a home: its database, which several processes may be the first to ask for."""

import io
import logging
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


def test_the_terminal_is_spared_the_errors_of_runs() -> None:
    import prefect.main  # noqa: F401 - sets the handlers up
    from prefect.logging.handlers import PrefectConsoleHandler

    terminal = PrefectConsoleHandler(stream=io.StringIO())
    root = logging.getLogger()
    root.addHandler(terminal)
    try:
        offline.errors_in_one_line()
        shown = [
            terminal.filter(logging.makeLogRecord({"name": name, "levelno": level}))
            for name, level in (
                ("prefect.flow_runs", logging.ERROR),
                ("prefect.flow_runs", logging.WARNING),
                ("deltalake", logging.ERROR),
            )
        ]
    finally:
        root.removeHandler(terminal)
    assert [bool(one) for one in shown] == [False, True, True]
