"""The kind `voucher-pool`, as the composition root registers it."""

from datetime import datetime

import msgspec
from psycopg.types.json import Jsonb

from regulars import access
from regulars.access import Actor
from regulars.db import Tx, run, value
from regulars.definitions import Definition, Kind, Preview
from regulars.kernel import Finding, Invalid
from regulars.offers.audience import named
from regulars.offers.model import Look, UseCap, VoucherPool, Worth
from regulars.offers.pool_record import Pool, maybe_pool
from regulars.offers.signs import random_signs
from regulars.offers.spans import spans
from regulars.offers.statements import SQL
from regulars.offers.validation import validate
from regulars.offers.words import sentence


def preview(tx: Tx, definition: Definition[VoucherPool], at: datetime) -> Preview:
    pool, known = definition.body, maybe_pool(tx, definition.key)
    facts = [("A code", sentence(pool))]
    warnings = []
    if known is not None:
        facts.append(("Handed out so far", f"{_handed_out(tx, known):,} codes; they keep their dates"))
    if not pool.own_codes:
        chances = f"1 in {len(pool.look.alphabet) ** random_signs(pool.look):,}"
        facts.append(("A guess hits one given code with", chances))
    if pool.uses_per_code is None and not pool.is_card and pool.uses is None and not pool.budget:
        warnings.append("Nothing limits it: whoever knows a code uses it as often as they like.")
    if pool.valid_until is not None and pool.valid_until <= at:
        warnings.append("It is over already: no code can be used.")
    return Preview(
        headline=f"“{pool.name}” hands out codes from then on.", facts=tuple(facts), warnings=tuple(warnings)
    )


def _handed_out(tx: Tx, pool: Pool) -> int:
    return int(value(tx, SQL.handed_out, pool_id=pool.id))


def launch(tx: Tx, definition: Definition[VoucherPool], _actor: Actor, at: datetime) -> str:
    return launch_pool(tx, definition.key, definition.version, definition.body, at)


def launch_pool(tx: Tx, key: str, version: int, body: VoucherPool, at: datetime) -> str:
    """Codes that were handed out keep the worth and the dates of their version; limits hold for all at once.

    No code is used meanwhile, so that limits which are new count what was used before.
    """
    known = maybe_pool(tx, key)
    if known is not None:
        run(tx, SQL.hold_pool_alone, pool_id=known.id)
        _refuse_changed(known.body, body)
    stored = Jsonb(msgspec.to_builtins(body))
    pool_id = int(value(tx, SQL.save_pool, key=key, version=version, body=stored))
    run(tx, SQL.keep_version, pool_id=pool_id, version=version, body=stored)
    run(tx, SQL.limit_codes, pool_id=pool_id, uses_most=body.most_uses)
    run(tx, SQL.count_again, pool_id=pool_id, spans=spans(body, at, access.zone(tx)))
    return f"“{body.name}” is live: {sentence(body)}"


def _refuse_changed(before: VoucherPool, after: VoucherPool) -> None:
    fixed = [("currency", before.currency, after.currency), ("own_codes", before.own_codes, after.own_codes)]
    fixed.append(("worth.kind", before.worth.kind, after.worth.kind))
    wrong = [
        Finding(
            path=path,
            code="offers.fixed",
            message=f"It was {was!r}, and codes of it are about; make another pool for {now!r}.",
        )
        for path, was, now in fixed
        if was != now
    ]
    if wrong:
        raise Invalid(wrong[0].message, wrong)


def retire(tx: Tx, definition: Definition[VoucherPool], _actor: Actor, at: datetime) -> None:
    """No code is handed out or used any more; gift cards stay owed, so their pool is brought back to pay."""
    run(tx, SQL.end_pool, key=definition.key, at=at)


POOL = Kind(
    name="voucher-pool",
    title="Voucher pool",
    plural="Voucher pools",
    body=VoucherPool,
    validate=validate,
    uses=lambda pool: named(pool.who),
    sentence=sentence,
    preview=preview,
    launch=launch,
    retire=retire,
)


def five_off(currency: str) -> VoucherPool:
    """A voucher for points: 5 off, once, within half a year."""
    return VoucherPool(
        name="5 off",
        worth=Worth(kind="money_off", amount="5.00"),
        currency=currency,
        valid_days=180,
    )


def welcome_code(currency: str) -> VoucherPool:
    """One code for all, once a customer, with an end to what it gives."""
    return VoucherPool(
        name="10% for newcomers",
        worth=Worth(kind="percent_off", percent="10", most="20.00"),
        currency=currency,
        own_codes=True,
        uses_per_code=None,
        uses_per_customer=1,
        budget="5000.00",
        least_order="30.00",
        caps=(UseCap(uses=500, per="day"),),
    )


def gift_card(currency: str) -> VoucherPool:
    return VoucherPool(
        name="Gift card 50",
        worth=Worth(kind="gift_card", amount="50.00"),
        currency=currency,
        look=Look(prefix="GC-", pattern="####-####-####-####"),
        valid_days=3 * 365,
        uses_per_code=None,
    )
