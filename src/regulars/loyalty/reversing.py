"""Undoing: transfers reversed as a whole or in part, awards of what was returned taken back."""

from dataclasses import dataclass
from datetime import datetime

from psycopg.types.json import Jsonb

from regulars.customers import hold
from regulars.db import Query, Statements, Tx, maybe, value
from regulars.kernel import public_id
from regulars.loyalty.errors import NotReversible, UnknownTransfer
from regulars.loyalty.policies import ReturnPolicy
from regulars.loyalty.posting import Answer, Receipt, checked, newest, receipt, tell

WHY_NOT = {
    "already_reversed": "nothing of it stands; it was reversed before",
    "not_reversible": "only an award, a spending, an adjustment or a gift can be reversed",
    "nothing_left": "nothing of it is left, and the programme leaves nobody in debt",
    "too_much": "less of it stands than was to be reversed",
}


class Sql(Statements, file="reversing.sql"):
    reverse: Query
    unclaim: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversed:
    outcome: str
    transfer_id: int | None
    available: int | None
    field: str | None
    amount: int | None


def reverse(
    tx: Tx,
    programme: str,
    transfer_id: int,
    *,
    key: str,
    at: datetime,
    reason: str,
    actor: str,
    amount: int | None = None,
) -> Receipt:
    """Reverses what still stands of a transfer, or a part: points go back into the lots they came from.

    Awards are taken back; when they were spent already, the programme's return policy says what happens.
    """
    policy = newest(tx, programme).programme.returns
    return _reversed(
        tx, programme, transfer_id, amount, key=key, at=at, policy=policy, reason=reason, actor=actor
    )


def take_back(
    tx: Tx,
    programme: str,
    award_id: int,
    amount: int,
    *,
    key: str,
    at: datetime,
    policy: ReturnPolicy | None = None,
    reason: str,
    actor: str | None = None,
) -> Receipt:
    """Takes back so much of an award as was returned of what it was given for, as the policy says.

    All of it counts as asked back, be it there or not: what was spent or is held now is taken when that
    spending is reversed or the hold is free. `amount` of the receipt is what was taken; also 0.
    """
    return _reversed(
        tx,
        programme,
        award_id,
        amount,
        key=key,
        at=at,
        policy=policy or newest(tx, programme).programme.returns,
        reason=reason,
        actor=actor,
        claims=True,
    )


def give_back(
    tx: Tx,
    programme: str,
    spending_id: int,
    amount: int,
    *,
    key: str,
    at: datetime,
    reason: str,
    least_until: datetime | None = None,
    actor: str | None = None,
) -> Receipt:
    """Gives so much of a spending back into its lots, which then end at `least_until` or later."""
    return _reversed(
        tx,
        programme,
        spending_id,
        amount,
        key=key,
        at=at,
        policy="within_balance",
        reason=reason,
        actor=actor,
        least_until=least_until,
    )


def unclaim(tx: Tx, award_id: int, amount: int, *, at: datetime, reason: str) -> int:
    """Takes back that points of an award were asked back, as far as they are not taken yet; gives how many.

    No points move. It has no id: call it once.
    """
    hold(tx)
    return int(value(tx, SQL.unclaim, award_id=award_id, amount=amount, at=at, reason=reason))


def _reversed(
    tx: Tx,
    programme: str,
    transfer_id: int,
    amount: int | None,
    *,
    key: str,
    at: datetime,
    policy: ReturnPolicy,
    reason: str,
    actor: str | None,
    claims: bool = False,
    least_until: datetime | None = None,
) -> Receipt:
    checked(key, 1 if amount is None else amount, least=1)
    hold(tx)
    version = newest(tx, programme)
    fields = {"kind": "reverse", "transfer": transfer_id} | ({} if amount is None else {"amount": amount})
    answer = maybe(
        tx,
        SQL.reverse,
        Reversed,
        programme_id=version.programme_id,
        transfer_id=transfer_id,
        key=key,
        at=at,
        policy=policy,
        reason=reason,
        actor=actor,
        fields=Jsonb(fields),
        amount=amount,
        claims=claims,
        least=least_until,
    )
    name = public_id("txn", transfer_id)
    if answer is None or answer.outcome == "unknown":
        raise UnknownTransfer(f"The programme {programme} has no transfer {name}.")
    if answer.outcome in WHY_NOT and not (claims and answer.outcome == "nothing_left"):
        raise NotReversible(f"Transfer {name} cannot be reversed: {WHY_NOT[answer.outcome]}.")
    if answer.outcome == "posted" and answer.transfer_id is not None:
        tell(tx, version, answer.transfer_id)
    plain = Answer(
        outcome=answer.outcome, transfer_id=answer.transfer_id, available=answer.available, field=answer.field
    )
    return receipt(plain, key, answer.amount or 0, "", 0)
