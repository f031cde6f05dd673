"""What a service forgets by its settings: old jobs, unused audio, uploads, leftovers of crashes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from typing import Final

from serving.config import ServiceConfig
from serving.piece.references import References
from serving.runtime.cache import Cache
from serving.runtime.jobs import JobStore
from serving.runtime.recorder import Recorder

__all__ = ["Housekeeper"]

log = logging.getLogger("shiroa.serving")

_EVERY_S: Final = 600.0


class Housekeeper:
    """Tidies at start and every ten minutes; a failure is logged and tried again."""

    def __init__(
        self,
        config: ServiceConfig,
        store: JobStore,
        cache: Cache,
        references: References,
        recorder: Recorder,
    ):
        self._config = config
        self._store = store
        self._cache = cache
        self._references = references
        self._recorder = recorder

    async def run(self) -> None:
        """Tidy for ever."""
        await _tried(asyncio.to_thread(self._recorder.recover, self._references.pieces))
        while True:
            await self.tidy()
            await asyncio.sleep(_EVERY_S)

    async def tidy(self) -> None:
        """Remove once what is too old."""
        config = self._config
        before = datetime.now(UTC) - timedelta(seconds=config.keep_jobs_s)
        stamp = before.isoformat(timespec="milliseconds")
        await _tried(self._store.run(self._store.prune, stamp, config.keep_jobs))
        await _tried(asyncio.to_thread(self._references.prune, config.keep_uploads_s))
        await _tried(asyncio.to_thread(self._references.pieces.sweep, 2 * config.job_timeout_s))
        if config.keep_audio_s is not None:
            await _tried(asyncio.to_thread(self._cache.expire, config.keep_audio_s))


async def _tried(work: Awaitable[object]) -> None:
    try:
        await work
    except Exception:
        log.exception("housekeeping: will be tried again")
