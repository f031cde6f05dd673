"""What can be wrong with one field, as a word for programs and the figures that belong to it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from pydantic import BaseModel

__all__ = ["CODES", "Found", "code_of", "property_of"]

Found = tuple[str, dict[str, Any]]
"""A code and its parameters."""

CODES: Final[dict[str, frozenset[str]]] = {
    "out-of-range": frozenset({"value", "min", "max"}),
    "not-whole": frozenset({"value", "min", "max"}),
    "not-one-of": frozenset({"value", "allowed"}),
    "not-boolean": frozenset({"value"}),
    "not-a-key": frozenset({"value"}),
    "too-long": frozenset({"max"}),
    "wrong-count": frozenset({"min", "max"}),
    "missing": frozenset(),
    "unknown-field": frozenset({"value"}),
    "not-json": frozenset(),
    "unknown-model": frozenset({"value"}),
    "unknown-reference": frozenset({"value"}),
    "unusable-audio": frozenset({"reason", "max_s"}),
    "reference-too-short": frozenset({"value", "min"}),
    "longer-than-reference": frozenset({"value", "max"}),
    "needs-reference": frozenset(),
    "excludes": frozenset({"other"}),
    "unskilled": frozenset({"engine", "skill"}),
    "too-many-at-once": frozenset({"value", "max"}),
    "key-used": frozenset(),
    "session-taken": frozenset({"value"}),
    "not-an-id": frozenset({"value"}),
    "refused-address": frozenset({"value"}),
    "invalid": frozenset(),
}
"""Every code with the names of its parameters. ``invalid`` is what only the sentence tells."""


def code_of(item: Mapping[str, Any], rule: Mapping[str, Any], shown: str) -> Found:
    """The code of a fault that Pydantic found; ``rule`` is the field's part of the JSON schema.

    Args:
        item: one of ``ValidationError.errors()``.
        rule: as ``property_of`` gives it; empty for what is no field.
        shown: what was sent, short enough to be told.

    >>> code_of({"type": "less_than_equal"}, {"type": "number", "minimum": 0, "maximum": 1}, "2")
    ('out-of-range', {'value': '2', 'min': 0, 'max': 1})
    """
    named = {"extra_forbidden": "unknown-field", "json_invalid": "not-json", "missing": "missing"}
    if code := named.get(item["type"]):
        return code, {"value": shown} if code == "unknown-field" else {}
    if code := rule.get("x-code"):
        return str(code), {"value": shown}
    if "maximum" in rule:
        code = "not-whole" if rule["type"] == "integer" else "out-of-range"
        return code, {"value": shown, "min": rule["minimum"], "max": rule["maximum"]}
    if allowed := rule.get("enum") or rule.get("items", {}).get("enum"):
        return "not-one-of", {"value": shown, "allowed": allowed}
    if rule.get("type") == "boolean":
        return "not-boolean", {"value": shown}
    if "maxItems" in rule:
        return "wrong-count", {"min": rule.get("minItems", 0), "max": rule["maxItems"]}
    if item["type"] == "string_too_long":
        return "too-long", {"max": rule["maxLength"]}
    return "invalid", {}


def property_of(model: type[BaseModel], field: str) -> dict[str, Any]:
    """What the JSON schema of ``model`` says of a field, null left aside; empty for no field."""
    stated = _properties(model).get(field, {})
    first: dict[str, Any] = next(iter(stated.get("anyOf", ())), {})
    return {**first, **stated}


@cache
def _properties(model: type[BaseModel]) -> dict[str, Any]:
    properties: dict[str, Any] = model.model_json_schema()["properties"]
    return properties
