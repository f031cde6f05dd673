"""The OpenAPI document: complete, with examples, and never poorer than what clients rely on.

After an intended change: ``python -m tests.serving.test_contract`` writes the document anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from serving.api.app import create_app
from serving.config import ServiceConfig

KEPT = Path(__file__).parent / "openapi.json"
METHODS = ("get", "post", "delete")


def document() -> dict[str, Any]:
    found: dict[str, Any] = create_app(ServiceConfig()).openapi()
    found["info"].pop("version")
    return found


def breaking_changes(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    """What a client of the old document would miss in the new one."""
    for path, operations in old["paths"].items():
        for method, operation in operations.items():
            where = f"{method.upper()} {path}"
            now = new["paths"].get(path, {}).get(method)
            if now is None:
                yield f"{where} is gone"
                continue
            for status in operation["responses"]:
                if status not in now["responses"]:
                    yield f"{where} no longer answers {status}"
            known = {p["name"] for p in operation.get("parameters", ())}
            for parameter in now.get("parameters", ()):
                if parameter.get("required") and parameter["name"] not in known:
                    yield f"{where} now requires {parameter['name']}"
    for name, schema in old["components"]["schemas"].items():
        now = new["components"]["schemas"].get(name)
        if now is None:
            yield f"{name} is gone"
            continue
        for field, old_field in schema.get("properties", {}).items():
            new_field = now.get("properties", {}).get(field)
            if new_field is None:
                yield f"{name}.{field} is gone"
            elif lost := set(old_field.get("enum", ())) - set(new_field.get("enum", ())):
                yield f"{name}.{field} no longer takes {sorted(lost)}"
        if name.endswith("Request"):
            for field in set(now.get("required", ())) - set(schema.get("required", ())):
                yield f"{name}.{field} is now required"


def test_nothing_that_clients_rely_on_has_gone() -> None:
    assert list(breaking_changes(json.loads(KEPT.read_text()), document())) == []


def test_breaking_changes_are_noticed() -> None:
    old = document()
    new = json.loads(json.dumps(old))
    del new["paths"]["/generate"]["post"]["responses"]["202"]
    del new["components"]["schemas"]["Answer"]["properties"]["audio_url"]
    new["components"]["schemas"]["GenerateRequest"]["properties"]["genre"]["enum"].remove("jazz")
    new["components"]["schemas"]["GenerateRequest"]["required"] = ["seed"]
    assert list(breaking_changes(old, new)) == [
        "POST /generate no longer answers 202",
        "Answer.audio_url is gone",
        "GenerateRequest.genre no longer takes ['jazz']",
        "GenerateRequest.seed is now required",
    ]


def test_requests_have_examples_and_every_operation_a_summary() -> None:
    found = document()
    assert found["components"]["schemas"]["GenerateRequest"]["examples"][0]["genre"] == "pop"
    for path, operations in found["paths"].items():
        for method, operation in operations.items():
            assert operation.get("description"), f"{method} {path}"


def test_contract_of_the_design_is_there() -> None:
    paths = document()["paths"]
    wanted = {
        "/generate": "post", "/generate/batch": "post", "/jobs/{job_id}": "delete",
        "/jobs/{job_id}/events": "get", "/audio/{name}": "get", "/stream": "get",
        "/genres": "get", "/models": "get", "/health": "get", "/metrics": "get",
    }  # fmt: skip
    assert all(method in paths[path] for path, method in wanted.items())


if __name__ == "__main__":
    KEPT.write_text(json.dumps(document(), indent=1, sort_keys=True) + "\n")
