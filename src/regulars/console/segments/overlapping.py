"""How a segment overlaps with others that are picked."""

from collections.abc import Sequence
from dataclasses import dataclass

from regulars import insights
from regulars.db import Tx
from regulars.segments import Size

OTHERS_MAX = 5  # With itself six, of which every combination is shown.
OFFERED = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """One other segment against the one the page is about."""

    href: str
    title: str
    members: int
    both: int
    share_here: float  # Of those here, who are there too.
    share_there: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    titles: tuple[str, ...]  # In exactly these.
    people: int
    share: float  # Of the largest, for the bar.


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlapped:
    offered: tuple[tuple[str, str], ...]  # Key and title with its size.
    picked: tuple[str, ...]
    beside: tuple[Beside, ...] = ()
    together: tuple[Together, ...] = ()
    people: int = 0


def overlapped(tx: Tx, size: Size, sizes: Sequence[Size], picked: Sequence[str]) -> Overlapped:
    """Those picked, or the largest few when none is."""
    own = [one for one in sizes if one.key != size.key and (one.approach is None or one.names_stage)]
    largest = sorted(own, key=lambda one: -one.members)
    known = {one.key for one in own}
    keys = [key for key in dict.fromkeys(picked) if key in known] or [one.key for one in largest[:3]]
    keys = keys[:OTHERS_MAX]
    offered = tuple((one.key, f"{one.title} ({one.members:,})") for one in largest[:OFFERED])
    if not keys:
        return Overlapped(offered=offered, picked=())
    found = insights.overlap(tx, [size.key, *keys])
    titles = {one.key: one.title for one in found.segments}
    members = {one.key: one.members for one in found.segments}
    pairs = {one.other: one.both for one in found.pairs if one.one == size.key}
    most = max((one.people for one in found.combinations), default=1)
    return Overlapped(
        offered=offered,
        picked=tuple(keys),
        beside=tuple(
            Beside(
                href=f"/segments/{key}",
                title=titles[key],
                members=members[key],
                both=pairs[key],
                share_here=_share(pairs[key], members[size.key]),
                share_there=_share(pairs[key], members[key]),
            )
            for key in keys
        ),
        together=tuple(
            Together(
                titles=tuple(titles[key] for key in one.keys), people=one.people, share=one.people / most
            )
            for one in found.combinations
        ),
        people=found.people,
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
