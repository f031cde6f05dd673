"""Clusters of tracks from links between pairs, with pairs that must stay apart."""

from __future__ import annotations

from collections.abc import Iterable


class Clusters:
    """Union-find whose joins can be refused.

    >>> clusters = Clusters(apart=[("a", "c")])
    >>> clusters.join("a", "b"), clusters.join("b", "c"), clusters.join("c", "d")
    (True, False, True)
    >>> clusters.members()
    [['a', 'b'], ['c', 'd']]
    """

    def __init__(self, apart: Iterable[tuple[str, str]] = ()) -> None:
        self._parent: dict[str, str] = {}
        self._size: dict[str, int] = {}
        self._apart: dict[str, set[str]] = {}
        for a, b in apart:
            self._apart.setdefault(a, set()).add(b)
            self._apart.setdefault(b, set()).add(a)

    def root(self, item: str) -> str:
        """The item that stands for the cluster of ``item`` at this moment."""
        self._parent.setdefault(item, item)
        while self._parent[item] != item:
            self._parent[item] = self._parent[self._parent[item]]
            item = self._parent[item]
        return item

    def join(self, a: str, b: str) -> bool:
        """Put ``a`` and ``b`` in one cluster; False when a pair that must stay apart forbids it."""
        one, other = self.root(a), self.root(b)
        if one == other:
            return True
        if any(self.root(stranger) == other for stranger in self._apart.get(one, ())):
            return False
        if self._size.get(one, 1) < self._size.get(other, 1):
            one, other = other, one
        self._parent[other] = one
        self._size[one] = self._size.get(one, 1) + self._size.get(other, 1)
        if other in self._apart:
            self._apart.setdefault(one, set()).update(self._apart[other])
        return True

    def members(self) -> list[list[str]]:
        """Clusters of two or more, each sorted, sorted by their first member."""
        found: dict[str, list[str]] = {}
        for item in self._parent:
            found.setdefault(self.root(item), []).append(item)
        return sorted(sorted(items) for items in found.values() if len(items) > 1)
