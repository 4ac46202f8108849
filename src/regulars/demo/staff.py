"""The people of the demonstration, one for each level of responsibility that works in it."""

import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from regulars import access
from regulars.db import Tx

PASSWORD_FILE = "demo-password"  # noqa: S105 - the name of the file, not what stands in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    email: str
    name: str
    level: int
    function: str
    does: str  # One sentence for whoever chooses as whom to sign in.


DIRECTOR = Colleague(
    email="ines@grocer.invalid", name="Ines Okafor", level=6, function="marketing",
    does="sets vision and policy",
)  # fmt: skip
LEAD = Colleague(
    email="marta@grocer.invalid", name="Marta Lind", level=4, function="marketing",
    does="launches campaigns and approves drafts",
)  # fmt: skip
KEEPER = Colleague(
    email="tariq@grocer.invalid", name="Tariq Bell", level=5, function="loyalty",
    does="leads the loyalty programme",
)  # fmt: skip
MARKETER = Colleague(
    email="noah@grocer.invalid", name="Noah Reyes", level=3, function="marketing",
    does="drafts campaigns; a launch becomes a request",
)  # fmt: skip
AGENT = Colleague(
    email="lina@grocer.invalid", name="Lina Park", level=3, function="service_agent",
    does="helps customers and sees their contact details",
)  # fmt: skip
TRAINEE = Colleague(
    email="sam@grocer.invalid", name="Sam Weber", level=1, function="marketing",
    does="looks and learns; what they draft somebody takes on",
)  # fmt: skip
ADMINISTRATOR = Colleague(
    email="olga@grocer.invalid", name="Olga Brandt", level=6, function="administration",
    does="manages people and keys, reads the audit",
)  # fmt: skip
STAFF = (LEAD, MARKETER, KEEPER, DIRECTOR, AGENT, ADMINISTRATOR, TRAINEE)


def password_of(home: Path) -> str:
    """The demonstration's one password, made at first use and readable by its owner only."""
    file = home / PASSWORD_FILE
    try:
        return file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        home.mkdir(parents=True, exist_ok=True)
        chosen = "-".join(secrets.token_hex(2) for _ in range(4))
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(chosen + "\n")
        return chosen


def hire(tx: Tx, password: str, at: datetime) -> None:
    """Add those who are not there yet, each with the demonstration's password."""
    for colleague in STAFF:
        if access.person_by_email(tx, colleague.email) is None:
            person = access.add_person(
                tx,
                access.SYSTEM,
                email=colleague.email,
                name=colleague.name,
                level=colleague.level,
                function=colleague.function,
                at=at,
            )
            access.give_password(tx, access.SYSTEM, person.person_id, password, at=at)


def actor(tx: Tx, colleague: Colleague) -> access.Actor:
    found = access.person_by_email(tx, colleague.email)
    assert found is not None
    return access.actor_of(tx, found.person_id, "console")
