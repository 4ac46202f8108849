"""Why somebody did or did not get a message: every check in its order, with its figures."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from regulars import access
from regulars.customers import conceal_text, consent_policy, zones_of
from regulars.db import Query, Statements, Tx, one, rows
from regulars.messaging.checks import ORDER, REASONS, Check
from regulars.messaging.hearing import Subject, consent_words
from regulars.messaging.judging import SQL as JUDGING
from regulars.messaging.judging import Question, facts_of, judge
from regulars.messaging.ledger import Outcome, send_of_person
from regulars.messaging.policy import SendingPolicy
from regulars.messaging.policy_kind import sending_policy
from regulars.messaging.source import SourceName, find_source
from regulars.messaging.windows import counts_since
from regulars.templates import Medium, Purpose

Verdict = Literal["passed", "refused", "held", "held_out", "exempt", "not_reached"]
BY_POLICY = ("global_holdout", "priority", "caps", "quiet_hours")


class Sql(Statements, file="asking.sql"):
    asked: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One check of one message."""

    code: str
    title: str
    verdict: Verdict
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    send_id: int
    customer_id: int
    arm: str
    state: str
    reason: str | None
    detail: str | None
    decided_at: datetime | None
    not_before: datetime | None
    medium: Medium
    topic: str
    purpose: Purpose
    targeted: bool
    capped: bool
    priority: int

    @property
    def subject(self) -> Subject:
        return Subject(medium=self.medium, topic=self.topic, purpose=self.purpose, targeted=self.targeted)


def why_person(tx: Tx, name: SourceName, customer_id: int, at: datetime) -> list[Checked]:
    """The checks of what a source has for somebody; nothing for who was never meant to get it."""
    found = send_of_person(tx, find_source(tx, name), customer_id)
    return why(tx, found.send_id, at) if found else []


def why(tx: Tx, send_id: int, at: datetime) -> list[Checked]:
    """Every check of one message: as it went, or for one that waits, as it would go now."""
    asked = one(tx, SQL.asked, _Asked, send_id=send_id)
    question = Question(
        subject=asked.subject,
        policy=sending_policy(tx),
        at=asked.decided_at or at,
        zone=access.zone(tx),
        priority=asked.priority,
        capped=asked.capped,
    )
    stands = _stands(tx, question, asked)
    place = _place(stands)
    figures = _figures(tx, question, asked)
    return [
        _checked(check, number, place, stands, figures.get(check.code, ""), question)
        for number, check in enumerate(ORDER)
    ]


def _stands(tx: Tx, question: Question, asked: _Asked) -> Outcome:
    """What became of it; of what was not decided yet, what would now, as far as that can be known."""
    known = Outcome(
        send_id=asked.send_id,
        state=asked.state,
        reason=asked.reason or ("held_out" if asked.state == "held_out" else None),
        detail=asked.detail,
        not_before=asked.not_before,
    )
    waits = asked.state in ("queued", "claimed")
    if not waits or (asked.not_before is not None and asked.not_before > question.at):
        return known
    facts = facts_of(tx, question, [asked.send_id], [asked.customer_id], [asked.arm], {})
    judged = judge(tx, question, facts).stood.get(asked.send_id)
    if judged is None:
        return Outcome(send_id=asked.send_id, state="queued")
    reason = judged.reason or "held_out"
    return Outcome(send_id=asked.send_id, state=judged.state, reason=reason, detail=judged.detail)


def _place(stands: Outcome) -> int:
    """The check that decided; where none refused the one that comes next."""
    for number, check in enumerate(ORDER):
        if stands.reason in check.refuses:
            return number
    codes = [check.code for check in ORDER]
    if stands.state in ("queued", "claimed"):
        return codes.index("template")
    left = stands.state in ("handed", "failed", "in_doubt")
    return codes.index("provider") if left else len(ORDER)


def _checked(
    check: Check, number: int, place: int, stands: Outcome, figure: str, question: Question
) -> Checked:
    verdict: Verdict = "passed" if number < place else "not_reached"
    said = figure
    if number == place and stands.reason in check.refuses:
        waits = stands.state == "queued"
        verdict = "held" if waits else "held_out" if stands.state == "held_out" else "refused"
        words = REASONS.get(stands.reason or "", "drawn not to be sent to, for comparison")
        until = f" Until {stands.not_before:%Y-%m-%d %H:%M} UTC." if waits and stands.not_before else ""
        detail = f" ({conceal_text(stands.detail)})" if stands.detail else ""
        said = f"{_capital(words)}{detail}.{until}"
    elif check.code in BY_POLICY and question.exempt:
        verdict, said = "exempt", "It is part of what the person ordered or asked for."
    elif check.code in ("priority", "caps") and not question.capped:
        verdict, said = "exempt", "It was declared not to be bound by caps, and is not counted."
    elif verdict == "not_reached":
        said = "Not asked any more." if stands.reason and stands.state != "queued" else "Not asked yet."
    return Checked(code=check.code, title=check.title, verdict=verdict, said=said)


def _figures(tx: Tx, question: Question, asked: _Asked) -> dict[str, str]:
    policy, zone = question.policy, _zone(tx, question, asked)
    clock = question.at.astimezone(ZoneInfo(zone))
    return {
        "warm_up": "Yes.",
        "identity": "Yes.",
        "same_person": "No.",
        "suppression": "No.",
        "restriction": "Yes.",
        "consent": f"{_capital(consent_words(consent_policy(tx), question.subject))}.",
        "objection": "Nobody objected." if asked.targeted else "It is not chosen by what is known of them.",
        "pause": "No.",
        "less_often": "No, or long enough ago.",
        "address": "Yes.",
        "global_holdout": f"No: {policy.holdout_percent:g}% are held out.",
        "holdout": "No.",
        "audience": "Yes.",
        "priority": f"No other of priority {asked.priority} or more."
        if policy.competing_hours
        else "The policy does not ask.",
        "caps": _heard(tx, policy, question, asked, zone),
        "quiet_hours": f"It was {clock:%H:%M} in {zone}." if policy.quiet_hours else "The policy names none.",
        "template": "No.",
        "same_address": "No.",
        "provider": "Yes.",
    }


def _zone(tx: Tx, question: Question, asked: _Asked) -> str:
    return zones_of(tx, [asked.customer_id], question.zone)[asked.customer_id]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    cap: int
    heard: int


def _heard(tx: Tx, policy: SendingPolicy, question: Question, asked: _Asked, zone: str) -> str:
    """As in "2 of 3 messages a calendar week had gone"."""
    caps = [cap for cap in policy.caps if cap.binds(asked.medium, asked.topic)]
    if not caps:
        return "No cap binds it."
    found = rows(
        tx,
        JUDGING.cap_figures,
        _Heard,
        cap_places=list(range(len(caps))),
        sinces=[counts_since(cap, question.at, zone) for cap in caps],
        cap_media=[cap.channel for cap in caps],
        cap_topics=[cap.topic for cap in caps],
        customer_id=asked.customer_id,
        at=question.at,
        send_id=asked.send_id,
    )
    return f"{'; '.join(f'{one.heard} of {caps[one.cap].words}' for one in found)} had gone."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
