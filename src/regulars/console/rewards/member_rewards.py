"""What one member can have now, with every reason why not; redeemed for them by who serves them."""

import uuid
from dataclasses import dataclass
from typing import Annotated

from fastapi import Form
from starlette.responses import Response

from regulars import access, customers, loyalty, offers, rewards
from regulars.console.console import pages
from regulars.console.loyalty_figures import chip_of
from regulars.console.parts import Chip, Column
from regulars.console.rewards.redemption_rows import COLUMNS, RedemptionRow, rows_of
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.kernel import parse_public_id

router = pages()
CHOICE_COLUMNS = (
    Column(title="Reward"),
    Column(title="Points", numeric=True),
    Column(title="Whether"),
    Column(title="Redeem", hidden_title=True),
)
WALLET_COLUMNS = (Column(title="Code"), Column(title="Worth"), Column(title="State"), Column(title="Ends"))


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRewards:
    programme: str
    programme_name: str
    here: str
    chip: Chip
    spendable: int
    choices: tuple[rewards.Choice, ...]
    choice_columns: tuple[Column, ...]
    rows: tuple[RedemptionRow, ...]
    columns: tuple[Column, ...]
    wallet: tuple[offers.Code, ...]
    wallet_columns: tuple[Column, ...]
    may_redeem: bool
    may_see_codes: bool
    key: str  # The caller's id of the redemption: a second click redeems nothing more.
    problem: str = ""


@router.get("/loyalty/{programme}/members/{public}/rewards")
def choices(visit: Visiting, programme: str, public: str) -> Response:
    access.require(visit.actor, "rewards.view")
    return page(visit, "rewards/member.html", _page(visit, programme, public))


@router.post("/loyalty/{programme}/members/{public}/rewards")
def redeem(
    visit: Visiting,
    programme: str,
    public: str,
    reward: Annotated[str, Form()],
    key: Annotated[str, Form()],
) -> Response:
    with visit.app.database.transaction() as tx:
        whose = parse_public_id("cus", public)
        asked = {"key": f"console:{key[:100]}:{reward}"[:200], "at": visit.app.now(tx)}
        done = rewards.redeem(tx, visit.actor, programme, reward, whose, **asked)
    if done.reasons:
        said = " ".join(one.words for one in done.reasons)
        return page(visit, "rewards/member.html", _page(visit, programme, public, said), status=409)
    return redirect(visit, f"/loyalty/redemptions/{done.public_id}", f"Redeemed for {done.points:,} points.")


def _page(visit: Visit, programme: str, public: str, problem: str = "") -> MemberRewards:
    whose = parse_public_id("cus", public)
    with visit.app.database.transaction() as tx:
        found = tuple(rewards.choices(tx, programme, whose, at=visit.app.now(tx)))
        people = customers.by_ids(tx, [whose])
        return MemberRewards(
            programme=programme,
            programme_name=loyalty.definition(tx, programme).name,
            here=f"/loyalty/{programme}/members/{public}",
            chip=chip_of(people.get(whose), whose, f"/loyalty/{programme}/members"),
            spendable=max((one.spendable for one in found), default=0),
            choices=found,
            choice_columns=CHOICE_COLUMNS,
            rows=rows_of(rewards.redemptions_of(tx, whose, programme)[:50], people),
            columns=COLUMNS,
            wallet=tuple(offers.wallet(tx, whose)[:50]),
            wallet_columns=WALLET_COLUMNS,
            may_redeem=access.allows(
                visit.actor, "rewards.redeem", scope=loyalty.scope_of(tx, programme)
            ).outcome
            == "yes",
            may_see_codes=access.allows(visit.actor, "vouchers.view_codes").outcome == "yes",
            key=uuid.uuid4().hex,
            problem=problem,
        )
