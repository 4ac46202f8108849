"""One reward: how it goes, its stock, the newest redemptions."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Form
from starlette.responses import Response

from regulars import access, customers, definitions, loyalty, rewards
from regulars.console.console import pages
from regulars.console.formats import number
from regulars.console.parts import Column, Figure, Tone
from regulars.console.rewards.redemption_rows import COLUMNS, RedemptionRow, rows_of
from regulars.console.rewards.reward_list import may_draft
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.kernel import Invalid, Money

router = pages()
STOCK_COLUMNS = (
    Column(title="Why"),
    Column(title="Change", numeric=True),
    Column(title="Then", numeric=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardPage:
    one: rewards.Launched
    sentence: str
    figures: tuple[Figure, ...]
    changes: tuple[rewards.StockChange, ...]
    stock_columns: tuple[Column, ...]
    columns: tuple[Column, ...]
    rows: tuple[RedemptionRow, ...]
    may_stock: bool
    may_draft: bool
    drafted: bool
    problem: str = ""


@router.get("/loyalty/rewards/{key}")
def reward(visit: Visiting, key: str) -> Response:
    access.require(visit.actor, "rewards.view")
    return page(visit, "rewards/reward.html", reward_page(visit, key))


def reward_page(visit: Visit, key: str, problem: str = "") -> RewardPage:
    with visit.app.database.transaction() as tx:
        one = rewards.reward(tx, key)
        did = rewards.figures(tx, [one.id]).get(one.id, rewards.Figures(reward_id=one.id))
        found = rewards.redemptions(tx, reward=key, limit=20).items
        people = customers.by_ids(tx, [each.customer_id for each in found])
        return RewardPage(
            one=one,
            sentence=rewards.sentence(one.body),
            figures=figures(one, did),
            changes=tuple(rewards.stock_changes(tx, one.id)),
            stock_columns=STOCK_COLUMNS,
            columns=COLUMNS,
            rows=rows_of(found, people),
            may_stock=access.allows(
                visit.actor, "rewards.stock", scope=loyalty.scope_of(tx, one.programme)
            ).outcome
            == "yes",
            may_draft=may_draft(visit),
            drafted=definitions.draft(tx, rewards.REWARD, key) is not None,
            problem=problem,
        )


def figures(one: rewards.Launched, did: rewards.Figures) -> tuple[Figure, ...]:
    body = one.body
    found = [
        Figure(label="Price", value=f"{number(body.points)} {body.currency or 'points'}"),
        Figure(label="Redeemed", value=number(did.redeemed), note="without what was cancelled"),
        Figure(
            label="Waiting for somebody",
            value=number(did.open),
            href=f"/loyalty/redemptions?reward={one.key}&state=open",
        ),
    ]
    if body.counted:
        tone: Tone = "bad" if one.is_low else "quiet"
        change = "runs low" if one.is_low else ""
        found.append(Figure(label="In stock", value=number(one.stock), change=change, tone=tone))
    if body.cost_minor is not None:
        spent = Money(did.cost_minor, body.money).format()
        found.append(Figure(label="Cost so far", value=spent, note=f"{body.cost_text} each"))
    return tuple(found)


@router.post("/loyalty/rewards/{key}/stock")
def stock(
    visit: Visiting,
    key: str,
    amount: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    try:
        with visit.app.database.transaction() as tx:
            one = rewards.reward(tx, key)
            access.require(visit.actor, "rewards.stock", scope=loyalty.scope_of(tx, one.programme))
            units = signed(amount)
            there = rewards.change_stock(
                tx, key, units, reason=reason, actor=visit.actor.name, at=visit.app.now(tx)
            )
            after: dict[str, object] = {"amount": units, "stock": there}
            visit.record(tx, "rewards.stock", kind="reward", subject=key, after=after)
    except (Invalid, rewards.NotInStock) as wrong:
        return page(visit, "rewards/reward.html", reward_page(visit, key, str(wrong)), status=422)
    return redirect(visit, f"/loyalty/rewards/{key}", f"{there:,} are in stock now.")


def signed(text: str) -> int:
    """The typed number, 0 for what is none."""
    plain = text.strip().replace(",", "").replace("−", "-")
    digits = plain.removeprefix("-").removeprefix("+")
    return int(plain) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 0  # noqa: PLR2004
