"""What was redeemed: what waits for somebody first, one with its steps, moved on or cancelled."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Form
from starlette.responses import Response

from regulars import access, customers, loyalty, offers, rewards
from regulars.console.console import pages
from regulars.console.loyalty_places import loyalty_places
from regulars.console.parts import Column, Tab
from regulars.console.rewards.redemption_rows import BUTTONS, COLUMNS, RedemptionRow, rows_of
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.kernel import Conflict, parse_public_id

router = pages()
STATES = (
    ("open", "Waiting for somebody"),
    ("", "All states"),
    *((state, words) for state, words in rewards.STATES.items()),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RedemptionList:
    places: tuple[Tab, ...]
    columns: tuple[Column, ...]
    rows: tuple[RedemptionRow, ...]
    state: str
    programme: str
    reward: str
    states: tuple[tuple[str, str], ...]
    programmes: tuple[tuple[str, str], ...]
    rewards: tuple[tuple[str, str], ...]
    may_fulfil: bool
    back: str  # Where a step leads back to.
    next_href: str
    first_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RedemptionPage:
    row: RedemptionRow
    steps: tuple[tuple[rewards.Step, str], ...]  # With the state in words.
    left: tuple[tuple[str, str], ...]  # States it may go to, with their buttons.
    code: offers.Code | None
    cost: str
    may_fulfil: bool
    may_cancel: bool
    may_see_code: bool
    problem: str = ""


@router.get("/loyalty/redemptions")
def redemption_list(
    visit: Visiting,
    state: str = "open",
    programme: str = "",
    reward: str = "",
    cursor: str | None = None,
) -> Response:
    access.require(visit.actor, "rewards.view")
    kept = {"state": state, "programme": programme, "reward": reward}
    here = f"/loyalty/redemptions?{urlencode(kept)}"
    with visit.app.database.transaction() as tx:
        found = rewards.redemptions(
            tx, state=state or None, programme=programme or None, reward=reward or None, cursor=cursor
        )
        people = customers.by_ids(tx, [one.customer_id for one in found.items])
        value = RedemptionList(
            places=loyalty_places("redemptions", tx),
            columns=COLUMNS,
            rows=rows_of(found.items, people),
            states=STATES,
            programmes=(
                ("", "All programmes"),
                *((one.key, one.name) for one in loyalty.programmes(tx)),
            ),
            rewards=(("", "All rewards"), *((one.key, one.body.name) for one in rewards.rewards(tx))),
            may_fulfil=access.allows(visit.actor, "rewards.fulfil").outcome == "yes",
            back=here,
            next_href=f"{here}&{urlencode({'cursor': found.next})}" if found.next else "",
            first_href=here if cursor else "",
            **kept,
        )
    return page(visit, "rewards/redemptions.html", value)


@router.get("/loyalty/redemptions/{public}")
def redemption(visit: Visiting, public: str) -> Response:
    access.require(visit.actor, "rewards.view")
    return page(visit, "rewards/redemption.html", _page(visit, public))


def _page(visit: Visit, public: str, problem: str = "") -> RedemptionPage:
    with visit.app.database.transaction() as tx:
        one = rewards.redemption(tx, parse_public_id(rewards.PREFIX, public))
        row = rows_of([one], customers.by_ids(tx, [one.customer_id]))[0]
        code = offers.code(tx, one.code_id) if one.code_id is not None else None
        return RedemptionPage(
            row=row,
            steps=tuple((step, rewards.STATES[step.state]) for step in rewards.steps(tx, one.id)),
            left=tuple((state, BUTTONS[state]) for state in one.steps_left if state in BUTTONS),
            code=code,
            cost=one.body.cost_text,
            may_fulfil=_may(visit, "rewards.fulfil", loyalty.scope_of(tx, one.programme)),
            may_cancel=_may(visit, "rewards.cancel", loyalty.scope_of(tx, one.programme)),
            may_see_code=code is not None
            and _may(visit, "vouchers.view_codes", offers.scope_of(tx, code.pool)),
            problem=problem,
        )


def _may(visit: Visit, action: str, scope: str | None) -> bool:
    return access.allows(visit.actor, action, scope=scope).outcome == "yes"


@router.post("/loyalty/redemptions/{public}/state")
def move(
    visit: Visiting,
    public: str,
    state: Annotated[str, Form()],
    note: Annotated[str, Form()] = "",
    back: Annotated[str, Form()] = "",
) -> Response:
    try:
        with visit.app.database.transaction() as tx:
            number = parse_public_id(rewards.PREFIX, public)
            at = visit.app.now(tx)
            moved = rewards.set_state(tx, visit.actor, number, state, at=at, note=note[:500])
    except Conflict as wrong:
        return page(visit, "rewards/redemption.html", _page(visit, public, str(wrong)), status=409)
    ours = back.startswith("/loyalty/redemptions")
    said = f"{moved.body.name}: {rewards.STATES[moved.state].lower()}."
    if moved.state == "cancelled":
        said += f" {moved.points:,} points are back where they came from."
    return redirect(visit, back if ours else f"/loyalty/redemptions/{public}", said)
