"""What went over a programme's limits: what waits for somebody to look, one with its transfers, decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, get_args
from urllib.parse import urlencode

from fastapi import Form
from starlette.responses import Response

from regulars import access, customers, loyalty
from regulars.console.console import pages
from regulars.console.loyalty_figures import amount, chip_of
from regulars.console.loyalty_places import loyalty_places
from regulars.console.parts import Chip, Column, Tab, Tone
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.db import Tx
from regulars.kernel import Conflict, Finding, Invalid, public_id
from regulars.loyalty import Concerned, Programme, Review

router = pages()
PAGE = 50
NUMBER_SIGNS_MAX = 18
State = Literal["open", "cleared", "confirmed"]
SAID: Mapping[str, tuple[str, Tone]] = {
    "open": ("Waits", "waiting"),
    "cleared": ("Nothing was wrong", "good"),
    "confirmed": ("Spending stopped", "bad"),
}
STATES = (
    ("open", "Waiting for somebody"),
    ("cleared", "Nothing was wrong"),
    ("confirmed", "Spending stopped"),
    ("", "All"),
)
COLUMNS = (
    Column(title="Member"),
    Column(title="What went over which limit"),
    Column(title="When"),
    Column(title="State"),
    Column(title="Look at it", hidden_title=True),
)
TRANSFER_COLUMNS = (
    Column(title="What"),
    Column(title="Order or reason"),
    Column(title="When"),
    Column(title="Points", numeric=True),
)
KINDS = {"earn": "Earned", "spend": "Spent", "reversal": "Taken back by a return"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRow:
    one: Review
    chip: Chip
    programme_name: str
    href: str
    word: str
    tone: Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewList:
    places: tuple[Tab, ...]
    columns: tuple[Column, ...]
    rows: tuple[ReviewRow, ...]
    state: str
    programme: str
    states: tuple[tuple[str, str], ...]
    programmes: tuple[tuple[str, str], ...]
    limits: tuple[
        tuple[str, str, tuple[str, ...]], ...
    ]  # Name and key of each programme, its limits in words.
    next_href: str
    first_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRow:
    one: Concerned
    public: str
    what: str
    about: str
    href: str  # Of the order.
    amount: str
    over: bool  # The one that went over.


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPage:
    row: ReviewRow
    limit: str  # The rule in words; empty where the programme has it no more.
    columns: tuple[Column, ...]
    transfers: tuple[TransferRow, ...]
    block: loyalty.Block | None
    others: tuple[ReviewRow, ...]  # Of the same member.
    decision: access.Decision
    audit_href: str  # What staff did to this member; empty for who may not see it.
    note: str = ""
    problem: str = ""
    findings: tuple[Finding, ...] = ()


@router.get("/loyalty/reviews")
def review_list(visit: Visiting, state: str = "open", programme: str = "", before: str = "") -> Response:
    access.require(visit.actor, "loyalty.view")
    asked = next((one for one in get_args(State) if one == state), None)
    kept = {"state": asked or "", "programme": programme}
    here = f"/loyalty/reviews?{urlencode(kept)}"
    with visit.app.database.transaction() as tx:
        names = {line.key: line.name for line in loyalty.programmes(tx)}
        found = loyalty.reviews(
            tx, programme or None, state=asked, before=_number(before) if before else None, limit=PAGE + 1
        )
        more = len(found) > PAGE
        value = ReviewList(
            places=loyalty_places("reviews", tx),
            columns=COLUMNS,
            rows=rows_of(tx, found[:PAGE], names),
            states=STATES,
            programmes=(("", "All programmes"), *names.items()),
            limits=tuple((name, key, limits_of(loyalty.definition(tx, key))) for key, name in names.items()),
            next_href=f"{here}&{urlencode({'before': found[PAGE - 1].id})}" if more else "",
            first_href=here if before else "",
            **kept,
        )
    return page(visit, "loyalty/reviews.html", value)


@router.get("/loyalty/reviews/{number}")
def one_review(visit: Visiting, number: str) -> Response:
    access.require(visit.actor, "loyalty.view")
    return page(visit, "loyalty/review.html", _page(visit, _number(number)))


@router.post("/loyalty/reviews/{number}/decision")
def decide(
    visit: Visiting,
    number: str,
    state: Annotated[Literal["cleared", "confirmed"], Form()],
    note: Annotated[str, Form()] = "",
) -> Response:
    access.require(visit.actor, "loyalty.review")
    review_id = _number(number)
    try:
        with visit.app.database.transaction() as tx:
            at = visit.app.now(tx)
            done = loyalty.decide_review(tx, review_id, state, note=note.strip(), by=visit.actor.name, at=at)
            subject = f"{done.programme}/{public_id('cus', done.customer_id)}"
            after: dict[str, object] = {"state": state, "rule": done.rule}
            visit.record(tx, "loyalty.review", kind="member", subject=subject, after=after)
            stopped = loyalty.blocked(tx, done.programme, done.customer_id) is not None
    except Invalid as wrong:
        value = _page(visit, review_id, note=note, findings=wrong.findings)
        return page(visit, "loyalty/review.html", value, status=422)
    except Conflict as late:
        value = _page(visit, review_id, note=note, problem=str(late))
        return page(visit, "loyalty/review.html", value, status=409)
    return redirect(visit, "/loyalty/reviews", _said(state, stopped=stopped))


def _said(state: str, *, stopped: bool) -> str:
    if state == "confirmed":
        return (
            "Confirmed. Their points stay and go on to be earned, but cannot be spent until the block ends."
        )
    if stopped:
        return "Cleared. Their spending stays stopped for another reason; it stands on the member's page."
    return "Cleared. They can spend as before."


def rows_of(tx: Tx, found: Sequence[Review], names: Mapping[str, str]) -> tuple[ReviewRow, ...]:
    people = customers.by_ids(tx, [one.customer_id for one in found])
    return tuple(_row(one, people.get(one.customer_id), names) for one in found)


def _row(one: Review, person: customers.Customer | None, names: Mapping[str, str]) -> ReviewRow:
    word, tone = SAID[one.state]
    return ReviewRow(
        one=one,
        chip=chip_of(person, one.customer_id, f"/loyalty/{one.programme}/members"),
        programme_name=names.get(one.programme, one.programme),
        href=f"/loyalty/reviews/{one.id}",
        word=word,
        tone=tone,
    )


def limits_of(body: Programme) -> tuple[str, ...]:
    return tuple(loyalty.limit_words(rule, body.currencies[0].scale) for rule in body.velocity)


def _page(
    visit: Visit, review_id: int, *, note: str = "", problem: str = "", findings: Sequence[Finding] = ()
) -> ReviewPage:
    with visit.app.database.transaction() as tx:
        one = loyalty.review_by_id(tx, review_id)
        body = loyalty.definition(tx, one.programme)
        names = {one.programme: body.name}
        same = loyalty.reviews(tx, one.programme, customer_ids=[one.customer_id], limit=PAGE)
        rule = next((rule for rule in body.velocity if rule.key == one.rule), None)
        row = rows_of(tx, [one], names)[0]
        return ReviewPage(
            row=row,
            limit=loyalty.limit_words(rule, body.currencies[0].scale) if rule else "",
            columns=TRANSFER_COLUMNS,
            transfers=tuple(_transfer(moved, one, body) for moved in loyalty.concerned(tx, review_id)),
            block=loyalty.blocked(tx, one.programme, one.customer_id),
            others=rows_of(tx, [other for other in same if other.id != one.id], names),
            decision=access.allows(visit.actor, "loyalty.review"),
            audit_href=staff_href(visit, one.programme, one.customer_id),
            note=note,
            problem=problem,
            findings=tuple(findings),
        )


def _transfer(moved: Concerned, of: Review, body: Programme) -> TransferRow:
    coin = body.currency(moved.currency) or body.currencies[0]
    order = f"/customers/{public_id('cus', of.customer_id)}/orders/"
    return TransferRow(
        one=moved,
        public=public_id("txn", moved.transfer_id),
        what=KINDS.get(moved.kind, moved.kind),
        about=f"Order {moved.order_key}" if moved.order_key else moved.reason or "",
        href=f"{order}{public_id('ord', moved.order_id)}" if moved.order_id else "",
        amount=f"{amount(moved.amount, coin)} {coin.name}",
        over=moved.transfer_id == of.transfer_id,
    )


def staff_href(visit: Visit, programme: str, customer_id: int) -> str:
    """The audit of one member: what staff did."""
    if access.allows(visit.actor, "audit.view").outcome != "yes":
        return ""
    subject = f"{programme}/{public_id('cus', customer_id)}"
    return f"/audit?{urlencode({'kind': 'member', 'subject': subject})}"


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > NUMBER_SIGNS_MAX:
        raise loyalty.UnknownReview(f"There is no review {text[:40]!r}; open one from the list of reviews.")
    return int(text)
