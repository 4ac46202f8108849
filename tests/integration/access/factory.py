"""People and requests for the tests of access."""

from datetime import UTC, datetime, timedelta

from regulars import access

AT = datetime(2024, 12, 29, 12, tzinfo=UTC)  # The business clock, standing in the past.
NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)  # The wall clock.
PASSWORD = "seven herons over the mill"
DAY = timedelta(days=1)
PREVIEW = {"people": 1204, "held out": 120, "cost": "60.20 USD", "conflicts": []}


def hire(tx, name, level, function="marketing", scope=None, *, password=None):
    added = access.add_person(
        tx,
        access.SYSTEM,
        email=f"{name.lower()}@shop.example",
        name=name,
        level=level,
        function=function,
        scope=scope,
        at=AT,
    )
    if password:
        access.give_password(tx, access.SYSTEM, added.person_id, password, at=AT)
    return added.actor("console")


def enter(database, email, password=PASSWORD, address="192.0.2.1", now=NOW):
    return access.sign_in(
        database, email=email, password=password, address=address, agent="Firefox", at=AT, now=now
    )


def ask(tx, actor, version=1, action="campaigns.launch", **changed):
    plain = {
        "subject_kind": "campaign",
        "subject": "spring",
        "version": version,
        "reason": "It is spring",
        "preview": PREVIEW,
        "at": AT,
    }
    return access.request(tx, actor, action, **(plain | changed))
