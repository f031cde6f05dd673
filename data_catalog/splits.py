"""Train, validation and test: one side for a whole artist and a whole duplicate cluster.

A side is decided once and written down; later runs only add. Two *units* may not be separated: the
tracks that credit one artist, and the copies of one recording. New tracks that hang together get
the side that their units already have, else a fresh one, by the hash of their group where groups
are many, and by what each genre still lacks where they are few.

When new evidence joins units that stand on different sides, nothing moves: the side with more
tracks keeps the unit and the others are *withdrawn* (their split is null for good), so no artist
and no recording is ever on two sides and nothing that once was tested is ever trained on.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from data_catalog.balance import balanced_sides
from data_catalog.home import Home
from data_catalog.tables.store import Store

SPLITS: Final = ("train", "validation", "test")

BALANCED_BELOW: Final = 500
"""Up to so many groups a fresh side is chosen by balance, past it by hash alone."""


@dataclass(frozen=True)
class Fractions:
    """Shares of the tracks that each side shall get; they add up to 1."""

    train: float = 0.8
    validation: float = 0.1
    test: float = 0.1

    def __post_init__(self) -> None:
        shares = self.as_tuple()
        if min(shares) < 0 or abs(sum(shares) - 1) > 1e-9:
            raise ValueError(f"fractions={shares}: must be shares >= 0 that add up to 1")

    def as_tuple(self) -> tuple[float, float, float]:
        """The shares in the order of ``SPLITS``."""
        return self.train, self.validation, self.test


SMALL_CATALOG: Final = Fractions(0.7, 0.15, 0.15)
LARGE_CATALOG: Final = Fractions()


@dataclass(frozen=True)
class Member:
    """What a split needs to know of one track.

    ``artist`` is the main artist's cluster, ``units`` every artist and recording that it is tied
    to, ``counts`` is false where the track can't be trained on, so that it weighs nothing.
    """

    track_id: str
    artist: str
    units: tuple[str, ...]
    genre: str = ""
    counts: bool = True


@dataclass(frozen=True)
class Placed:
    """A row of the ``splits`` table; ``split`` is None for a withdrawn track."""

    track_id: str
    artist_cluster: str
    group_id: str
    split: str | None


@dataclass
class _Plan:
    """Sides while they are decided; a side of None is a withdrawal."""

    rows: dict[str, Placed]
    unit_side: dict[str, str] = field(default_factory=dict)
    unit_group: dict[str, str] = field(default_factory=dict)
    changed: dict[str, Placed] = field(default_factory=dict)

    def put(self, member: Member, split: str | None, group_id: str) -> None:
        placed = Placed(member.track_id, member.artist, group_id, split)
        if self.rows.get(member.track_id) != placed:
            self.rows[member.track_id] = self.changed[member.track_id] = placed
        if split is not None:
            for unit in member.units:
                self.unit_side[unit] = split
                self.unit_group.setdefault(unit, group_id)


def assign_splits(
    home: Home, members: Sequence[Member], fractions: Fractions | None = None
) -> dict[str, str | None]:
    """Decide and store the sides of new tracks; returns the side of every member.

    ``fractions`` is 70/15/15 below ``BALANCED_BELOW`` groups and 80/10/10 above, unless given.
    """
    store = Store(home)
    stored = {row["track_id"]: Placed(**row) for row in store.read("splits").to_dicts()}
    changed = plan_splits(members, stored, fractions)
    if changed:
        rows = [vars(placed) for placed in changed]
        if any(placed.track_id in stored for placed in changed):
            store.upsert("splits", rows)
        else:
            store.insert_new("splits", rows)
    sides = {track_id: placed.split for track_id, placed in stored.items()}
    sides.update({placed.track_id: placed.split for placed in changed})
    return {member.track_id: sides[member.track_id] for member in members}


def plan_splits(
    members: Sequence[Member],
    stored: Mapping[str, Placed],
    fractions: Fractions | None = None,
) -> list[Placed]:
    """The rows of ``splits`` to add or change, given those ``stored``.

    The result depends on ``members`` and ``stored`` alone, not on their order.
    """
    ordered = sorted(members, key=lambda m: (digest(m.track_id), m.track_id))
    plan = _Plan(dict(stored))
    old = [m for m in ordered if m.track_id in stored]
    new = [m for m in ordered if m.track_id not in stored]
    _settle_conflicts(plan, old)
    _follow_units(plan, new)
    waiting = [m for m in new if m.track_id not in plan.rows]
    _place_fresh(plan, waiting, old, fractions)
    return sorted(plan.changed.values(), key=lambda placed: placed.track_id)


def digest(text: str) -> int:
    """A 64-bit hash that is the same on every machine."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])


def _settle_conflicts(plan: _Plan, old: Sequence[Member]) -> None:
    """Withdraw the smaller side of each unit that stands on two, until none does."""
    by_unit = defaultdict(list)
    for member in old:
        for unit in member.units:
            by_unit[unit].append(member)
    for unit in sorted(by_unit):
        found = [plan.rows[member.track_id].split for member in by_unit[unit]]
        sides = Counter(side for side in found if side is not None)
        if len(sides) > 1:
            kept = max(sides, key=lambda side: (sides[side], SPLITS.index(side)))
            for member in by_unit[unit]:
                if plan.rows[member.track_id].split not in (None, kept):
                    plan.put(member, None, plan.rows[member.track_id].group_id)
    for member in old:
        placed = plan.rows[member.track_id]
        plan.put(member, placed.split, placed.group_id)


def _follow_units(plan: _Plan, new: Sequence[Member]) -> None:
    """Give new tracks the side that their units have, as far as that reaches.

    A track whose units stand on two sides could go to neither without a leak: it is withdrawn.
    """
    by_unit = defaultdict(list)
    for member in new:
        for unit in member.units:
            by_unit[unit].append(member)
    queue = list(new)
    while queue:
        reached = []
        for member in queue:
            sides = {plan.unit_side[unit] for unit in member.units if unit in plan.unit_side}
            if member.track_id in plan.rows or not sides:
                continue
            group = next(plan.unit_group[u] for u in member.units if u in plan.unit_side)
            plan.put(member, sides.pop() if len(sides) == 1 else None, group)
            reached += [other for unit in member.units for other in by_unit[unit]]
        queue = reached


def _place_fresh(
    plan: _Plan, waiting: Sequence[Member], old: Sequence[Member], fractions: Fractions | None
) -> None:
    groups = connected(waiting)
    total = len(groups) + len({placed.group_id for placed in plan.rows.values()})
    few = total < BALANCED_BELOW
    shares = (fractions or (SMALL_CATALOG if few else LARGE_CATALOG)).as_tuple()
    if few:
        have: dict[str, Counter[str]] = {side: Counter() for side in SPLITS}
        for member in old:
            side = plan.rows[member.track_id].split
            if side is not None and member.counts:
                have[side][member.genre] += 1
        wanted = [Counter(m.genre for m in members if m.counts) for members in groups.values()]
        chosen = balanced_sides(wanted, [have[side] for side in SPLITS], shares)
    else:
        chosen = [_side_by_hash(group_id, shares) for group_id in groups]
    for (group_id, members), place in zip(groups.items(), chosen, strict=True):
        for member in members:
            plan.put(member, SPLITS[place], group_id)


def connected(members: Iterable[Member]) -> dict[str, list[Member]]:
    """Members that hang together by their units, by the name of their group, in hash order.

    A group is named by its smallest unit.
    """
    parent: dict[str, str] = {}

    def root(unit: str) -> str:
        parent.setdefault(unit, unit)
        while parent[unit] != unit:
            parent[unit] = parent[parent[unit]]
            unit = parent[unit]
        return unit

    listed = list(members)
    for member in listed:
        for unit in member.units:
            low, high = sorted((root(member.units[0]), root(unit)))
            parent[high] = low
    groups: dict[str, list[Member]] = defaultdict(list)
    for member in listed:
        groups[root(member.units[0])].append(member)
    return {name: groups[name] for name in sorted(groups, key=lambda n: (digest(n), n))}


def _side_by_hash(group_id: str, shares: Sequence[float]) -> int:
    place = digest(f"split:{group_id}") / 2**64
    return 0 if place < shares[0] else 1 if place < shares[0] + shares[1] else 2
