"""A bounded queue that no single client can fill or starve."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

__all__ = ["FairQueue", "QueueFullError"]

T = TypeVar("T", bound=Hashable)


class QueueFullError(Exception):
    """There is no room, for anybody or for this owner.

    Attributes:
        missing: how many must leave the queue first.
        limit: how many may wait at all.
    """

    def __init__(self, by_owner: bool, missing: int = 1, limit: int = 1):
        super().__init__("too many pieces of this client wait" if by_owner else "the queue is full")
        self.by_owner = by_owner
        self.missing = missing
        self.limit = limit


class FairQueue(Generic[T]):
    """Owners take turns; higher priorities go first; within one owner, first come first served.

    Args:
        limit: items that may wait.
        owner_limit: items of one owner that may wait.

    >>> queue = FairQueue(limit=9, owner_limit=9)
    >>> for item, owner in [("a1", "a"), ("a2", "a"), ("a3", "a"), ("b1", "b")]:
    ...     queue.put(item, owner)
    >>> [queue.take() for _ in range(4)]
    ['a1', 'b1', 'a2', 'a3']
    """

    def __init__(self, limit: int, owner_limit: int):
        self.limit = limit
        self.owner_limit = owner_limit
        self._levels: dict[int, OrderedDict[str, deque[T]]] = {}
        self._size = 0
        self._waiting: asyncio.Event = asyncio.Event()

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[T]:
        """Everything that waits, in no particular order."""
        for owners in self._levels.values():
            for items in owners.values():
                yield from items

    def owned(self, owner: str) -> int:
        """How many items of ``owner`` wait."""
        return sum(len(owners.get(owner, ())) for owners in self._levels.values())

    def check_room(self, count: int, owner: str) -> None:
        """Raise `QueueFullError` unless ``count`` more items of ``owner`` fit."""
        for by_owner, size, limit in (
            (False, self._size, self.limit),
            (True, self.owned(owner), self.owner_limit),
        ):
            if size + count > limit:
                raise QueueFullError(by_owner, size + count - limit, limit)

    def put(self, item: T, owner: str, priority: int = 0, *, force: bool = False) -> None:
        """Append an item; `QueueFullError` when there is no room and not ``force``."""
        if not force:
            self.check_room(1, owner)
        self._levels.setdefault(priority, OrderedDict()).setdefault(owner, deque()).append(item)
        self._size += 1
        self._waiting.set()

    def take(self) -> T | None:
        """The next item in turn, or None when nothing waits."""
        for priority in sorted(self._levels, reverse=True):
            owners = self._levels[priority]
            owner, items = next(iter(owners.items()))
            item = items.popleft()
            del owners[owner]
            if items:
                owners[owner] = items
            if not owners:
                del self._levels[priority]
            self._size -= 1
            return item
        self._waiting.clear()
        return None

    async def get(self) -> T:
        """The next item in turn; waits for it."""
        while True:
            item = self.take()
            if item is not None:
                return item
            await self._waiting.wait()

    def remove(self, item: T) -> bool:
        """Take an item out of the line; whether it was there."""
        for priority, owners in self._levels.items():
            for owner, items in owners.items():
                if item in items:
                    items.remove(item)
                    if not items:
                        del owners[owner]
                    if not owners:
                        del self._levels[priority]
                    self._size -= 1
                    return True
        return False
