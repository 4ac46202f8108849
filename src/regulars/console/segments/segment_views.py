"""The people of a segment's page: who is in it, who came and went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars import customers, insights, segments
from regulars.console.landmarks import Landmarks, Place, chip, place
from regulars.console.parts import Chip, Column
from regulars.db import Tx
from regulars.kernel import Money

COLUMNS = (
    Column(title="Customer"),
    Column(title="In it since", numeric=True),
    Column(title="Tier"),
    Column(title="Points", numeric=True),
    Column(title="Spent, all time", numeric=True),
    Column(title="Last order", numeric=True),
    Column(title="Why", hidden_title=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRow:
    id: str
    chip: Chip
    since: datetime
    place: Place
    spent: Money | None
    last_at: datetime | None
    why_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedRow:
    chip: Chip
    at: datetime
    came: bool
    why_href: str


def members_shown(
    tx: Tx, key: str, found: Sequence[segments.Member], marks: Landmarks
) -> tuple[MemberRow, ...]:
    ids = [member.customer_id for member in found]
    known = customers.by_ids(tx, ids)
    standings = insights.standings(tx, ids, approach=marks.approach, programme=marks.programme)
    return tuple(
        MemberRow(
            id=known[member.customer_id].id,
            chip=chip(known[member.customer_id]),
            since=member.entered_at,
            place=place(standings[member.customer_id], marks),
            spent=standings[member.customer_id].spent,
            last_at=standings[member.customer_id].last_at,
            why_href=f"/customers/{known[member.customer_id].id}/why/{key}",
        )
        for member in found
        if member.customer_id in known
    )


def passed_shown(tx: Tx, key: str, found: Sequence[segments.Movement]) -> tuple[PassedRow, ...]:
    known = customers.by_ids(tx, [one.customer_id for one in found])
    return tuple(
        PassedRow(
            chip=chip(known[one.customer_id]),
            at=one.at,
            came=one.way == "entered",
            why_href=f"/customers/{known[one.customer_id].id}/why/{key}",
        )
        for one in found
        if one.customer_id in known
    )
