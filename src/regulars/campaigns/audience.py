"""Who is to get a campaign: of a segment, of a condition, or of an earlier send; before and at sending."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime

from psycopg import sql

from regulars import access, segments
from regulars.campaigns.model import Campaign
from regulars.campaigns.statements import SQL
from regulars.conditions import Condition, compile_conditions, expand
from regulars.db import Tx, values
from regulars.definitions import Ref


def uses(body: Campaign) -> list[Ref]:
    """What a campaign's audience asks of."""
    named = [Ref(kind="segment", key=body.segment, path="segment")] if body.segment else []
    if body.condition is not None:
        named += segments.asked_in(body.condition, "condition")
    if body.resend is not None:
        named.append(Ref(kind="campaign", key=body.resend.campaign, path="resend.campaign"))
    return named + [
        Ref(kind="segment", key=key, path=f"exclude[{place}]") for place, key in enumerate(body.exclude)
    ]


def audience(tx: Tx, body: Campaign, key: str, at: datetime) -> list[int]:
    """Everybody who is to get it and has not entered this campaign before, by id."""
    if body.condition is not None:
        people = _matching(tx, body.condition, at, key=key)
    elif body.resend is not None:
        people = _got_it(tx, body, None)
    else:
        return values(tx, SQL.audience, segment=body.segment, key=key, exclude=list(body.exclude))
    return values(tx, SQL.admitted, customer_ids=people, key=key, exclude=list(body.exclude))


def still_in(body: Campaign, key: str, at: datetime, tx: Tx, customer_ids: Sequence[int]) -> AbstractSet[int]:
    """Of these people those who are in the audience at the moment of sending."""
    given = list(customer_ids)
    if body.condition is not None:
        present = _matching(tx, body.condition, at, key=key, of=given)
    elif body.resend is not None:
        present = _got_it(tx, body, given)
    else:
        present = values(tx, SQL.still_members, segment=body.segment, customer_ids=given)
    return set(values(tx, SQL.not_excluded, customer_ids=present, exclude=list(body.exclude)))


def _matching(
    tx: Tx, condition: Condition, at: datetime, *, key: str, of: Sequence[int] | None = None
) -> list[int]:
    asked = expand(condition, segments.live_definitions(tx).book(), of=f"campaign/{key}")
    compiled = compile_conditions([asked], at, of, zone=access.zone(tx))
    query = sql.SQL("select customer_id from ({}) as every where c0 order by customer_id").format(
        compiled.query
    )
    return values(tx, query, **compiled.params)


def _got_it(tx: Tx, body: Campaign, of: Sequence[int] | None) -> list[int]:
    """Who was sent the earlier one and has not answered it; a machine's click is no answer."""
    assert body.resend is not None
    return values(
        tx,
        SQL.not_answered,
        campaign=body.resend.campaign,
        version=body.resend.version,
        who=body.resend.who,
        people=None if of is None else list(of),
    )
