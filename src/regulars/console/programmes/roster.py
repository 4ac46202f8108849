"""The members of a programme: by words, by tier of any set."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from starlette.responses import Response

from regulars import access, customers, loyalty
from regulars.console.console import pages
from regulars.console.loyalty import Top, top
from regulars.console.loyalty_figures import chip_of, held
from regulars.console.parts import Chip, Column
from regulars.console.visit import Visit, Visiting, page
from regulars.db import Tx
from regulars.kernel import Points

router = pages()
MEMBER_COLUMNS = (
    Column(title="Member"),
    Column(title="Tier"),
    Column(title="Points", numeric=True),
    Column(title="Joined"),
    Column(title="Last moved"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRow:
    chip: Chip
    tier: str
    points: Points
    joined_at: datetime
    moved_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberList:
    top: Top
    asked: str
    tier: str
    tier_set: str  # Where it is not the one shown first.
    tiers: tuple[tuple[str, str], ...]
    columns: tuple[Column, ...]
    rows: tuple[MemberRow, ...]
    next_href: str
    first_href: str


@router.get("/loyalty/{key}/members")
def members(
    visit: Visiting, key: str, q: str = "", tier: str = "", tiers: str = "", cursor: str | None = None
) -> Response:
    """Everybody, or who is found by words, in a tier of the set shown first or of another."""
    access.require(visit.actor, "loyalty.view")
    with visit.app.database.transaction() as tx:
        return page(visit, "loyalty/members.html", member_list(tx, visit, key, (q, tier, tiers), cursor))


def member_list(
    tx: Tx, visit: Visit, key: str, asked: tuple[str, str, str], cursor: str | None
) -> MemberList:
    q, tier, tiers = asked
    body = loyalty.definition(tx, key)
    other = next((one for one in body.tier_sets if one.key == tiers), None)
    tier_set = other or body.tier_set
    names = [one.name for one in tier_set.tiers] if tier_set else []
    ids = [hit.customer_id for hit in customers.search(tx, q, limit=200).items] if q.strip() else None
    number_of = int(tier) if tier.isdigit() else None
    found = loyalty.roster(
        tx, key, tier=number_of, tier_set_key=other.key if other else None, customer_ids=ids, cursor=cursor
    )
    people = customers.by_ids(tx, [line.customer_id for line in found.items])
    kept = {"q": q, "tier": tier} | ({"tiers": other.key} if other else {})
    here = f"/loyalty/{key}/members"
    return MemberList(
        top=top(tx, visit, key, "members"),
        asked=q,
        tier=tier,
        tier_set=other.key if other else "",
        tiers=(("", "All tiers"), *((str(n), name) for n, name in enumerate(names, 1))),
        columns=MEMBER_COLUMNS,
        rows=tuple(
            MemberRow(
                chip=chip_of(people.get(line.customer_id), line.customer_id, here),
                tier=names[line.tier_number - 1] if line.tier_number else "",
                points=held(line.active, body.currencies[0]),
                joined_at=line.joined_at,
                moved_at=line.last_posted_at,
            )
            for line in found.items
        ),
        next_href=f"{here}?{urlencode({**kept, 'cursor': found.next})}" if found.next else "",
        first_href=f"{here}?{urlencode(kept)}" if cursor else "",
    )
