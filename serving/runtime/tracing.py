"""Spans for OpenTelemetry, where it is installed and switched on; else they cost nothing.

The exporter is set up by OpenTelemetry's own variables: ``OTEL_EXPORTER_OTLP_ENDPOINT`` and so on,
or ``OTEL_TRACES_EXPORTER=console`` to see spans on standard output.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import os
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["Span", "spans"]

log = logging.getLogger("shiroa.serving")

Span = Callable[[str, Mapping[str, Any]], contextlib.AbstractContextManager[Any]]
"""Called with a name and attributes; the span lasts as long as the context."""


@functools.cache
def spans(enabled: bool) -> Span:
    """What opens spans: OpenTelemetry's tracer, or nothing when switched off or not installed."""
    if not enabled:
        return _nothing
    try:
        from opentelemetry import trace
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        exporter = _exporter()
    except ImportError as error:
        log.warning("tracing is on, but %s is not installed: no spans are sent", error.name)
        return _nothing
    provider = TracerProvider(resource=Resource.create({"service.name": "shiroa"}))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    tracer = trace.get_tracer("shiroa.serving")
    return lambda name, told: tracer.start_as_current_span(name, attributes=dict(told))


def _exporter() -> Any:
    if os.environ.get("OTEL_TRACES_EXPORTER") == "console":
        from opentelemetry.sdk.trace.export import ConsoleSpanExporter

        return ConsoleSpanExporter()
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter()


def _nothing(name: str, told: Mapping[str, Any]) -> contextlib.AbstractContextManager[Any]:
    return contextlib.nullcontext()
