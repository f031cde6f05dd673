"""Owners take turns, and none can fill the line."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.runtime.fairness import FairQueue, QueueFullError


def queue_of(
    *items: tuple[str, str, int], limit: int = 99, owner_limit: int = 99
) -> FairQueue[str]:
    queue: FairQueue[str] = FairQueue(limit, owner_limit)
    for item, owner, priority in items:
        queue.put(item, owner, priority)
    return queue


def test_higher_priority_goes_first() -> None:
    queue = queue_of(("a", "x", 0), ("b", "x", 2), ("c", "x", 1))
    assert [queue.take() for _ in range(3)] == ["b", "c", "a"]


def test_full_queue_refuses_everybody() -> None:
    queue = queue_of(("a", "x", 0), limit=1)
    with pytest.raises(QueueFullError, match="the queue is full"):
        queue.put("b", "y")


def test_one_owner_cannot_take_all_the_room() -> None:
    queue = queue_of(("a", "x", 0), owner_limit=1)
    with pytest.raises(QueueFullError, match="of this client"):
        queue.put("b", "x")
    queue.put("c", "y")


def test_removed_item_is_never_taken() -> None:
    queue = queue_of(("a", "x", 0), ("b", "x", 0))
    assert queue.remove("a")
    assert not queue.remove("a")
    assert [queue.take(), queue.take()] == ["b", None]


def test_get_waits_for_an_item() -> None:
    async def scenario() -> str:
        queue: FairQueue[str] = FairQueue(9, 9)
        waiter = asyncio.create_task(queue.get())
        await asyncio.sleep(0)
        queue.put("late", "x")
        return await waiter

    assert asyncio.run(scenario()) == "late"


@given(st.lists(st.tuples(st.integers(), st.sampled_from("abc"), st.integers(0, 2)), max_size=30))
def test_everything_put_is_taken_once_and_in_order_within_an_owner(
    items: list[tuple[int, str, int]],
) -> None:
    queue: FairQueue[tuple[int, tuple[int, str, int]]] = FairQueue(99, 99)
    for numbered in enumerate(items):
        queue.put(numbered, numbered[1][1], numbered[1][2])
    taken = [queue.take() for _ in items]
    assert queue.take() is None
    assert sorted(one[0] for one in taken if one) == list(range(len(items)))
    for owner in "abc":
        for priority in range(3):
            mine = [
                n for one in taken if one for n, (_, o, p) in [one] if (o, p) == (owner, priority)
            ]
            assert mine == sorted(mine)
