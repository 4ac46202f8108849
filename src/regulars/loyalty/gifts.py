"""Points that one member passes on to another; their lots keep their dates."""

from datetime import datetime

from psycopg.types.json import Jsonb

from regulars.customers import hold
from regulars.db import Query, Statements, Tx, maybe
from regulars.kernel import public_id
from regulars.loyalty.blocking import check_free
from regulars.loyalty.errors import GiftsNotAllowed, UnknownMember
from regulars.loyalty.posting import Answer, Receipt, checked, newest, receipt, refused, spent_currency, told


class Sql(Statements, file="gifts.sql"):
    give: Query


SQL = Sql()


def transfer_points(
    tx: Tx,
    programme: str,
    from_customer: int,
    to_customer: int,
    amount: int,
    *,
    key: str,
    at: datetime,
    currency: str | None = None,
    reason: str | None = None,
    actor: str | None = None,
) -> Receipt:
    """Passes points on, or refuses as a whole: see `Receipt.confirmed`.

    Its transfer is the one that took them. Only one's own: what others of a household share pays, and is not
    given away.
    """
    checked(key, amount, least=1)
    hold(tx)
    version = newest(tx, programme)
    if not version.programme.gifts:
        raise GiftsNotAllowed(
            f"The programme {programme} lets nobody pass points on; allow gifts in it first."
        )
    check_free(tx, version.programme_id, from_customer, key)
    coin = spent_currency(version, currency)
    fields = {
        "kind": "gift",
        "customer": from_customer,
        "to": to_customer,
        "amount": amount,
        "currency": coin.code,
    }
    answer = maybe(
        tx,
        SQL.give,
        Answer,
        programme_id=version.programme_id,
        currency=coin.code,
        from_id=from_customer,
        to_id=to_customer,
        amount=amount,
        key=key,
        at=at,
        reason=reason,
        actor=actor,
        fields=Jsonb(fields),
    )
    if answer is not None and answer.outcome == "same_member":
        raise refused("to", "Points are passed on to somebody else; name another member.")
    if answer is not None and answer.outcome == "no_receiver":
        name = public_id("cus", to_customer)
        raise UnknownMember(f"{name} is no member of this programme; enrol them first.")
    return receipt(told(tx, version, answer), key, amount, coin.code, from_customer)
