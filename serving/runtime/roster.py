"""The engines of a running service, kept as the registry of its home has them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from data_catalog.home import Home
from serving.config import EngineSpec, ServiceConfig
from serving.engines.base import EngineError
from serving.engines.registry import registry_stamp, specs_of
from serving.runtime.pools import Outcomes, Pool

__all__ = ["Roster"]

log = logging.getLogger("shiroa.serving")


class Roster:
    """Opens a pool for each engine, and replaces the pools whose model was published anew.

    Args:
        root: below which the service keeps its files.
        outcomes: told how pieces ended.
        on_change: called before the engines change.
    """

    def __init__(
        self,
        config: ServiceConfig,
        root: Path,
        outcomes: Outcomes,
        on_change: Callable[[], None],
    ):
        self.pools: dict[str, Pool] = {}
        self.ready = False
        self._config = config
        self._root = root
        self._outcomes = outcomes
        self._on_change = on_change
        self._retiring: set[asyncio.Task[None]] = set()

    @property
    def home(self) -> Home | None:
        """The home whose registry is followed; None where the engines are fixed."""
        return None if self._config.engines else self._config.home_layout()

    async def open(self) -> None:
        """Open the pools; processes start when they are first needed."""
        self._stamp = registry_stamp(self.home) if self.home else None
        for name, spec in (await asyncio.to_thread(specs_of, self._config)).items():
            self._open_pool(name, spec)

    async def close(self) -> None:
        """End every process."""
        for task in list(self._retiring):
            task.cancel()
        await asyncio.gather(*self._retiring, return_exceptions=True)
        for pool in self.pools.values():
            await pool.close()

    @property
    def busy(self) -> bool:
        """Whether any engine is at work."""
        return any(pool.busy for pool in self.pools.values())

    async def warm_up(self) -> None:
        """Load the default engine."""
        default = self.pools.get(self._config.default_engine)
        try:
            if default is not None:
                await default.facts()
        except EngineError as error:
            log.error("engine %s: %s", self._config.default_engine, error.detail)
        self.ready = True

    async def follow_registry(self) -> None:
        """Put newly published models to work: what was accepted before is made by the old one."""
        while self.home is not None:
            await asyncio.sleep(self._config.watch_s)
            stamp = registry_stamp(self.home)
            if stamp == self._stamp:
                continue
            self._stamp = stamp
            try:
                specs = await asyncio.to_thread(specs_of, self._config)
            except Exception:
                log.exception("the registry could not be read; the engines stay as they are")
                continue
            self._adopt(specs)

    def _adopt(self, specs: dict[str, EngineSpec]) -> None:
        self._on_change()
        for name, pool in list(self.pools.items()):
            if specs.get(name) != pool.spec:
                log.info("engine %s: replaced or withdrawn", name)
                del self.pools[name]
                task = asyncio.create_task(pool.retire())
                self._retiring.add(task)
                task.add_done_callback(self._retiring.discard)
        for name, spec in specs.items():
            if name not in self.pools:
                self._open_pool(name, spec)

    def _open_pool(self, name: str, spec: EngineSpec) -> None:
        pool = Pool(name, spec, self._config, self._root, self._outcomes)
        self.pools[name] = pool
        pool.open()
