"""Several things that one person said of the same place, kept side by side."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

_EARLIER = re.compile(r"(.+) \(earlier(?: ([0-9]+))?\)")

K = TypeVar("K", bound=Hashable)
F = TypeVar("F", bound=Hashable)
V = TypeVar("V")


def plain_author(author: str) -> str:
    """Return a name without the mark of an earlier version.

    Examples
    --------
    >>> plain_author("anna (earlier 2)"), plain_author("anna")
    ('anna', 'anna')
    """
    match = _EARLIER.fullmatch(author)
    return author if match is None else match[1]


def marked_author(author: str, rank: int) -> str:
    """Return the name under which a person's version is kept; 0 is the latest, and plain.

    Examples
    --------
    >>> [marked_author("anna", rank) for rank in range(3)]
    ['anna', 'anna (earlier)', 'anna (earlier 2)']
    """
    if rank == 0:
        return author
    return f"{author} (earlier)" if rank == 1 else f"{author} (earlier {rank})"


@dataclass(frozen=True)
class Versioned(Generic[K, F, V]):
    """How one kind of label is kept by author, so that a person's versions can lie side by side.

    Parameters
    ----------
    family
        What all versions of a label have in common, given its key.
    key
        Of the version of a rank in a family, the latest being 0.
    plain
        A label without the name under which it is kept, to be compared.
    named
        A plain label under the name of a key.
    order
        Of plain labels: the greatest is the latest. Never the same of two that differ.
    """

    family: Callable[[K], F]
    key: Callable[[F, int], K]
    plain: Callable[[V], V]
    named: Callable[[V, K], V]
    order: Callable[[V], tuple[object, ...]]

    def pairs(
        self, mine: Mapping[K, V], theirs: Mapping[K, V]
    ) -> Iterator[tuple[F, dict[K, V], dict[K, V]]]:
        """Yield the families that both have and that differ."""
        families = self._families(mine)
        for family, others in self._families(theirs).items():
            own = families.get(family)
            if own is not None and own != others:
                yield family, own, others

    def is_conflict(self, own: Mapping[K, V], others: Mapping[K, V]) -> bool:
        """Return whether the others' versions hold anything that one's own do not."""
        known = [self.plain(one) for one in own.values()]
        return any(self.plain(one) not in known for one in others.values())

    def side_by_side(self, family: F, own: Mapping[K, V], others: Mapping[K, V]) -> dict[K, V]:
        """Return all versions of both, the latest under the plain name."""
        versions: list[V] = []
        for one in map(self.plain, (*own.values(), *others.values())):
            if one not in versions:
                versions.append(one)
        versions.sort(key=self.order, reverse=True)
        keys = [self.key(family, rank) for rank in range(len(versions))]
        return {key: self.named(one, key) for key, one in zip(keys, versions, strict=True)}

    def _families(self, labels: Mapping[K, V]) -> dict[F, dict[K, V]]:
        families: dict[F, dict[K, V]] = {}
        for key, label in labels.items():
            families.setdefault(self.family(key), {})[key] = label
        return families
