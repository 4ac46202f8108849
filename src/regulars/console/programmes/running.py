"""Pausing a programme, letting it run again, closing it: what would happen, then done or asked for."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Form
from starlette.responses import Response

from regulars import access, loyalty
from regulars.console.console import pages
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.db import Tx
from regulars.definitions import Preview
from regulars.kernel import CallerError, Finding, Invalid, day_bounds
from regulars.loyalty import RunDeed

router = pages()
VERBS = {"pause": "Pause it", "resume": "Let it run again", "close": "Close it"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    do: str = ""
    closing: str = ""  # The first day on which nothing earns; empty: at once.
    until: str = ""  # The last day on which points can be spent.
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPage:
    key: str
    name: str
    zone: str
    running: loyalty.ProgrammeRun
    state: str
    typed: Typed
    foreseen: Preview | None
    problem: str
    errors: dict[str, str]
    decision: access.Decision

    @property
    def button(self) -> str:
        verb = VERBS.get(self.typed.do, "")
        return f"Ask to {verb[:1].lower()}{verb[1:]}" if self.decision.outcome == "request" else verb


@router.get("/loyalty/{key}/run")
def run(visit: Visiting, key: str, do: str = "", closing: str = "", until: str = "") -> Response:
    """How it stands, and what a step would do; nothing is done."""
    access.require(visit.actor, "loyalty.view")
    with visit.app.database.transaction() as tx:
        value = run_page(tx, visit, key, Typed(do=do, closing=closing, until=until))
    return page(visit, "loyalty/run.html", value, status=422 if value.errors else 200)


@router.post("/loyalty/{key}/run")
def do_run(
    visit: Visiting,
    key: str,
    do: Annotated[str, Form()] = "",
    closing: Annotated[str, Form()] = "",
    until: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    typed = Typed(do=do, closing=closing, until=until, reason=reason.strip()[:300])
    try:
        with visit.app.database.transaction() as tx:
            ran = _done(tx, visit, key, typed)
    except Invalid:
        kept = urlencode({"do": do, "closing": closing, "until": until})
        return redirect(visit, f"/loyalty/{key}/run?{kept}")
    if ran.asked is not None:
        said = f"{ran.sentence} It is asked for; nothing happens before."
        return redirect(visit, f"/approvals/{ran.asked.public_id}", said, tone="waiting")
    return redirect(visit, f"/loyalty/{key}", ran.sentence)


def run_page(tx: Tx, visit: Visit, key: str, typed: Typed) -> RunPage:
    at = visit.app.now(tx)
    body, standing = loyalty.definition(tx, key), loyalty.programme_run(tx, key)
    foreseen, problem, errors = None, "", {}
    if typed.do in VERBS and not (typed.do == "close" and not typed.until and not typed.closing):
        try:
            foreseen = loyalty.foresee_run(tx, _deed(key, typed, body.zone), at)
        except Invalid as error:
            errors = {_field(one.path): one.message for one in error.findings}
        except CallerError as error:
            problem = str(error)
    return RunPage(
        key=key,
        name=body.name,
        zone=body.zone,
        running=standing,
        state=standing.state(at),
        typed=typed,
        foreseen=foreseen,
        problem=problem,
        errors=errors,
        decision=access.allows(
            visit.actor, "programmes.run", scope=loyalty.scope_of(tx, key), solo=access.solo(tx)
        ),
    )


def _done(tx: Tx, visit: Visit, key: str, typed: Typed) -> loyalty.Ran:
    at, actor = visit.app.now(tx), visit.actor
    if typed.do == "pause":
        return loyalty.pause_programme(tx, actor, key, at=at, reason=typed.reason)
    if typed.do == "resume":
        return loyalty.resume_programme(tx, actor, key, at=at, reason=typed.reason)
    deed = _deed(
        key, Typed(do="close", closing=typed.closing, until=typed.until), loyalty.definition(tx, key).zone
    )
    assert deed.spend_until is not None
    return loyalty.close_programme(
        tx, actor, key, spend_until=deed.spend_until, closing_at=deed.closing_at, at=at, reason=typed.reason
    )


def _deed(key: str, typed: Typed, zone: str) -> RunDeed:
    if typed.do == "pause":
        return RunDeed(verb="pause", programme=key)
    if typed.do == "resume":
        return RunDeed(verb="resume", programme=key)
    closing = _day("closing", typed.closing, zone)[0] if typed.closing else None
    return RunDeed(
        verb="close", programme=key, closing_at=closing, spend_until=_day("until", typed.until, zone)[1]
    )


def _day(path: str, text: str, zone: str) -> tuple[datetime, datetime]:
    try:
        return day_bounds(date.fromisoformat(text), zone)
    except ValueError as cause:
        message = "Write the day as 2026-12-31."
        raise Invalid(message, [Finding(path=path, code="console.run", message=message)]) from cause


def _field(path: str) -> str:
    return {"closing_at": "closing", "spend_until": "until"}.get(path, path)
