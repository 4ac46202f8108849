"""One sending domain: each record with what to publish, its keys, and its warm-up beside what really left."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, get_args

from fastapi import Form
from starlette.responses import Response

from regulars import access, connections, deliverability
from regulars.console.charts import Chart, Mark, trend
from regulars.console.console import pages
from regulars.console.deliverability.places import STATES, tabs
from regulars.console.parts import Column, Tab, Tone
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.db import Tx
from regulars.deliverability import Algorithm, Change, Day, SendingDomain, SigningKey, Standing
from regulars.kernel import Finding, Invalid, NotFound, RegularsError, local_day

router = pages()
DAYS_AHEAD = 2
KEY_COLUMNS = (
    Column(title="Selector"),
    Column(title="Made"),
    Column(title="Signs"),
    Column(title="Drop it", hidden_title=True),
)
DAY_COLUMNS = (
    Column(title="Day"),
    Column(title="Planned", numeric=True),
    Column(title="Left", numeric=True),
    Column(title="Bounced", numeric=True),
    Column(title="Complained", numeric=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    stands: Standing
    word: str
    tone: Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmUpPart:
    sentence: str
    chart: Chart
    columns: tuple[Column, ...]
    days: tuple[Day, ...]
    today: Day | None  # None: the plan has not begun.
    next: Day
    ends_on: date | None  # From when on nothing caps, if no day is held.

    @property
    def left(self) -> int | None:
        """What may still leave today; None: nothing caps."""
        if self.today is None or self.today.planned is None:
            return None
        return max(0, self.today.planned - self.today.sent)


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainPage:
    tabs: tuple[Tab, ...]
    sending: SendingDomain
    items: tuple[Item, ...]
    checked_at: datetime | None
    keys: tuple[SigningKey, ...]
    key_columns: tuple[Column, ...]
    signing: frozenset[str]  # Selectors that the channel names.
    changes: tuple[Change, ...]
    warm_up: WarmUpPart | None
    may_manage: bool
    why_not: str
    problem: str = ""
    errors: tuple[Finding, ...] = ()


@router.get("/deliverability/domains/{channel}")
def domain(visit: Visiting, channel: str) -> Response:
    access.require(visit.actor, "definitions.view")
    return page(visit, "deliverability/domain.html", _page(visit, channel))


def _page(visit: Visit, channel: str, problem: Invalid | None = None) -> DomainPage:
    with visit.app.database.transaction() as tx:
        sending = _sending(tx, channel)
        stands = deliverability.standings(tx, channel)
        may = access.allows(visit.actor, "sources.secrets")
        return DomainPage(
            tabs=tabs("/deliverability"),
            sending=sending,
            items=tuple(Item(stands=s, word=STATES[s.state][0], tone=STATES[s.state][1]) for s in stands),
            checked_at=max((s.checked_at for s in stands), default=None),
            keys=tuple(deliverability.keys_of(tx, sending.domain)),
            key_columns=KEY_COLUMNS,
            signing=frozenset(selector for _, selector in sending.signing),
            changes=tuple(deliverability.changes_of(tx, channel)),
            warm_up=_warm_up(tx, visit, channel),
            may_manage=may.outcome == "yes",
            why_not=may.reason,
            problem=str(problem) if problem else "",
            errors=tuple(problem.findings) if problem else (),
        )


def _sending(tx: Tx, channel: str) -> SendingDomain:
    for one in deliverability.sending_domains(tx):
        if one.channel == channel:
            return one
    raise NotFound(f"No channel {channel[:80]!r} sends e-mail from an address of its own.")


def _warm_up(tx: Tx, visit: Visit, channel: str) -> WarmUpPart | None:
    plan = deliverability.plan_of(tx, channel)
    if plan is None:
        return None
    at, zone = visit.app.now(tx), visit.app.zone
    days = deliverability.days_of(tx, plan.body, at, zone)
    today = local_day(at, zone)
    # A plan grows so fast that two weeks to come would press what was flat.
    drawn = max(today, plan.body.starts_on) + timedelta(days=DAYS_AHEAD)
    marks = [
        Mark(day=one.day, value=one.planned, series="Planned")
        for one in days
        if one.planned is not None and one.day <= drawn
    ]
    marks += [
        Mark(day=one.day, value=one.sent, series="Left", finished=one.day < today)
        for one in days
        if one.day <= today
    ]
    return WarmUpPart(
        sentence=deliverability.WARM_UP.sentence(plan.body),
        chart=trend(
            key="warm-up",
            title="Planned and left by day",
            marks=marks,
            unit="messages",
            definition="Messages that may leave by the plan, and those that left, by the workspace's days.",
        ),
        columns=DAY_COLUMNS,
        days=tuple(reversed([one for one in days if one.day <= today][-14:])),
        today=next((one for one in days if one.day == today), None),
        next=next(one for one in days if one.day > today),
        ends_on=deliverability.ends_on(plan.body, days),
    )


@router.post("/deliverability/domains/{channel}/check")
def check(visit: Visiting, channel: str) -> Response:
    access.require(visit.actor, "sources.view")
    visit.app.domain_checker.check(channel)
    return redirect(visit, f"/deliverability/domains/{channel}", "The name servers were asked just now.")


@router.post("/deliverability/domains/{channel}/keys")
def new_key(visit: Visiting, channel: str, algorithm: Annotated[str, Form()] = "rsa",
            selector: Annotated[str, Form()] = "") -> Response:  # fmt: skip
    """Make a pair; its record stands on the page, and the channel names the selector once that is out."""
    if algorithm not in get_args(Algorithm):
        algorithm = "rsa"
    now = visit.app.wall.now()
    try:
        with visit.app.database.transaction() as tx:
            at, sending = visit.app.now(tx), _sending(tx, channel)

            def keep(name: str, secret: str) -> None:
                connections.set_secret(tx, visit.actor, visit.app.vault, name, secret, at=at, now=now)

            made = deliverability.make_key(
                tx,
                visit.actor,
                sending.domain,
                keep,
                algorithm=_of(algorithm),
                selector=selector,
                at=at,
                now=now,
            )
    except Invalid as error:
        return page(visit, "deliverability/domain.html", _page(visit, channel, error), status=422)
    with suppress(RegularsError):  # It is asked again within a day; the key is made.
        visit.app.domain_checker.check(channel)
    said = f"The key {made.selector} is made. Publish its record, then name the selector in the channel."
    return redirect(visit, f"/deliverability/domains/{channel}", said)


def _of(text: str) -> Algorithm:
    return "ed25519" if text == "ed25519" else "rsa"


@router.post("/deliverability/domains/{channel}/keys/{selector}/drop")
def drop_key(visit: Visiting, channel: str, selector: str) -> Response:
    with visit.app.database.transaction() as tx:
        at, sending = visit.app.now(tx), _sending(tx, channel)
        if selector in {name for _, name in sending.signing}:
            told = f"The channel signs with {selector}. Name another selector in it first."
            return redirect(visit, f"/deliverability/domains/{channel}", told, tone="bad")

        def forget(name: str) -> None:
            connections.forget_secret(tx, visit.actor, name, at=at)

        deliverability.drop_key(tx, visit.actor, sending.domain, selector, forget, at=at)
    return redirect(visit, f"/deliverability/domains/{channel}", f"The key {selector} is gone.")
