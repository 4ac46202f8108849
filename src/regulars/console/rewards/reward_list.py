"""The rewards of all programmes: price, stock, what was redeemed, what one costs."""

from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import Response

from regulars import access, definitions, loyalty, rewards
from regulars.console.console import pages
from regulars.console.loyalty_places import loyalty_places
from regulars.console.parts import Column, Tab
from regulars.console.visit import Visit, Visiting, page
from regulars.definitions import Head
from regulars.kernel import Money

router = pages()
COLUMNS = (
    Column(title="Reward"),
    Column(title="Points", numeric=True),
    Column(title="In stock", numeric=True),
    Column(title="Redeemed", numeric=True),
    Column(title="Costs us", numeric=True),
    Column(title="State"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardRow:
    one: rewards.Launched
    did: rewards.Figures
    how: str  # How it is handed over.
    cost: str
    per_hundred: str  # What 100 points cost.


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardList:
    places: tuple[Tab, ...]
    columns: tuple[Column, ...]
    rows: tuple[RewardRow, ...]
    low: tuple[RewardRow, ...]
    drafts: tuple[Head, ...]
    programme: str
    programmes: tuple[tuple[str, str], ...]
    may_draft: bool
    waiting: int  # Redemptions for which somebody has to do something.
    new_href: str


@router.get("/loyalty/rewards")
def reward_list(visit: Visiting, programme: str = "") -> Response:
    access.require(visit.actor, "rewards.view")
    with visit.app.database.transaction() as tx:
        every = rewards.rewards(tx)
        found = [one for one in every if programme in ("", one.programme)]
        did = rewards.figures(tx, [one.id for one in found])
        rows = tuple(_row(one, did.get(one.id, rewards.Figures(reward_id=one.id))) for one in found)
        names = {line.key: line.name for line in loyalty.programmes(tx)}
        value = RewardList(
            places=loyalty_places("rewards", tx),
            columns=COLUMNS,
            rows=rows,
            low=tuple(row for row in rows if row.one.is_low and row.one.ended_at is None),
            drafts=definitions.heads(tx, kind=rewards.REWARD.name, state="draft").items,
            programme=programme,
            programmes=(("", "All programmes"), *names.items()),
            may_draft=may_draft(visit),
            waiting=sum(row.did.open for row in rows),
            new_href="/loyalty/rewards/new"
            + (f"?{urlencode({'programme': programme})}" if programme else ""),
        )
    return page(visit, "rewards/list.html", value)


def _row(one: rewards.Launched, did: rewards.Figures) -> RewardRow:
    body = one.body
    per_hundred = ""
    if body.cost_minor is not None:
        per_hundred = Money(round(body.cost_minor * 100 / body.points), body.money).format()
    return RewardRow(
        one=one,
        did=did,
        how=rewards.HANDED_OVER[body.fulfilment],
        cost=body.cost_text,
        per_hundred=per_hundred,
    )


def may_draft(visit: Visit) -> bool:
    return access.allows(visit.actor, "definitions.draft", kind=rewards.REWARD.name).outcome == "yes"
