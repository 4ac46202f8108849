"""What would become of a message to some people at an instant, all asked but the template."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from regulars import access
from regulars.db import Tx
from regulars.messaging.address import addresses_of
from regulars.messaging.hearing import Subject
from regulars.messaging.judging import Audience, Judged, Question, everybody, facts_of, judge
from regulars.messaging.policy_kind import sending_policy
from regulars.messaging.source import PRIORITY

CHUNK = 10_000
LAST = 2**62  # Written after everything that waits already.
NOTHING: Mapping[int, str] = {}


def forecast(
    tx: Tx,
    customer_ids: Sequence[int],
    subject: Subject,
    at: datetime,
    *,
    priority: int = PRIORITY,
    capped: bool = True,
    arms: Mapping[int, str] = NOTHING,
    audience: Audience = everybody,
) -> Counter[tuple[str, str | None]]:
    """How many would be sent, held out, refused or made to wait, by state and reason.

    Of whom `arms` say nothing is treated. What several campaigns at once would do to each other is not in it.
    """
    question = Question(
        subject=subject,
        policy=sending_policy(tx),
        at=at,
        zone=access.zone(tx),
        priority=priority,
        capped=capped,
        audience=audience,
    )
    counted: Counter[tuple[str, str | None]] = Counter()
    for start in range(0, len(customer_ids), CHUNK):
        chunk = customer_ids[start : start + CHUNK]
        judged = foreseen(tx, question, chunk, arms)
        counted.update((one.state, one.reason) for one in judged.stood.values())
        counted["sent", None] += _addresses(judged)
        if twins := len(judged.left) - _addresses(judged):
            counted["skipped", "same_address"] += twins
    return +counted


def foreseen(tx: Tx, question: Question, customer_ids: Sequence[int], arms: Mapping[int, str]) -> Judged:
    """The same for each of some people, by numbers that no send has."""
    facts = facts_of(
        tx,
        question,
        [LAST + place for place in range(len(customer_ids))],
        customer_ids,
        [arms.get(number, "treated") for number in customer_ids],
        addresses_of(tx, None, question.subject.medium, customer_ids),
    )
    return judge(tx, question, facts)


def _addresses(judged: Judged) -> int:
    return len({one.address_hash for one in judged.left})
