"""The voucher pools with their figures, what is owed on gift cards, and the search for one code."""

from dataclasses import dataclass

from starlette.responses import Response

from regulars import access, definitions, offers
from regulars.console.console import pages
from regulars.console.loyalty_places import loyalty_places
from regulars.console.parts import Column, Tab
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.definitions import Head
from regulars.kernel import Money

router = pages()
COLUMNS = (
    Column(title="Pool"),
    Column(title="Waiting", numeric=True),
    Column(title="Handed out", numeric=True),
    Column(title="Used", numeric=True),
    Column(title="Given", numeric=True),
    Column(title="State"),
)
OWED_COLUMNS = (
    Column(title="Gift card"),
    Column(title="Loaded", numeric=True),
    Column(title="Paid", numeric=True),
    Column(title="Given back", numeric=True),
    Column(title="Expired", numeric=True),
    Column(title="Withdrawn", numeric=True),
    Column(title="Still owed", numeric=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolRow:
    pool: offers.Pool
    did: offers.Figures
    worth: str
    given: str
    is_low: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedRow:
    pool: str
    amounts: tuple[str, ...]  # In the order of the columns.


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolList:
    places: tuple[Tab, ...]
    columns: tuple[Column, ...]
    rows: tuple[PoolRow, ...]
    owed_columns: tuple[Column, ...]
    owed: tuple[OwedRow, ...]
    drafts: tuple[Head, ...]
    asked: str
    may_draft: bool
    may_see_codes: bool
    problem: str = ""


@router.get("/loyalty/vouchers")
def pool_list(visit: Visiting, q: str = "") -> Response:
    access.require(visit.actor, "rewards.view")
    problem = ""
    with visit.app.database.transaction() as tx:
        if q.strip():
            access.require(visit.actor, "vouchers.view_codes", scope=visit.actor.scope)
            found = offers.codes(tx, starting=q, limit=1).items
            if found and found[0].bare == offers.bare(q):
                return redirect(visit, f"/loyalty/vouchers/codes/{found[0].public_id}")
            problem = "There is no such code. Read it again: O and 0, I and 1 stand in none that we made."
        pools = offers.pools(tx)
        did = offers.figures(tx, [one.id for one in pools])
        value = PoolList(
            places=loyalty_places("vouchers", tx),
            columns=COLUMNS,
            rows=tuple(_row(one, did[one.id]) for one in pools),
            owed_columns=OWED_COLUMNS,
            owed=tuple(_owed(one) for one in offers.liability(tx, visit.app.now(tx))),
            drafts=definitions.heads(tx, kind=offers.POOL.name, state="draft").items,
            asked=q,
            may_draft=may_draft(visit),
            may_see_codes=access.allows(visit.actor, "vouchers.view_codes", scope=visit.actor.scope).outcome
            == "yes",
            problem=problem,
        )
    return page(visit, "rewards/pools.html", value, status=404 if problem else 200)


def _row(pool: offers.Pool, did: offers.Figures) -> PoolRow:
    body = pool.body
    return PoolRow(
        pool=pool,
        did=did,
        worth=offers.worth_words(body.worth, body.currency),
        given=Money(did.given_minor, body.currency).format(),
        is_low=body.own_codes and pool.ended_at is None and did.free <= body.low_codes,
    )


def _owed(one: offers.Liability) -> OwedRow:
    amounts = (
        one.loaded_minor,
        one.paid_minor,
        one.refunded_minor,
        one.expired_minor,
        one.cancelled_minor,
        one.owed_minor,
    )
    return OwedRow(pool=one.pool, amounts=tuple(Money(each, one.currency).format() for each in amounts))


def may_draft(visit: Visit) -> bool:
    return access.allows(visit.actor, "definitions.draft", kind=offers.POOL.name).outcome == "yes"
