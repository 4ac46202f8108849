"""Groups that grow by joining two, where some must stay apart."""

from collections import defaultdict
from collections.abc import Collection, Iterable


class Groups:
    """Union and find over numbers; a join that would bring together what is apart is passed over."""

    def __init__(
        self, members: Iterable[int], apart: Iterable[tuple[int, int]], *, known: Collection[int]
    ) -> None:
        self._leader = {member: member for member in members}
        self._of: dict[int, list[int]] = {member: [member] for member in self._leader}
        self._known = {member: member in known for member in self._leader}
        self._apart: dict[int, set[int]] = defaultdict(set)
        for one, other in apart:
            self._apart[one].add(other)
            self._apart[other].add(one)

    def leader(self, member: int) -> int:
        return self._leader[member]

    def join(self, one: int, other: int, *, loose: bool = False) -> bool:
        """Whether the two are now together; a loose join never brings two known ones together."""
        first, second = self._leader[one], self._leader[other]
        if first == second:
            return True
        if second in self._apart[first] or (loose and self._known[first] and self._known[second]):
            return False
        self._unite(first, second)
        return True

    def _unite(self, first: int, second: int) -> None:
        if len(self._of[first]) < len(self._of[second]):
            first, second = second, first
        moved = self._of.pop(second)
        for member in moved:
            self._leader[member] = first
        self._of[first] += moved
        self._known[first] = self._known[first] or self._known[second]
        for enemy in self._apart.pop(second, set()):
            self._apart[enemy].discard(second)
            self._apart[enemy].add(first)
            self._apart[first].add(enemy)

    def members(self) -> list[list[int]]:
        return list(self._of.values())
