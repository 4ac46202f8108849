"""What holds for the workspace as a whole: its time zone, and whether it is a company of one."""

from datetime import datetime
from zoneinfo import available_timezones

from regulars.access.actor import Actor
from regulars.access.decision import require
from regulars.access.errors import SoloMeansOne
from regulars.access.trail import recorded
from regulars.db import Query, Statements, Tx, run, value
from regulars.kernel import Finding, Invalid


class Sql(Statements, file="workspace.sql"):
    solo: Query
    lock_workspace: Query
    set_solo: Query
    count_active: Query
    zone: Query
    set_zone: Query


SQL = Sql()


def solo(tx: Tx) -> bool:
    return bool(value(tx, SQL.solo))


def zone(tx: Tx) -> str:
    """Whose calendar days count, an IANA name."""
    return str(value(tx, SQL.zone))


def set_zone(tx: Tx, actor: Actor, name: str, *, at: datetime) -> None:
    """Days, months and timers follow it from the next start of the processes on."""
    require(actor, "workspace.manage")
    if name not in available_timezones():
        problem = f"A time zone was asked and {name[:60]!r} is none. Give an IANA name, as Europe/Berlin."
        raise Invalid(problem, [Finding(path="zone", code="access.zone", message=problem)])
    before = zone(tx)
    run(tx, SQL.set_zone, zone=name)
    recorded(
        tx,
        actor,
        "workspace.set_zone",
        subject_kind="workspace",
        subject="workspace",
        before={"zone": before},
        after={"zone": name},
        at=at,
    )


def lock_workspace(tx: Tx) -> bool:
    """Let one change at a time decide who is active; gives whether it is a company of one."""
    return bool(value(tx, SQL.lock_workspace))


def set_solo(tx: Tx, actor: Actor, on: bool, *, at: datetime) -> None:  # noqa: FBT001 - it is the value set
    """Say that one person runs all of it; refused while more than one is active."""
    require(actor, "workspace.manage")
    was = lock_workspace(tx)
    active = value(tx, SQL.count_active)
    if on and active > 1:
        raise SoloMeansOne(
            f"Solo is for a company of one, and {active} people are active. Deactivate the others first."
        )
    if was != on:
        _switch(tx, actor, on, at=at)


def begin_solo(tx: Tx, actor: Actor, *, at: datetime) -> None:
    """For the first person, while the workspace's row is held."""
    _switch(tx, actor, True, at=at)


def make_room(tx: Tx, *, joining: str) -> None:
    """Before one more person becomes active: raises SoloMeansOne in a company of one."""
    if lock_workspace(tx) and value(tx, SQL.count_active):
        raise SoloMeansOne(f"{joining} cannot join a company of one. Switch solo off first, under Settings.")


def _switch(tx: Tx, actor: Actor, on: bool, *, at: datetime) -> None:  # noqa: FBT001 - it is the value set
    run(tx, SQL.set_solo, solo=on)
    recorded(
        tx,
        actor,
        "workspace.set_solo",
        subject_kind="workspace",
        subject="workspace",
        before={"solo": not on},
        after={"solo": on},
        at=at,
    )
