"""The kind `sending-policy`: one for the whole company; its preview says what it had kept back."""

from datetime import datetime, timedelta
from typing import Final

from regulars import access
from regulars.access import Actor
from regulars.db import Query, Statements, Tx, value
from regulars.definitions import Definition, Kind, Lookup, Preview, live
from regulars.kernel import Conflict, Finding
from regulars.messaging.policy import (
    DISTURBING,
    NO_POLICY,
    Cap,
    QuietHours,
    SendingPolicy,
    findings,
    sentence,
)
from regulars.templates import topic_findings

POLICY_KEY: Final = "main"  # There is one policy; a second would give a second answer.
LOOKED_BACK = timedelta(days=30)


class Sql(Statements, file="policy_kind.sql"):
    sent_lately: Query
    over_cap_lately: Query
    quiet_lately: Query
    held_out_lately: Query


SQL = Sql()


def sending_policy(tx: Tx) -> SendingPolicy:
    """The live policy, or the one that limits nothing."""
    found = live(tx, SENDING_POLICY, POLICY_KEY)
    return found.body if found else NO_POLICY


def may_test_to(policy: SendingPolicy, address: str) -> bool:
    """Whether a test message may go to an address."""
    listed = {one.strip().casefold() for one in policy.test_addresses}
    return not listed or address.strip().casefold() in listed


def _validate(body: SendingPolicy, lookup: Lookup) -> list[Finding]:
    found = findings(body)
    for place, cap in enumerate(body.caps):
        if cap.topic:
            found += [
                Finding(path=f"caps.{place}.topic", code=one.code, message=one.message)
                for one in topic_findings(cap.topic, lookup)
            ]
    return found


def _preview(tx: Tx, new: Definition[SendingPolicy], at: datetime) -> Preview:
    body = new.body
    asked = {"since": at - LOOKED_BACK, "at": at}
    sent = int(value(tx, SQL.sent_lately, **asked))
    zone = access.zone(tx)
    facts = [("Marketing of the last 30 days", f"{sent:,} messages")]
    facts += [
        (f"Kept back: more than {cap.words}", _of(_over(tx, cap, zone, asked), sent)) for cap in body.caps
    ]
    facts += [
        (
            f"{'Held' if quiet.then == 'hold' else 'Kept back'}: {quiet.starts} to {quiet.ends}",
            _of(_quiet(tx, quiet, zone, asked), sent),
        )
        for quiet in body.quiet_hours
    ]
    if body.holdout_share:
        held = value(
            tx, SQL.held_out_lately, **asked, salt=body.holdout_salt.strip(), share=body.holdout_share
        )
        facts.append((f"Kept back: the {body.holdout_percent:g}% held out", _of(int(held), sent)))
    warnings = [] if body.caps else ["No cap holds, so one customer may get any number of messages a day."]
    return Preview(headline=sentence(body), facts=tuple(facts), warnings=tuple(warnings), reversible=True)


def _of(number: int, sent: int) -> str:
    return f"{number:,} of them ({number / sent:.1%})" if sent else "none"


def _over(tx: Tx, cap: Cap, zone: str, asked: dict[str, datetime]) -> int:
    return int(
        value(
            tx,
            SQL.over_cap_lately,
            **asked,
            n=cap.n,
            span="hour" if cap.per == "hours" else cap.per,
            hours=cap.hours,
            media=[cap.channel] if cap.channel else list(DISTURBING),
            topic=cap.topic,
            zone=zone,
        )
    )


def _quiet(tx: Tx, quiet: QuietHours, zone: str, asked: dict[str, datetime]) -> int:
    return int(
        value(
            tx,
            SQL.quiet_lately,
            **asked,
            starts=quiet.starts,
            ends=quiet.ends,
            media=list(quiet.channels or DISTURBING),
            zone=zone,
        )
    )


def _launch(_tx: Tx, new: Definition[SendingPolicy], _actor: Actor, _at: datetime) -> str:
    if new.key != POLICY_KEY:
        raise Conflict(f"There is one sending policy, under the key {POLICY_KEY!r}; publish this one there.")
    return "It holds for every message from now on, also of what is being sent."


SENDING_POLICY = Kind(
    name="sending-policy",
    title="Sending policy",
    plural="Sending policies",
    body=SendingPolicy,
    sentence=sentence,
    validate=_validate,
    preview=_preview,
    launch=_launch,
)
