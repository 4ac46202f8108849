"""Codes handed out to customers, and withdrawn."""

from datetime import datetime

from regulars.customers import hold
from regulars.db import Tx, run, value
from regulars.kernel import public_id
from regulars.offers.audience import among
from regulars.offers.cards import load, move
from regulars.offers.errors import NoCodesLeft, NotUsable, Reason
from regulars.offers.keys import claim, settle
from regulars.offers.making import mint, validity
from regulars.offers.pool_record import Pool, open_pool
from regulars.offers.statements import SQL
from regulars.offers.telling import tell
from regulars.offers.voucher import Code, code


def issue(
    tx: Tx, pool_key: str, customer_id: int | None, *, key: str, at: datetime, actor: str | None = None
) -> Code:
    """Hand out one code, to a customer or to whoever shows it; the same key gives the same code.

    Takes a code that waits in the pool, and draws one where none does. Raises NoCodesLeft where codes are
    uploaded, and NotUsable for a customer whom the pool is not for.
    """
    if customer_id is not None:
        hold(tx)
    before = claim(tx, key, {"deed": "issue", "pool": pool_key, "customer": customer_id}, customer_id)
    if before is not None:
        return code(tx, int(before["code"]))
    pool = open_pool(tx, pool_key)
    refuse_others(tx, pool, customer_id, at)
    code_id = _taken(tx, pool, at)
    _hand_out(tx, pool, code_id, customer_id, at=at, actor=actor)
    settle(tx, key, {"code": code_id})
    return code(tx, code_id)


def refuse_others(tx: Tx, pool: Pool, customer_id: int | None, at: datetime) -> None:
    if pool.body.valid_until is not None and pool.body.valid_until <= at:
        raise NotUsable(f"The pool {pool.key} is over since {pool.body.valid_until:%-d %B %Y}.", [OVER])
    if pool.body.who is None:
        return
    if customer_id is None or not among(tx, pool.body.who, at, [customer_id]):
        who = "nobody in particular" if customer_id is None else public_id("cus", customer_id)
        raise NotUsable(f"The codes of {pool.key} are not for {who}: {pool.body.name} is for some.", [OTHERS])


OVER = Reason(code="expired", words="The pool is over.")
OTHERS = Reason(code="not_for_them", words="It is for other customers.")


def _taken(tx: Tx, pool: Pool, at: datetime) -> int:
    waiting = value(tx, SQL.take_free, pool_id=pool.id)
    if waiting is not None:
        return int(waiting)
    if pool.body.own_codes:
        raise NoCodesLeft(f"No code is left in the pool {pool.key}; upload more.")
    return mint(tx, pool, 1, at=at, printed=False)[0]


def _hand_out(
    tx: Tx, pool: Pool, code_id: int, customer_id: int | None, *, at: datetime, actor: str | None
) -> None:
    body, dates = pool.body, validity(pool.body, at)
    run(
        tx,
        SQL.hand_out,
        code_id=code_id,
        version=pool.version,
        customer_id=customer_id,
        at=at,
        starts_at=dates.starts_at,
        expires_at=dates.expires_at,
        uses_most=body.most_uses,
        loaded=body.loaded_minor,
    )
    if body.is_card:
        load(tx, [code_id], body.loaded_minor or 0, at=at, actor=actor)
    expires = dates.expires_at.isoformat() if dates.expires_at else None
    told = {"pool": pool.key, "code": public_id("vch", code_id), "expires_at": expires}
    tell(tx, "issued", str(code_id), customer_id, at, told)


def withdraw(tx: Tx, code_id: int, *, at: datetime, actor: str | None = None) -> Code:
    """A code is used no more, and what is on a card is owed no more; raises NotUsable where it was used."""
    found = code(tx, code_id)
    if found.state == "cancelled":
        return found
    run(tx, SQL.lock_code, code_id=code_id)
    run(tx, SQL.lapse_of_code, code_id=code_id, at=at)
    left = value(tx, SQL.withdraw, code_id=code_id)
    if left is None:
        now = code(tx, code_id)
        if now.state == "cancelled":
            return now
        raise NotUsable(f"The code {now.public_id} cannot be withdrawn: {_why_not(now)}", [USED])
    if left:
        move(tx, "cancel", [code_id], left, at=at, use_id=None, actor=actor)
    told = {"pool": found.pool, "code": found.public_id, "use": None, "given_minor": 0}
    tell(tx, "cancelled", str(code_id), found.customer_id, at, told | {"currency": found.currency})
    return code(tx, code_id)


USED = Reason(code="used_up", words="It was used.")


def _why_not(found: Code) -> str:
    if found.state == "expired":
        return "it expired."
    return "it is reserved at this moment." if found.reserved else "it was used; give the use back first."
