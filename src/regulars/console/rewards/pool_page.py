"""One voucher pool: how it goes, its codes, making and uploading more."""

import uuid
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Form
from starlette.responses import Response

from regulars import access, customers, definitions, jobs, offers
from regulars.console.console import pages
from regulars.console.formats import number
from regulars.console.loyalty_figures import chip_of
from regulars.console.parts import Chip, Column, Figure, Tone
from regulars.console.rewards.pool_list import may_draft
from regulars.console.rewards.reward_page import signed
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.db import Tx
from regulars.kernel import Conflict, Invalid, Money, NotFound, parse_public_id, public_id

router = pages()
COLUMNS = (
    Column(title="Code"),
    Column(title="Whose"),
    Column(title="Used", numeric=True),
    Column(title="State"),
    Column(title="Ends"),
)
STATES = (
    ("", "All codes"),
    ("free", "Waiting"),
    ("issued", "Handed out"),
    ("expired", "Expired"),
    ("cancelled", "Withdrawn"),
)
TONES: dict[str, Tone] = {"free": "quiet", "issued": "live", "expired": "quiet", "cancelled": "bad"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRow:
    one: offers.Code
    shown: str  # In full, or its end only.
    word: str
    tone: Tone
    left: str  # Of a gift card.
    chip: Chip | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolPage:
    pool: offers.Pool
    sentence: str
    figures: tuple[Figure, ...]
    columns: tuple[Column, ...]
    rows: tuple[CodeRow, ...]
    state: str
    states: tuple[tuple[str, str], ...]
    asked: str
    next_href: str
    first_href: str
    working: jobs.Job | None  # Codes that are being made.
    key: str
    may_draft: bool
    drafted: bool
    may_make: bool
    may_issue: bool
    may_see_codes: bool
    problem: str = ""


@router.get("/loyalty/vouchers/{key}")
def pool(visit: Visiting, key: str, state: str = "", q: str = "", cursor: str | None = None) -> Response:
    access.require(visit.actor, "rewards.view")
    return page(visit, "rewards/pool.html", _page(visit, key, state=state, q=q, cursor=cursor))


def _page(
    visit: Visit, key: str, *, state: str = "", q: str = "", cursor: str | None = None, problem: str = ""
) -> PoolPage:
    here = f"/loyalty/vouchers/{key}?{urlencode({'state': state, 'q': q})}"
    with visit.app.database.transaction() as tx:
        one = offers.pool(tx, key)
        scope = offers.scope_of(tx, key)
        sees = _may(visit, "vouchers.view_codes", scope)
        did = offers.figures(tx, [one.id])[one.id]
        starting = q if sees else None
        found = offers.codes(tx, pool=key, state=state or None, starting=starting, cursor=cursor)
        return PoolPage(
            pool=one,
            sentence=offers.sentence(one.body),
            figures=figures(one, did),
            columns=COLUMNS,
            rows=code_rows(tx, found.items, sees=sees),
            state=state,
            states=STATES,
            asked=q,
            next_href=f"{here}&{urlencode({'cursor': found.next})}" if found.next else "",
            first_href=here if cursor else "",
            working=_working(tx, key),
            key=uuid.uuid4().hex,
            may_draft=may_draft(visit),
            drafted=definitions.draft(tx, offers.POOL, key) is not None,
            may_make=_may(visit, "vouchers.make", scope),
            may_issue=_may(visit, "vouchers.issue", scope),
            may_see_codes=sees,
            problem=problem,
        )


def _may(visit: Visit, action: str, scope: str) -> bool:
    return access.allows(visit.actor, action, scope=scope).outcome == "yes"


def _working(tx: Tx, key: str) -> jobs.Job | None:
    found = (
        *jobs.jobs(tx, name=offers.MAKE, state="running").items,
        *jobs.jobs(tx, name=offers.MAKE, state="waiting").items,
    )
    return next((one for one in found if one.args["pool"] == key), None)


def figures(one: offers.Pool, did: offers.Figures) -> tuple[Figure, ...]:
    body = one.body
    low = body.own_codes and did.free <= body.low_codes
    waiting = Figure(
        label="Waiting",
        value=number(did.free),
        note="to be handed out" if body.own_codes else "more are made when needed",
        change="runs low" if low else "",
        tone="bad" if low else "quiet",
    )
    given = Figure(
        label="Given", value=Money(did.given_minor, body.currency).format(), note="less what was given back"
    )
    owed = Figure(
        label="Still owed", value=Money(did.owed_minor, body.currency).format(), note="left on gift cards"
    )
    shared = (
        waiting,
        Figure(label="Handed out", value=number(did.issued)),
        Figure(label="Uses", value=number(did.uses)),
    )
    ended = Figure(label="Expired", value=number(did.expired), note=f"{number(did.cancelled)} withdrawn")
    return (*shared, given, *((owed,) if body.is_card else ()), ended)


def code_rows(tx: Tx, found: tuple[offers.Code, ...], *, sees: bool) -> tuple[CodeRow, ...]:
    owners = [one.customer_id for one in found if one.customer_id is not None]
    people = customers.by_ids(tx, owners)
    words = dict(STATES)
    return tuple(
        CodeRow(
            one=one,
            shown=shown_code(one, sees=sees),
            word="Used up" if used_up(one) else words[one.state],
            tone="good" if used_up(one) else TONES[one.state],
            left=one.terms.money(one.balance_minor) if one.balance_minor is not None else "",
            chip=chip_of(people.get(one.customer_id), one.customer_id, "/customers")
            if one.customer_id is not None
            else None,
        )
        for one in found
    )


def shown_code(one: offers.Code, *, sees: bool) -> str:
    return one.code if sees else f"…{one.ending}"


def used_up(one: offers.Code) -> bool:
    """Whether it did what it was for."""
    if one.balance_minor is not None:
        return one.state == "issued" and one.balance_minor == 0
    return one.uses_most is not None and one.used >= one.uses_most and one.state == "issued"


@router.post("/loyalty/vouchers/{key}/codes")
def generate(
    visit: Visiting,
    key: str,
    write: Annotated[str, Form()],
    count: Annotated[str, Form()] = "",
    printed: Annotated[str, Form()] = "",
) -> Response:
    try:
        with visit.app.database.transaction() as tx:
            access.require(visit.actor, "vouchers.make", scope=offers.scope_of(tx, key))
            offers.pool(tx, key)
            wanted = signed(count)
            offers.checked_count(wanted)
            once = f"console:{write[:60]}"
            asked = {"pool": key, "count": wanted, "printed": bool(printed), "key": once}
            told = asked | {"at": visit.app.now(tx).isoformat(), "actor": visit.actor.name}
            job = jobs.defer(tx, offers.MAKE, told, requested_by=visit.actor.name, key=once)
            after: dict[str, object] = {"count": wanted, "printed": bool(printed)}
            visit.record(tx, "vouchers.make", kind="voucher-pool", subject=key, after=after)
    except Invalid as wrong:
        return page(visit, "rewards/pool.html", _page(visit, key, problem=str(wrong)), status=422)
    said = f"{wanted:,} codes are being made by {public_id('job', job)}; they stand here within seconds."
    return redirect(visit, f"/loyalty/vouchers/{key}", said)


@router.post("/loyalty/vouchers/{key}/uploads")
def upload(
    visit: Visiting,
    key: str,
    codes: Annotated[str, Form()] = "",
    printed: Annotated[str, Form()] = "",
) -> Response:
    written = [line.strip() for line in codes.splitlines() if line.strip()]
    try:
        with visit.app.database.transaction() as tx:
            access.require(visit.actor, "vouchers.make", scope=offers.scope_of(tx, key))
            at = visit.app.now(tx)
            done = offers.upload(tx, key, written, at=at, printed=bool(printed), actor=visit.actor.name)
            after: dict[str, object] = {"added": done.added}
            visit.record(tx, "vouchers.upload", kind="voucher-pool", subject=key, after=after)
    except Invalid as wrong:
        return page(visit, "rewards/pool.html", _page(visit, key, problem=str(wrong)), status=422)
    weak = f" {done.weak:,} are shorter than ten signs and can be guessed." if done.weak else ""
    said = f"{done.added:,} codes added, {done.repeated:,} were there already.{weak}"
    return redirect(visit, f"/loyalty/vouchers/{key}", said, tone="waiting" if weak else "good")


@router.post("/loyalty/vouchers/{key}/issues")
def issue(
    visit: Visiting,
    key: str,
    write: Annotated[str, Form()],
    customer: Annotated[str, Form()] = "",
) -> Response:
    try:
        with visit.app.database.transaction() as tx:
            access.require(visit.actor, "vouchers.issue", scope=offers.scope_of(tx, key))
            whose = None
            if customer.strip():
                whose = customers.get(tx, parse_public_id("cus", customer.strip())).customer_id
            asked = {"key": f"console:{write[:60]}", "at": visit.app.now(tx), "actor": visit.actor.name}
            made = offers.issue(tx, key, whose, **asked)
            visit.record(tx, "vouchers.issue", kind="voucher", subject=made.public_id)
    except (Invalid, Conflict, NotFound) as wrong:
        return page(visit, "rewards/pool.html", _page(visit, key, problem=str(wrong)), status=422)
    return redirect(visit, f"/loyalty/vouchers/codes/{made.public_id}", "The code is handed out.")
