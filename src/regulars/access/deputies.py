"""Deputies: who decides approvals in somebody's place, from one instant to another."""

from datetime import datetime

from regulars.access.actor import Actor
from regulars.access.decision import require
from regulars.access.errors import InvalidPerson
from regulars.access.levels import APPLIES, level_words
from regulars.access.people import person
from regulars.access.person import Person
from regulars.access.trail import recorded
from regulars.db import Query, Statements, Tx, rows, run
from regulars.kernel import Finding, public_id


class Sql(Statements, file="deputies.sql"):
    lock_person: Query
    set_deputy: Query
    deputising: Query


SQL = Sql()


def set_deputy(
    tx: Tx,
    actor: Actor,
    person_id: int,
    deputy_id: int | None,
    *,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    at: datetime,
) -> Person:
    """Name who decides approvals in somebody's place from one instant to another; None ends it."""
    if actor.person_id != person_id or actor.is_key:
        require(actor, "people.manage")
    run(tx, SQL.lock_person, person_id=person_id)
    before = person(tx, person_id)
    period: tuple[datetime | None, datetime | None] = (None, None)
    if deputy_id is not None:
        period = (starts_at or at, ends_at)
        _check_deputy(before, person(tx, deputy_id), *period)
    run(tx, SQL.set_deputy, person_id=person_id, deputy_id=deputy_id, starts_at=period[0], ends_at=period[1])
    after = person(tx, person_id)
    _tell_deputy(tx, actor, before, after, at=at)
    return after


def deputising(tx: Tx, person_id: int, at: datetime) -> list[Person]:
    """Everybody for whom this person stands in at an instant."""
    return rows(tx, SQL.deputising, Person, person_id=person_id, at=at)


def _check_deputy(
    absent: Person, deputy: Person, starts_at: datetime | None, ends_at: datetime | None
) -> None:
    problems = [
        (ends_at is None, "ends_at", "Say until when the deputy stands in."),
        (bool(starts_at and ends_at and starts_at >= ends_at), "ends_at", "The end lies after the start."),
        (deputy.person_id == absent.person_id, "deputy", "Nobody is their own deputy."),
        (not deputy.active, "deputy", f"{deputy.name} is not active: choose somebody who is."),
        (deputy.level < APPLIES, "deputy", f"A deputy is somebody who {level_words(APPLIES)} or more."),
    ]
    findings = [Finding(path=p, code="access.deputy", message=told) for wrong, p, told in problems if wrong]
    if findings:
        raise InvalidPerson(" ".join(finding.message for finding in findings), findings)


def _tell_deputy(tx: Tx, actor: Actor, before: Person, after: Person, *, at: datetime) -> None:
    def of(who: Person) -> dict[str, object]:
        deputy = public_id("per", who.deputy_id) if who.deputy_id else None
        return {"deputy": deputy, "from": who.deputy_from, "to": who.deputy_to}

    recorded(
        tx,
        actor,
        "people.set_deputy",
        subject_kind="person",
        subject=after.public_id,
        before=of(before),
        after=of(after),
        at=at,
    )
