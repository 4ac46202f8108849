"""Pausing a programme, resuming it, and closing it with a time in which points can still be spent."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from regulars import access, audit
from regulars.access import Actor, Approval
from regulars.db import Query, Statements, Tx, rows, run
from regulars.definitions import Preview
from regulars.kernel import Finding, Invalid
from regulars.loyalty.errors import NotRunning
from regulars.loyalty.model import Currency, amount_text
from regulars.loyalty.run_state import Running, locked
from regulars.loyalty.scope import scope_of
from regulars.loyalty.time_words import said_instant

ACTION = "programmes.run"
RUNNING = "programme-run"  # The subject of requests for it.
Verb = Literal["pause", "resume", "close"]


class Sql(Statements, file="running.sql"):
    owed: Query
    pause: Query
    resume: Query
    plan_closing: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDeed:
    """What is done to a programme; of closing: since when nothing earns, until when points can be spent."""

    verb: Verb
    programme: str
    closing_at: datetime | None = None  # None: at once.
    spend_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What happened; or the request that others decide first."""

    sentence: str
    asked: Approval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    code: str
    name: str
    scale: int
    members: int
    points: int


def pause_programme(tx: Tx, actor: Actor, key: str, *, at: datetime, reason: str = "") -> Ran:
    """Nothing that occurs from now on earns, until it is resumed; spending, expiry and tiers go on."""
    return _by_level(tx, actor, RunDeed(verb="pause", programme=key), at=at, reason=reason)


def resume_programme(tx: Tx, actor: Actor, key: str, *, at: datetime, reason: str = "") -> Ran:
    """Ends a pause, and takes back a closing that has not come. What occurred in the pause earns nothing."""
    return _by_level(tx, actor, RunDeed(verb="resume", programme=key), at=at, reason=reason)


def close_programme(
    tx: Tx,
    actor: Actor,
    key: str,
    *,
    spend_until: datetime,
    closing_at: datetime | None = None,
    at: datetime,
    reason: str = "",
) -> Ran:
    """Nothing earns from `closing_at` (None: now) on; what is left at `spend_until` expires then."""
    deed = RunDeed(verb="close", programme=key, closing_at=closing_at, spend_until=spend_until)
    return _by_level(tx, actor, deed, at=at, reason=reason)


def foresee_run(tx: Tx, deed: RunDeed, at: datetime) -> Preview:
    """What it would do, for the person who decides; changes nothing. Raises Invalid for what cannot be."""
    found = locked(tx, deed.programme)
    _refuse(deed, found, at)
    owed = rows(tx, SQL.owed, Owed, programme_id=found.programme_id)
    held = [(f"Held in {one.name}", _held(one)) for one in owed]
    return Preview(
        headline=_headline(deed, found),
        facts=(("Programme", found.name), *_when(deed, found), *held),
        warnings=tuple(_warnings(deed)),
        reversible=deed.verb != "close",
    )


def carry_out_run(tx: Tx, actor: Actor, approval_id: int, *, at: datetime) -> str:
    """Do what others approved, once; gives the sentence of what happened."""
    asked = access.mark_done(tx, actor, approval_id, at=at)
    return _do(tx, actor, _read(asked.preview["run"]), at=at, reason=asked.reason)


def _by_level(tx: Tx, actor: Actor, deed: RunDeed, *, at: datetime, reason: str) -> Ran:
    decision = access.allows(actor, ACTION, scope=scope_of(tx, deed.programme), solo=access.solo(tx))
    if decision.outcome == "no":
        raise access.NotAllowed(decision.reason)
    if decision.outcome == "yes":
        return Ran(sentence=_do(tx, actor, deed, at=at, reason=reason))
    shown = foresee_run(tx, deed, at)
    asked = access.request(
        tx,
        actor,
        ACTION,
        subject_kind=RUNNING,
        subject=f"{deed.programme}/{deed.verb}",
        scope=scope_of(tx, deed.programme),
        reason=reason,
        preview=shown.plain() | {"run": _written(deed)},
        at=at,
    )
    return Ran(sentence=decision.reason, asked=asked)


def _do(tx: Tx, actor: Actor, deed: RunDeed, *, at: datetime, reason: str) -> str:
    found = locked(tx, deed.programme)
    _refuse(deed, found, at)
    after = found.standing | _change(deed, at)
    place = {"programme_id": found.programme_id}
    if deed.verb == "pause" and found.paused_at is None:
        run(tx, SQL.pause, at=at, **place)
    if deed.verb == "resume" and found.paused_at is not None:
        run(tx, SQL.resume, at=at, **place)
    if after["closing_at"] != found.closing_at or after["spend_until"] != found.spend_until:
        run(tx, SQL.plan_closing, closing_at=after["closing_at"], spend_until=after["spend_until"], **place)
    if after != found.standing:
        audit.record(
            tx,
            actor_id=actor.person_id,
            actor_name=actor.name,
            action=f"loyalty.{deed.verb}",
            subject_kind="programme",
            subject=deed.programme,
            before=_plain(found.standing),
            after=_plain(after),
            at=at,
            via=actor.via,
            reason=reason,
        )
    return _headline(deed, found)


def _change(deed: RunDeed, at: datetime) -> dict[str, datetime | None]:
    if deed.verb == "pause":
        return {"paused_at": at}
    if deed.verb == "resume":
        return {"paused_at": None, "closing_at": None, "spend_until": None}
    return {"closing_at": deed.closing_at or at, "spend_until": deed.spend_until}


def _refuse(deed: RunDeed, found: Running, at: datetime) -> None:
    closed = found.closing_at is not None and found.closing_at <= at
    if deed.verb == "close":
        wrong = list(_wrong(deed, found, at, closed=closed))
        if wrong:
            raise Invalid("The programme cannot be closed like that; mend what is named.", wrong)
        return
    if closed and found.closing_at:
        when = said_instant(found.closing_at, found.zone)
        raise NotRunning(f"“{found.name}” closed on {when}; what closed begins no more. Begin another.")
    if deed.verb == "pause" and found.paused_at is not None:
        when = said_instant(found.paused_at, found.zone)
        raise NotRunning(f"“{found.name}” is paused since {when}; resume it first.")
    if deed.verb == "resume" and found.paused_at is None and found.closing_at is None:
        raise NotRunning(f"“{found.name}” runs: it is neither paused nor about to close.")


def _wrong(deed: RunDeed, found: Running, at: datetime, *, closed: bool) -> Iterator[Finding]:
    closing = deed.closing_at or at
    if deed.closing_at is not None and deed.closing_at < at:
        yield _finding("closing_at", "The instant has passed; choose a later one, or none to close now.")
    if closed and found.closing_at:
        when = said_instant(found.closing_at, found.zone)
        yield _finding("closing_at", f"It closed on {when} already; nothing more can be planned.")
    if deed.spend_until is None or deed.spend_until <= closing:
        message = "Points can be spent for a while after nothing earns any more; choose a later instant."
        yield _finding("spend_until", message)


def _headline(deed: RunDeed, found: Running) -> str:
    if deed.verb == "pause":
        return f"“{found.name}” is paused: what occurs from now on earns nothing until it is resumed."
    if deed.verb == "resume":
        return f"“{found.name}” runs again: what occurs from now on earns."
    when = said_instant(deed.closing_at, found.zone) if deed.closing_at else "now"
    until = said_instant(deed.spend_until, found.zone) if deed.spend_until else "now"
    return f"“{found.name}” closes: nothing earns from {when} on, and points can be spent until {until}."


def _when(deed: RunDeed, found: Running) -> Iterator[tuple[str, str]]:
    if deed.verb == "resume" and found.paused_at:
        yield "Paused since", said_instant(found.paused_at, found.zone)
    if deed.verb == "resume" and found.closing_at:
        yield "Taken back", f"its closing on {said_instant(found.closing_at, found.zone)}"


def _warnings(deed: RunDeed) -> Iterator[str]:
    if deed.verb == "pause":
        yield "Orders of the pause never earn, also when they are told after it."
    if deed.verb == "close":
        yield "What is left when the time for spending is over expires. Tell members in time."


def _held(one: Owed) -> str:
    currency = Currency(code=one.code, name=one.name, scale=one.scale)
    many = "1 member" if one.members == 1 else f"{one.members:,} members"
    return f"{amount_text(one.points, currency)} by {many}"


def _written(deed: RunDeed) -> dict[str, Any]:
    return {"verb": deed.verb, "programme": deed.programme} | _plain(
        {"closing_at": deed.closing_at, "spend_until": deed.spend_until}
    )


def _read(plain: dict[str, Any]) -> RunDeed:
    instants = {
        name: datetime.fromisoformat(plain[name]) for name in ("closing_at", "spend_until") if plain[name]
    }
    return RunDeed(verb=plain["verb"], programme=plain["programme"], **instants)


def _plain(instants: dict[str, datetime | None]) -> dict[str, str | None]:
    return {name: one.isoformat() if one else None for name, one in instants.items()}


def _finding(path: str, message: str) -> Finding:
    return Finding(path=path, code="loyalty.closing", message=message)
