"""The final sheet: what launching a campaign would do, by the checks that the sending itself makes."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from regulars.campaigns.audience import audience
from regulars.campaigns.carrying import channel_named
from regulars.campaigns.model import Campaign, State
from regulars.db import Query, Statements, Tx, rows
from regulars.definitions import Definition, live
from regulars.experiments import arms_of, detectable_effect
from regulars.messaging import Subject, forecast, refusals
from regulars.templates import TEMPLATE, Template

SAMPLE = 3
LATER = "queued"


class Sql(Statements, file="sheet.sql"):
    conflicts: Query
    planned: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Another campaign that writes to some of the same people."""

    key: str
    version: int
    state: State
    starts_at: datetime
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    audience: int
    get_it: int
    later: dict[str, int]  # Of those, who get it when their hour comes, by reason.
    held_out: int
    skipped: dict[str, int]  # By the code of the reason, both arms.
    elsewhere: int  # Of a global holdout: they get nothing and are in no comparison.
    treated: int  # Of the audience, before any check.
    detectable: float | None  # The smallest rise that is found 8 times in 10.
    price: Decimal | None  # Of one message.
    conflicts: tuple[Conflict, ...]
    sample: tuple[int, ...]  # Some of those who get it.
    subject: Subject
    template: Template | None

    @property
    def cost(self) -> Decimal | None:
        return None if self.price is None else self.price * self.get_it

    @property
    def given_up(self) -> float | None:
        """Conversions that the holdout costs if the message does just what can be found."""
        return None if self.detectable is None else self.detectable * self.held_out


def sheet(tx: Tx, definition: Definition[Campaign], at: datetime, *, salt: str) -> Sheet:
    """Ask every check of everybody; nothing is written."""
    body = definition.body
    people = audience(tx, body, definition.key, at)
    arms = dict(zip(people, arms_of(salt, people, body.arms), strict=True))
    found = live(tx, TEMPLATE, body.template)
    template = found.body if found else None
    subject = subject_of(tx, body, template)
    moment = max(at, body.send_at) if body.send_at else at
    counted = forecast(tx, people, subject, moment, priority=body.priority, capped=body.capped, arms=arms)
    of = Counter(arms.values())
    return Sheet(
        audience=len(people),
        get_it=sum(many for (state, _), many in counted.items() if state in ("sent", LATER)),
        later={reason or "": many for (state, reason), many in counted.items() if state == LATER},
        held_out=counted[("held_out", None)],
        skipped=dict(
            sorted(
                ((reason or "", many) for (state, reason), many in counted.items() if state == "skipped"),
                key=lambda one: -one[1],
            )
        ),
        elsewhere=counted[("held_out", "global_holdout")],
        treated=of["treated"],
        detectable=detectable_effect(body.expected_percent / 100, of["treated"], of["held_out"]),
        price=_price(tx, body.channel),
        conflicts=_conflicts(tx, definition, people, moment),
        sample=_sample(tx, people, arms, subject, moment),
        subject=subject,
        template=template,
    )


def subject_of(tx: Tx, body: Campaign, template: Template | None) -> Subject:
    """Say what it is about, for the check of consent; people are chosen by what is known of them."""
    carries = channel_named(tx, body.channel)
    return Subject(
        medium=template.medium if template else carries.medium if carries else "email",
        topic=body.topic if body.topic is not None else template.topic if template else "",
        purpose=template.purpose if template else "marketing",
        targeted=True,
    )


def _price(tx: Tx, channel: str) -> Decimal | None:
    found = channel_named(tx, channel)
    return found.price if found else None


def _conflicts(
    tx: Tx, definition: Definition[Campaign], people: Sequence[int], at: datetime
) -> tuple[Conflict, ...]:
    given = {"key": definition.key, "customer_ids": list(people)}
    until = at + timedelta(days=definition.body.window_days)
    found = rows(tx, SQL.conflicts, Conflict, **given, at=at)
    return (*found, *rows(tx, SQL.planned, Conflict, **given, until=until))


def _sample(
    tx: Tx, people: Sequence[int], arms: dict[int, str], subject: Subject, at: datetime
) -> tuple[int, ...]:
    """The first who would get it, some way down the list, so that it is not always the eldest customer."""
    treated = [number for number in people if arms[number] == "treated"]
    step = max(1, len(treated) // (SAMPLE * 4))
    looked = treated[step // 2 :: step][: SAMPLE * 5]
    refused = refusals(tx, looked, subject, at)
    return tuple(number for number in looked if number not in refused)[:SAMPLE]
