"""Saving what somebody chose: once, however often the page is sent, and only what they changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from regulars import customers, log, messaging
from regulars.customers import Statement
from regulars.db import Tx, run, value
from regulars.log import NewEvent
from regulars.messaging import Reaction
from regulars.preferences.centre import centre_of
from regulars.preferences.deciding import decide, statements, unsubscribed
from regulars.preferences.holder import Holder
from regulars.preferences.model import Centre
from regulars.preferences.offer import WHOLE, Switch, channels_of, every_switch, shelves
from regulars.preferences.standing import TICK, Stood, stood
from regulars.preferences.statements import SQL
from regulars.preferences.words import Words

SOURCE = "preference-centre"
How = Literal["page", "everything", "unsubscribe", "one_click"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What differs between the page as it was shown and as it was sent; None: it was left as it was."""

    switches: Mapping[str, bool] = field(default_factory=dict)  # By the name of the switch.
    every_days: int | None = None  # Between two messages; 0: as usual.
    pause_days: int | None = None  # 0: no pause any more.
    profiling: bool | None = None
    tracking: bool | None = None
    locale: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """By which page something was sent, from where and when."""

    nonce: str
    how: How
    ip: str | None
    at: datetime  # By the business clock.
    now: datetime  # By the wall clock.


def save(tx: Tx, holder: Holder, spoken: Words, wanted: Wanted, sent: Sent) -> bool:
    """Tell what was changed; False when nothing was, or when this page was saved before.

    Two pages saved at once come one after the other, and each tells only what was changed on it.
    """
    run(tx, SQL.one_at_a_time, customer_id=holder.customer.customer_id)
    centre, policy = centre_of(tx).body, customers.consent_policy(tx)
    stands = stood(tx, holder.customer.customer_id, sent.now)
    at = stands.after(sent.at)
    found = shelves(centre, policy, stands.standing, sent.at, spoken)
    switches = [one for one in every_switch(found) if _taken(holder, one, wanted)]
    asked_at = holder.link.issued_at if holder.link.use in ("letter", "fresh") else None
    steps = [
        list(statements(step, ip=sent.ip, asked_at=asked_at))
        for step in decide(policy, stands.standing, switches, wanted.switches, at)
    ]
    others = _others(wanted, stands, sent)
    return _tell(tx, holder, [others, *steps] if others else steps, sent, at, locale=wanted.locale)


def _taken(holder: Holder, one: Switch, wanted: Wanted) -> bool:
    """A consent that counts only from a proven address is not taken by a link that staff handed over."""
    gives = wanted.switches.get(one.name, one.on) and not one.on
    return not (one.confirmed and gives and holder.link.use == "staff")


def _others(wanted: Wanted, stands: Stood, sent: Sent) -> list[Statement]:
    found: list[Statement] = []
    known = stands.standing
    if wanted.every_days:
        found.append(Statement(about="frequency", given=False, every_days=wanted.every_days, ip=sent.ip))
    elif wanted.every_days == 0 and known.less_often:
        found.append(Statement(about="frequency", given=True, ip=sent.ip))
    if wanted.pause_days:
        until = sent.at + timedelta(days=wanted.pause_days)
        found.append(Statement(about="pause", given=False, until=until, ip=sent.ip))
    elif wanted.pause_days == 0 and known.pause_asked:
        found.append(Statement(about="pause", given=True, ip=sent.ip))
    if wanted.profiling is not None and wanted.profiling == known.profiling_objected:
        found.append(Statement(about="profiling", given=wanted.profiling, ip=sent.ip))
    if wanted.tracking is not None and wanted.tracking != known.tracking_allowed:
        found.append(Statement(given=wanted.tracking, channel=customers.TRACKING, ip=sent.ip))
    return found


def unsubscribe(tx: Tx, holder: Holder, sent: Sent, *, channel: str = "", topic: str = WHOLE) -> bool:
    """Withdraw one topic by one channel, or the channel; an empty channel means all of them.

    False when all of it is withdrawn already. Any link of ours will do, however old.
    """
    run(tx, SQL.one_at_a_time, customer_id=holder.customer.customer_id)
    stands = stood(tx, holder.customer.customer_id, sent.now)
    known = {name for about, name, _ in stands.said if about == "consent"} - {customers.TRACKING}
    every = {*channels_of(Centre(title="", texts={}), customers.consent_policy(tx)), *known}
    left = [one for one in sorted({channel} if channel else every) if not _withdrawn(stands, one, topic)]
    told = unsubscribed(left, topic, ip=sent.ip)
    return _tell(tx, holder, [told] if told else [], sent, stands.after(sent.at))


def _withdrawn(stands: Stood, channel: str, topic: str) -> bool:
    """Whether that is the last word; of a whole channel, that nothing of it was agreed to since."""
    said = stands.standing.said
    last = said.get((channel, topic))
    since = (w for (name, _), w in said.items() if name == channel and last and w.at > last.at)
    return last is not None and not last.given and not (topic == WHOLE and any(w.given for w in since))


def _tell(
    tx: Tx,
    holder: Holder,
    steps: Sequence[Sequence[Statement]],
    sent: Sent,
    at: datetime,
    *,
    locale: str | None = None,
) -> bool:
    if not steps and locale is None:
        return False
    submission_id = value(
        tx,
        SQL.add_submission,
        nonce=sent.nonce,
        atom_id=holder.customer.customer_id,
        how=sent.how,
        source_id=holder.link.source_id or None,
        locale=locale,
        at=sent.at,
        now=sent.now,
    )
    if submission_id is None:
        return False
    timed = [(one, at + place * TICK) for place, step in enumerate(steps) for one in step]
    for place, step in enumerate(steps):
        customers.record(
            tx,
            holder.customer.customer_id,
            step,
            at=at + place * TICK,
            source=SOURCE,
            key=f"{submission_id}.{place}",
        )
    _keep(tx, submission_id, timed)
    if locale is not None:
        log.append(tx, [_language(holder, submission_id, locale, at)])
    if any(_leaves(one) for one, _ in timed):
        _answer(tx, holder, sent.at)
    return True


def _leaves(one: Statement) -> bool:
    return one.about == "consent" and not one.given and one.channel != customers.TRACKING


def _answer(tx: Tx, holder: Holder, at: datetime) -> None:
    """Count it with the message whose link was used, once."""
    if not holder.link.source_id:
        return
    send_id = messaging.latest_send(tx, holder.link.source_id, holder.customer.customer_id)
    if send_id is not None:
        answer = Reaction(key=f"unsubscribed:{send_id}", send_id=send_id, kind="unsubscribed", at=at)
        messaging.react(tx, [answer])


def _keep(tx: Tx, submission_id: int, timed: Sequence[tuple[Statement, datetime]]) -> None:
    run(
        tx,
        SQL.add_choices,
        submission_id=submission_id,
        abouts=[one.about for one, _ in timed],
        channels=[one.channel for one, _ in timed],
        topics=[one.topic for one, _ in timed],
        givens=[one.given for one, _ in timed],
        untils=[one.until for one, _ in timed],
        every=[one.every_days for one, _ in timed],
        instants=[at for _, at in timed],
    )


def _language(holder: Holder, submission_id: int, locale: str, at: datetime) -> NewEvent:
    return NewEvent(
        message_id=f"preferences:{submission_id}:locale",
        type="identify",
        name="identify",
        customer_id=holder.customer.customer_id,
        occurred_at=at,
        properties={"locale": locale},
        context={"provenance": {"kind": "form"}},
        source=SOURCE,
    )
