"""The process that writes the table `generations`: answers JSON lines with JSON lines.

Messages: ``insert`` (rows) and ``unrecorded`` (ids). Apart from the service, because reading and
committing tables takes more memory than all else that the service does. Started by
`serving.runtime.recorder` as ``python -m serving.runtime.recorder_process HOME``; it ends when its
parent does.
"""

from __future__ import annotations

import json
import signal
import sys
from datetime import datetime
from typing import Any

from data_catalog.home import Home
from data_catalog.tables.store import Store
from serving.runtime.line_server import answer_lines


def answer(home: Home, message: dict[str, Any]) -> Any:
    """How many rows were new, or which ids have none."""
    store = Store.open(home)
    if "insert" in message:
        rows = [
            {**row, "created_at": datetime.fromisoformat(row["created_at"])}
            for row in message["insert"]
        ]
        return int(store.insert_new("generations", rows))
    known = set(store.read("generations")["generation_id"])
    return [one for one in message["unrecorded"] if one not in known]


def main() -> None:
    """Answer messages until the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the service, which records first
    home = Home.at(sys.argv[1])

    def said(line: bytes) -> bytes:
        try:
            told = {"answer": answer(home, json.loads(line))}
        except Exception as error:  # said by the parent, which goes on
            told = {"error": f"{type(error).__name__}: {error}"}
        return json.dumps(told).encode() + b"\n"

    answer_lines(said)


if __name__ == "__main__":
    main()
