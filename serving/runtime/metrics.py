"""Prometheus metrics of one service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

if TYPE_CHECKING:
    from serving.runtime.hosts import Made

__all__ = ["Metrics"]

_LATENCY_BUCKETS: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """Counters, gauges and histograms, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = self._counter("http_requests", "answers", "route", "status")
        self.latency = self._histogram("http_seconds", "time to answer", "route")
        self.cache = self._counter("cache_lookups", "pieces looked up", "found")
        self.cache_bytes = self._gauge("cache_bytes", "disk that pieces take")
        self.queue = self._gauge("queue_pieces", "pieces that wait", "engine")
        self.busy = self._gauge("engines_busy", "processes at work", "engine")
        self.restarts = self._gauge("engine_restarts", "processes replaced", "engine")
        self.refused = self._counter("refused", "requests answered 429", "why")
        self.failures = self._counter("engine_failures", "pieces not made", "engine", "reason")
        self.pieces = self._counter("pieces", "pieces made", "engine")
        self.audio_s = self._counter("audio_seconds", "music made", "engine")
        self.cpu_s = self._counter("engine_cpu_seconds", "processor time spent", "engine")
        self.cost = self._counter("cost_money", "price of that time, as configured", "engine")
        self.making = self._histogram("generation_seconds", "time to make a piece", "engine")
        self.realtime = self._gauge("realtime_factor", "music over time, latest piece", "engine")

    def _counter(self, name: str, doc: str, *labels: str) -> Counter:
        return Counter(f"shiroa_{name}", doc, labels, registry=self.registry)

    def _gauge(self, name: str, doc: str, *labels: str) -> Gauge:
        return Gauge(f"shiroa_{name}", doc, labels, registry=self.registry)

    def _histogram(self, name: str, doc: str, *labels: str) -> Histogram:
        return Histogram(
            f"shiroa_{name}", doc, labels, buckets=_LATENCY_BUCKETS, registry=self.registry
        )

    def made(self, engine: str, made: Made, wall_s: float, price_per_cpu_hour: float) -> None:
        """A piece was made in ``wall_s`` seconds, by processor time of that price."""
        audio_s = made.piece.measured.duration_s
        self.pieces.labels(engine).inc()
        self.audio_s.labels(engine).inc(audio_s)
        self.cpu_s.labels(engine).inc(made.cpu_s)
        self.cost.labels(engine).inc(made.cpu_s / 3600 * price_per_cpu_hour)
        self.making.labels(engine).observe(wall_s)
        self.realtime.labels(engine).set(audio_s / max(wall_s, 1e-6))

    def text(self) -> bytes:
        """Everything, in Prometheus' text format."""
        return generate_latest(self.registry)
