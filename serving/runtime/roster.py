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
    """Opens a pool for each engine, and follows which model has which name.

    Names of the same engine, as ``musicgen`` and the id of the model in production, share a pool.
    A name that moves to another model moves once that is loaded, if the one before was.

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
        self._name(self._pools_of(await asyncio.to_thread(specs_of, self._config)))

    async def close(self) -> None:
        """End every process."""
        for task in list(self._retiring):
            task.cancel()
        await asyncio.gather(*self._retiring, return_exceptions=True)
        for pool in self.engines:
            await pool.close()

    @property
    def engines(self) -> list[Pool]:
        """The pools, each once however many names it has."""
        return list(dict.fromkeys(self.pools.values()))

    @property
    def busy(self) -> bool:
        """Whether any engine is at work, one that is being replaced too."""
        return bool(self._retiring) or any(pool.busy for pool in self.engines)

    async def warm_up(self) -> None:
        """Load the default engine."""
        default = self.pools.get(self._config.default_engine)
        if default is not None:
            await _load(default)
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
            await self._adopt(specs)

    async def _adopt(self, specs: dict[str, EngineSpec]) -> None:
        before, after = self.pools, self._pools_of(specs)
        moving = {
            name: pool
            for name, pool in before.items()
            if pool.state == "ready" and name in after and after[name] is not pool
        }
        self._name(after | moving)
        await asyncio.gather(*(_load(after[name]) for name in moving))
        self._name(after)
        for pool in dict.fromkeys(before.values()):
            if pool not in self.engines:
                log.info("engine %s: replaced or withdrawn", pool.name)
                task = asyncio.create_task(pool.retire())
                self._retiring.add(task)
                task.add_done_callback(self._retiring.discard)

    def _name(self, pools: dict[str, Pool]) -> None:
        """Let requests find these pools."""
        self._on_change()
        self.pools = pools
        for pool in self.engines:
            pool.keep = pool is pools.get(self._config.default_engine)

    def _pools_of(self, specs: dict[str, EngineSpec]) -> dict[str, Pool]:
        """A pool for each name; one that is open already where it is for the same engine."""
        known = [pool for pool in self.engines if specs.get(pool.name) == pool.spec]
        pools = {}
        for name, spec in specs.items():
            pools[name] = next((pool for pool in known if pool.spec == spec), None) or Pool(
                name, spec, self._config, self._root, self._outcomes
            )
            if pools[name] not in known:
                known.append(pools[name])
                pools[name].open()
        return pools


async def _load(pool: Pool) -> None:
    try:
        await pool.facts()
    except EngineError as error:
        log.error("engine %s: %s", pool.name, error.detail)
