"""One code: what it is worth, every use, and of a gift card every movement of its money."""

import uuid
from dataclasses import dataclass
from typing import Annotated

from fastapi import Form
from starlette.responses import Response

from regulars import access, customers, offers
from regulars.console.console import pages
from regulars.console.loyalty_figures import chip_of
from regulars.console.parts import Chip, Column, Tone
from regulars.console.rewards.pool_page import STATES, TONES, shown_code, used_up
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.kernel import CallerError, parse_public_id

router = pages()
USE_COLUMNS = (
    Column(title="Use"),
    Column(title="For"),
    Column(title="Worth", numeric=True),
    Column(title="Given back", numeric=True),
    Column(title="Give back", hidden_title=True),
)
MOVE_COLUMNS = (
    Column(title="When"),
    Column(title="What"),
    Column(title="Amount", numeric=True),
    Column(title="Balance", numeric=True),
)
MOVES = {
    "load": "Loaded: sold to the card",
    "pay": "Paid with the card",
    "refund": "Given back to the card",
    "expire": "Expired",
    "cancel": "Withdrawn",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class UseRow:
    one: offers.Use
    given: str
    given_back: str
    chip: Chip | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRow:
    one: offers.Movement
    word: str
    amount: str
    balance: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CodePage:
    one: offers.Code
    shown: str
    word: str
    tone: Tone
    chip: Chip | None
    balance: str
    uses: tuple[UseRow, ...]
    use_columns: tuple[Column, ...]
    moves: tuple[MoveRow, ...]
    move_columns: tuple[Column, ...]
    reserved: tuple[offers.Reservation, ...]
    key: str
    may_use: bool
    may_withdraw: bool
    problem: str = ""


@router.get("/loyalty/vouchers/codes/{public}")
def code(visit: Visiting, public: str) -> Response:
    access.require(visit.actor, "rewards.view")
    return page(visit, "rewards/code.html", _page(visit, public))


def _page(visit: Visit, public: str, problem: str = "") -> CodePage:
    with visit.app.database.transaction() as tx:
        one = offers.code(tx, parse_public_id(offers.PREFIX, public))
        past = offers.history(tx, one.id)
        scope = offers.scope_of(tx, one.pool)
        owners = {use.customer_id for use in past.uses} | {one.customer_id}
        people = customers.by_ids(tx, [each for each in owners if each is not None])

        def chip(customer_id: int | None) -> Chip | None:
            if customer_id is None:
                return None
            return chip_of(people.get(customer_id), customer_id, "/customers")

        return CodePage(
            one=one,
            shown=shown_code(one, sees=_may(visit, "vouchers.view_codes", scope)),
            word="Used up" if used_up(one) else dict(STATES)[one.state],
            tone="good" if used_up(one) else TONES[one.state],
            chip=chip(one.customer_id),
            balance=one.terms.money(one.balance_minor) if one.balance_minor is not None else "",
            uses=tuple(
                UseRow(
                    one=use,
                    given=one.terms.money(use.given_minor),
                    given_back=one.terms.money(use.given_back_minor) if use.given_back_minor else "",
                    chip=chip(use.customer_id),
                )
                for use in past.uses
            ),
            use_columns=USE_COLUMNS,
            moves=tuple(
                MoveRow(
                    one=move,
                    word=MOVES[move.kind],
                    amount=one.terms.money(move.amount_minor),
                    balance=one.terms.money(move.balance_after),
                )
                for move in past.movements
            ),
            move_columns=MOVE_COLUMNS,
            reserved=tuple(each for each in past.reservations if each.state == "held"),
            key=uuid.uuid4().hex,
            may_use=_may(visit, "vouchers.redeem", scope),
            may_withdraw=_may(visit, "vouchers.issue", scope) and one.state in ("free", "issued"),
            problem=problem,
        )


def _may(visit: Visit, action: str, scope: str) -> bool:
    return access.allows(visit.actor, action, scope=scope).outcome == "yes"


@router.post("/loyalty/vouchers/codes/{public}/withdraw")
def withdraw(visit: Visiting, public: str, confirm: Annotated[str, Form()] = "") -> Response:
    try:
        with visit.app.database.transaction() as tx:
            number = parse_public_id(offers.PREFIX, public)
            before = offers.code(tx, number)
            access.require(visit.actor, "vouchers.issue", scope=offers.scope_of(tx, before.pool))
            if confirm.strip() != before.ending:
                raise offers.NotUsable(f"Type {before.ending}, the last signs of the code, to withdraw it.")
            found = offers.withdraw(tx, number, at=visit.app.now(tx), actor=visit.actor.name)
            if found.state != before.state:
                visit.record(tx, "vouchers.withdraw", kind="voucher", subject=public)
    except access.NotAllowed:
        raise
    except CallerError as wrong:
        return page(visit, "rewards/code.html", _page(visit, public, str(wrong)), status=409)
    return redirect(visit, f"/loyalty/vouchers/codes/{public}", "The code is withdrawn for good.")


@router.post("/loyalty/vouchers/codes/{public}/give-back")
def give_back(
    visit: Visiting, public: str, use: Annotated[str, Form()], write: Annotated[str, Form()]
) -> Response:
    try:
        with visit.app.database.transaction() as tx:
            number = parse_public_id(offers.USE_PREFIX, use)
            key, at = f"console:{use}:{write[:60]}", visit.app.now(tx)
            done = offers.cancel_redemption(tx, number, key=key, at=at, actor=visit.actor.name)
            used = offers.code(tx, done.code_id)
            access.require(visit.actor, "vouchers.redeem", scope=offers.scope_of(tx, used.pool))
            visit.record(tx, "vouchers.give_back", kind="voucher", subject=public)
            back = used.terms.money(done.given_back_minor)
    except access.NotAllowed:
        raise
    except CallerError as wrong:
        return page(visit, "rewards/code.html", _page(visit, public, str(wrong)), status=409)
    return redirect(visit, f"/loyalty/vouchers/codes/{public}", f"Given back: the use, worth {back}.")
