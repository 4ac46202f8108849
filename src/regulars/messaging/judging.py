"""The checks before a send in their order, over thousands of people at once; the first that refuses stands.

    identity · one profile a person · suppression · restriction · channel opt-out · topic consent ·
    objection to profiling · pause · less often · address · holdout of all marketing · holdout ·
    audience still true · priority between messages · caps · quiet hours · render · one message an address

What a person asked for stands before the holdouts, so that both arms are chosen alike.
"""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from regulars.customers import zones_of
from regulars.db import Query, Statements, Tx, rows, values
from regulars.messaging.address import is_usable
from regulars.messaging.hearing import Hearing, Subject, hearing
from regulars.messaging.ledger import ArmName, Outcome
from regulars.messaging.policy import DISTURBING, SendingPolicy
from regulars.messaging.source import PRIORITY
from regulars.messaging.windows import counts_since, quiet_until

AGAIN_MIN = timedelta(minutes=15)  # Who waits for another message is asked again after this at the earliest.
NOBODY: Final[frozenset[int]] = frozenset()

# Of these customers, those who are in the audience now.
Audience = Callable[[Tx, Sequence[int]], AbstractSet[int]]


class Sql(Statements, file="judging.sql"):
    facts: Query
    second: Query
    over_cap: Query
    outranked: Query
    cap_figures: Query
    one_policy_at_a_time: Query
    one_at_a_time: Query
    taken_addresses: Query


SQL = Sql()


def everybody(_tx: Tx, customer_ids: Sequence[int]) -> AbstractSet[int]:
    return set(customer_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of some people: whether they may get this, now."""

    subject: Subject
    policy: SendingPolicy
    at: datetime
    zone: str  # The workspace's: of whose zone nothing is known.
    priority: int = PRIORITY
    capped: bool = True
    audience: Audience = everybody
    sending: bool = False  # Whether it is really sent; else nobody is kept waiting.

    @property
    def exempt(self) -> bool:
        """What somebody ordered or asked for: the policy does not bind it."""
        return self.subject.purpose == "transactional"

    @property
    def by_clock(self) -> bool:
        return bool(self.policy.caps or self.policy.quiet_hours) and not self.exempt

    @property
    def counted(self) -> bool:
        """Whether what others decide at the same moment may change the answer."""
        limits = self.policy.caps or self.policy.competing_hours
        return bool(limits) and self.capped and not self.exempt


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the checks know of one send."""

    send_id: int
    customer_id: int
    arm: ArmName
    known: bool
    address: str | None
    address_hash: bytes | None
    suppressed: bool
    held_back: bool  # From all marketing, for comparison.


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What became of each, and of whom nothing stands against it."""

    stood: Mapping[int, Outcome]
    left: Sequence[Facts]
    heard: Hearing
    zones: "Zones"  # By person, where the policy asks what their clock says.


@dataclass(frozen=True, slots=True, kw_only=True)
class _Full:
    customer_id: int
    cap: int
    heard: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ahead:
    send_id: int
    kind: str
    key: str
    priority: int
    until: datetime | None


def facts_of(
    tx: Tx,
    question: Question,
    send_ids: Sequence[int],
    customer_ids: Sequence[int],
    arms: Sequence[str],
    addresses: Mapping[int, str],
) -> list[Facts]:
    """All that the checks need, in one statement; `addresses` are those that no profile holds, as of push."""
    held = not question.exempt
    return rows(
        tx,
        SQL.facts,
        Facts,
        send_ids=list(send_ids),
        customer_ids=list(customer_ids),
        arms=list(arms),
        medium=question.subject.medium,
        reached=list(addresses),
        addresses=list(addresses.values()),
        salt=question.policy.holdout_salt.strip(),
        share=question.policy.holdout_share if held else 0,
    )


def seconds_of(tx: Tx, send_ids: Sequence[int]) -> frozenset[int]:
    """Of these sends those ahead of which another of the same person and source comes."""
    return frozenset(values(tx, SQL.second, send_ids=list(send_ids)))


Refused = dict[int, Outcome]
Zones = Mapping[int, str]
Step = Callable[[Tx, Question, Sequence[Facts], Zones], Refused]


def judge(tx: Tx, question: Question, facts: Sequence[Facts], *, second: AbstractSet[int] = NOBODY) -> Judged:
    """Ask everything that comes before the template, of all of them at once."""
    stood: Refused = {one.send_id: _skipped(one, "no_customer") for one in facts if not one.known}
    stood |= {
        one.send_id: _skipped(one, "same_person")
        for one in facts
        if one.send_id in second and one.send_id not in stood
    }
    left = [one for one in facts if one.send_id not in stood]
    people = [one.customer_id for one in left]
    heard = hearing(tx, people, question.subject, question.at, sending=question.sending)
    zones: dict[int, str] = {}
    steps: tuple[Step, ...] = (_suppressed, _unheard(heard), *STEPS)
    for step in steps:
        if step is over_cap and question.by_clock:
            zones = zones_of(tx, [one.customer_id for one in left], question.zone)
        refused = step(tx, question, left, zones)
        if refused:
            stood |= refused
            left = [one for one in left if one.send_id not in refused]
    return Judged(stood=stood, left=left, heard=heard, zones=zones)


def counted_again(tx: Tx, question: Question, left: Sequence[Facts], zones: Zones) -> Refused:
    """Ask again what others may have decided meanwhile, and let nobody else decide until the commit."""
    if not question.counted or not left:
        return {}
    values(tx, SQL.one_policy_at_a_time)
    refused = outranked(tx, question, left, zones)
    return refused | over_cap(tx, question, [one for one in left if one.send_id not in refused], zones)


def _suppressed(_tx: Tx, _question: Question, left: Sequence[Facts], _zones: Zones) -> Refused:
    return {one.send_id: _skipped(one, "suppressed") for one in left if one.suppressed}


def _unheard(heard: Hearing) -> Step:
    def step(_tx: Tx, _question: Question, left: Sequence[Facts], _zones: Zones) -> Refused:
        refused = heard.refused
        return {
            one.send_id: _skipped(one, refused[one.customer_id]) for one in left if one.customer_id in refused
        }

    return step


def addressless(_tx: Tx, question: Question, left: Sequence[Facts], _zones: Zones) -> Refused:
    medium = question.subject.medium
    refused = {one.send_id: _skipped(one, "no_address") for one in left if one.address is None}
    for one in left:
        if one.address is not None and not is_usable(medium, one.address):
            refused[one.send_id] = _skipped(one, "bad_address")
    return refused


def held_back(_tx: Tx, _question: Question, left: Sequence[Facts], _zones: Zones) -> Refused:
    """From all marketing: both arms of a campaign alike."""
    return {
        one.send_id: Outcome(send_id=one.send_id, state="held_out", reason="global_holdout")
        for one in left
        if one.held_back
    }


def held_out(_tx: Tx, _question: Question, left: Sequence[Facts], _zones: Zones) -> Refused:
    return {
        one.send_id: Outcome(send_id=one.send_id, state="held_out") for one in left if one.arm == "held_out"
    }


def gone(tx: Tx, question: Question, left: Sequence[Facts], _zones: Zones) -> Refused:
    present = question.audience(tx, [one.customer_id for one in left])
    return {one.send_id: _skipped(one, "left_audience") for one in left if one.customer_id not in present}


def outranked(tx: Tx, question: Question, left: Sequence[Facts], _zones: Zones) -> Refused:
    """Who heard something of at least this rank lately is refused; behind one that waits, it waits."""
    hours = question.policy.competing_hours
    if not hours or not question.counted or not left or question.subject.medium not in DISTURBING:
        return {}
    window = timedelta(hours=hours)
    ahead = rows(
        tx,
        SQL.outranked,
        _Ahead,
        send_ids=[one.send_id for one in left],
        customer_ids=[one.customer_id for one in left],
        since=question.at - window,
        until=question.at + window,
        priority=question.priority,
    )
    return {one.send_id: _behind(one, question.at) for one in ahead}


def _behind(one: _Ahead, at: datetime) -> Outcome:
    detail = f"the {one.kind} {one.key}, priority {one.priority}"
    if one.until is None:
        return Outcome(send_id=one.send_id, state="skipped", reason="outranked", detail=detail)
    again = max(one.until, at + AGAIN_MIN)
    return Outcome(send_id=one.send_id, state="queued", reason="outranked", detail=detail, not_before=again)


def over_cap(tx: Tx, question: Question, left: Sequence[Facts], zones: Zones) -> Refused:
    caps = [one for one in question.policy.caps if one.binds(question.subject.medium, question.subject.topic)]
    if not caps or not question.counted or not left:
        return {}
    asked = {one.customer_id: zones[one.customer_id] for one in left}
    spans = [
        (place, zone, counts_since(cap, question.at, zone))
        for zone in set(asked.values())
        for place, cap in enumerate(caps)
    ]
    full = rows(
        tx,
        SQL.over_cap,
        _Full,
        customer_ids=list(asked),
        zones=list(asked.values()),
        caps=[span[0] for span in spans],
        span_zones=[span[1] for span in spans],
        sinces=[span[2] for span in spans],
        earliest=min(span[2] for span in spans),
        cap_places=list(range(len(caps))),
        ns=[cap.n for cap in caps],
        cap_media=[cap.channel for cap in caps],
        cap_topics=[cap.topic for cap in caps],
    )
    said = {one.customer_id: f"{one.heard} went, at most {caps[one.cap].words}" for one in full}
    return {
        one.send_id: replace(_skipped(one, "capped"), detail=said[one.customer_id])
        for one in left
        if one.customer_id in said
    }


def quiet(_tx: Tx, question: Question, left: Sequence[Facts], zones: Zones) -> Refused:
    hours = [one for one in question.policy.quiet_hours if one.binds(question.subject.medium)]
    if not hours or question.exempt or not left:
        return {}
    told = {zone: _quiet_in(question, zone) for zone in set(zones.values())}
    if not any(told.values()):
        return {}
    refused = {}
    for one in left:
        stands = told[zones[one.customer_id]]
        if stands is not None:
            refused[one.send_id] = replace(stands, send_id=one.send_id)
    return refused


def _quiet_in(question: Question, zone: str) -> Outcome | None:
    """What becomes of messages to a zone, where it is quiet there; of several the strictest, the longest."""
    found: list[tuple[bool, datetime, str]] = []
    for quiet_hours in question.policy.quiet_hours:
        until = quiet_until(quiet_hours, question.at, zone)
        if until is not None and quiet_hours.binds(question.subject.medium):
            said = f"{quiet_hours.starts} to {quiet_hours.ends} in {zone}"
            found.append((quiet_hours.then == "skip", until, said))
    if not found:
        return None
    skip, until, said = max(found)
    if skip:
        return Outcome(send_id=0, state="skipped", reason="quiet_hours", detail=said)
    return Outcome(send_id=0, state="queued", reason="quiet_hours", detail=said, not_before=until)


def _skipped(one: Facts, reason: str) -> Outcome:
    return Outcome(send_id=one.send_id, state="skipped", reason=reason)


STEPS: tuple[Step, ...] = (addressless, held_back, held_out, gone, outranked, over_cap, quiet)
