"""A campaign while it sends: how far it is, what comes back, pausing it, letting it go on, stopping it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Form
from starlette.responses import Response

from regulars import access, campaigns, deliverability
from regulars.campaigns import Monitor
from regulars.console.console import pages
from regulars.console.formats import count_of, number
from regulars.console.parts import Column, Figure, Tone
from regulars.console.rendering import render
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.db import Tx
from regulars.kernel import Invalid, NotFound
from regulars.messaging import REASONS, find_source

router = pages()
EVERY_S = 1.0
HELD = {
    "local_time": "wait for the hour in their own zone",
    "quiet_hours": "wait for the end of their quiet hours",
    "deferred": "wait for another try, as the other side asked",
    "outranked": "wait until a message that goes first has left",
    "warm_up": "wait for another day of the warm-up plan",
}
DOMAIN_COLUMNS = (
    Column(title="Domain"),
    Column(title="People", numeric=True),
    Column(title="Sent", numeric=True),
    Column(title="Waiting", numeric=True),
    Column(title="Failed", numeric=True),
    Column(title="Bounced", numeric=True),
)
MINUTE, HOUR = 60, 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorView:
    """What the part of the page shows that moves."""

    key: str
    title: str
    word: str
    tone: Tone
    done: int
    all: int
    note: str
    figures: tuple[Figure, ...]
    held: tuple[tuple[str, int], ...]
    next_at: datetime | None
    skipped: tuple[tuple[str, int], ...]
    domains: tuple[campaigns.Domain, ...]
    domains_at: datetime | None  # Of large sends: when they were counted.
    columns: tuple[Column, ...]
    paused: bool
    paused_why: str
    by_itself: bool  # It stopped because of what came back, and not by a person.
    moving: bool  # Something will still change by itself.
    scheduled: bool
    stopped: bool  # It may be taken up again.
    may_stop: bool
    may_resume: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorPage:
    monitor: MonitorView


def view_of(tx: Tx, actor: access.Actor, key: str, title: str, at: datetime) -> MonitorView:
    found = campaigns.monitor(tx, key, at)
    state = found.run.state
    word, tone = word_of(found)
    stop = campaigns.stop_of(tx, found.run)
    return MonitorView(
        key=key,
        title=title,
        word=word,
        tone=tone,
        done=found.done,
        all=found.all,
        note=note_of(found),
        figures=figures_of(found, key),
        held=held_of(tx, found, at),
        next_at=found.next_at,
        skipped=tuple(
            sorted(
                ((REASONS.get(code, code), many) for code, many in found.skipped.items()),
                key=lambda one: -one[1],
            )
        ),
        domains=tuple(campaigns.domains(tx, key)) if state == "sending" else (),
        domains_at=campaigns.domains_counted_at(tx, found.run.run_id),
        columns=DOMAIN_COLUMNS,
        paused=found.paused,
        paused_why=stop or found.run.paused_why,
        by_itself=bool(stop),
        moving=state in ("scheduled", "sending") and not (found.paused and not found.queued),
        scheduled=state == "scheduled",
        stopped=state == "stopped" and found.run.cancelled_at is not None,
        may_stop=access.allows(actor, "campaigns.stop").outcome == "yes",
        may_resume=access.allows(actor, "campaigns.launch").outcome == "yes",
    )


def held_of(tx: Tx, found: Monitor, at: datetime) -> tuple[tuple[str, int], ...]:
    """Why they wait, in words, and how many; of a warm-up, how many may leave on the day to come."""
    words = {reason: HELD.get(reason, REASONS.get(reason, reason)) for reason in found.held}
    if "warm_up" in words:
        words["warm_up"] = f"{words['warm_up']}; {_next_day(tx, found, at)}"
    return tuple((words[reason], many) for reason, many in found.held.items())


def _next_day(tx: Tx, found: Monitor, at: datetime) -> str:
    channel = find_source(tx, campaigns.source_of(found.run)).channel
    share = deliverability.next_share(tx, channel, at, access.zone(tx))
    if share is None or share.planned is None:
        return "after today nothing caps any more"
    return f"at most {number(share.planned)} by {channel} on {share.day:%-d %B}"


def word_of(found: Monitor) -> tuple[str, Tone]:
    if found.run.cancelled_at is not None:
        return "Stopped", "quiet"
    if found.paused:
        return "Paused", "waiting"
    return ("Waits for its moment", "waiting") if found.run.state == "scheduled" else ("Sending", "live")


def note_of(found: Monitor) -> str:
    """Rate and time left, or what it waits for."""
    if found.run.state == "scheduled":
        return "Nobody is chosen yet: the audience is fixed when it starts."
    if found.paused:
        return (
            f"{count_of(found.queued, 'message waits', 'messages wait')}; nothing leaves until it is resumed."
        )
    going = found.queued - sum(found.held.values())
    if not found.queued:
        return "Everybody has been decided on."
    if not going:
        return "All that wait do so for their time."
    if found.seconds_left is None:
        return f"{count_of(going, 'message is', 'messages are')} next; nothing has moved in the last minute."
    return f"{number(round(found.per_second))} a second, {lasting(found.seconds_left)} left"


def lasting(seconds: float) -> str:
    """A time left, in the unit in which it is said.

    >>> lasting(40), lasting(200), lasting(9000)
    ('40 seconds', '3 minutes', '2.5 hours')
    """
    if seconds < MINUTE * 1.5:
        return count_of(max(1, round(seconds)), "second")
    if seconds < HOUR:
        return count_of(round(seconds / MINUTE), "minute")
    return f"{seconds / HOUR:.1f} hours"


def figures_of(found: Monitor, key: str) -> tuple[Figure, ...]:
    people = f"/campaigns/{key}/people"
    skipped = sum(found.skipped.values())
    bounced = found.bounced_hard + found.bounced_soft
    return (
        Figure(label="Queued", value=number(found.queued), note="both arms", href=f"{people}?state=queued"),
        Figure(label="Sent", value=number(found.sent), note="handed over", href=f"{people}?state=sent"),
        Figure(
            label="Delivered",
            value=number(found.delivered),
            note=f"as the other side says; {number(found.deferred)} deferred",
        ),
        Figure(
            label="Bounced",
            value=number(bounced),
            note=f"{number(found.bounced_hard)} for good; {number(found.complained)} called it spam",
            tone="bad" if bounced else "quiet",
        ),
        Figure(
            label="Skipped", value=number(skipped), note="each with a reason", href=f"{people}?state=skipped"
        ),
        Figure(
            label="Failed or in doubt",
            value=number(found.failed + found.in_doubt),
            note=f"{number(found.in_doubt)} in doubt",
            href=f"{people}?state=in_doubt",
        ),
    )


@router.get("/campaigns/{key}/stream")
def stream(visit: Visiting, key: str) -> Response:
    """The part that moves, until everybody has been decided on."""
    access.require(visit.actor, "figures.view")
    ended: list[bool] = []

    def look() -> str | None:
        if ended:
            return None
        value = page_of(visit, key)
        if not value.monitor.moving:
            ended.append(True)
        return render("campaigns/monitor.html", frame=visit.frame, page=value, block="moving")

    return visit.console.streams.respond(look, every_s=EVERY_S)


@router.get("/campaigns/{key}/monitor")
def monitor(visit: Visiting, key: str) -> Response:
    """The same as a page of its own, to be left open on a screen."""
    access.require(visit.actor, "figures.view")
    return page(visit, "campaigns/monitor.html", page_of(visit, key))


def page_of(visit: Visit, key: str) -> MonitorPage:
    with visit.app.database.transaction() as tx:
        title = campaigns.title_of(tx, key)
        return MonitorPage(monitor=view_of(tx, visit.actor, key, title, visit.app.now(tx)))


@router.post("/campaigns/{key}/pause")
def pause(visit: Visiting, key: str, why: Annotated[str, Form(max_length=300)] = "") -> Response:
    with visit.app.database.transaction() as tx:
        campaigns.pause(tx, visit.actor, key, why=why, at=visit.app.now(tx))
    return redirect(
        visit, f"/campaigns/{key}", "Paused. Nothing more leaves until it is resumed.", tone="waiting"
    )


@router.post("/campaigns/{key}/resume")
def resume(visit: Visiting, key: str, why: Annotated[str, Form(max_length=300)] = "") -> Response:
    with visit.app.database.transaction() as tx:
        campaigns.resume(tx, visit.actor, key, why=why, at=visit.app.now(tx))
    return redirect(visit, f"/campaigns/{key}", "It goes on where it was. Nobody gets it twice.")


@router.post("/campaigns/{key}/stop")
def stop(visit: Visiting, key: str, confirm: Annotated[str, Form()] = "") -> Response:
    with visit.app.database.transaction() as tx:
        if confirm != campaigns.title_of(tx, key):
            raise Invalid("The name did not fit, so nothing was done.", [])
        campaigns.cancel(tx, visit.actor, key, why="", at=visit.app.now(tx))
    said = "Stopped. What waited is not sent; what has left is measured as before."
    return redirect(visit, f"/campaigns/{key}", said, tone="waiting")


@router.post("/campaigns/{key}/unstop")
def unstop(visit: Visiting, key: str) -> Response:
    with visit.app.database.transaction() as tx:
        campaigns.uncancel(tx, visit.actor, key, at=visit.app.now(tx))
    return redirect(visit, f"/campaigns/{key}", "It waits for its moment again.")


@router.post("/campaigns/{key}/again")
def again(visit: Visiting, key: str, who: Annotated[str, Form()] = "everybody") -> Response:
    """A draft of its own: a copy, or a message to those who did not answer."""
    if who not in ("everybody", "not_clicked", "not_opened", "not_converted"):
        raise NotFound("Choose whom it is to go to again.")
    with visit.app.database.transaction() as tx:
        made, ending = campaigns.once_more(tx, key, who)
        at = visit.app.now(tx)
        found = campaigns.draft_again(tx, visit.actor, key, made, ending=ending, at=at)
    said = f"“{found.title}” is drafted. Nothing has been sent."
    return redirect(visit, f"/campaigns/{found.key}/edit", said)
