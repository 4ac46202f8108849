"""The order of checks before a send; the first that refuses gives the reason that is kept.

    identity · one profile a person · suppression · restriction · channel opt-out · topic consent ·
    objection to profiling · pause · less often · address · holdout · audience still true · render ·
    one message an address

What a person asked for stands before the holdout, so that both arms are chosen alike. Priority, caps, quiet
hours and rate limits have their places between these.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from regulars.messaging.ledger import ArmName, Outcome

REASONS = {
    "no_customer": "the profile no longer exists by itself: it was merged into another or erased",
    "same_person": "another profile of the same person was decided before",
    "suppressed": "nothing is sent to this address any more",
    "restricted": "the person's data may be kept and not used",
    "channel_opt_out": "the person wants nothing by this channel",
    "topic_opt_out": "the person does not want to hear of this topic",
    "no_consent": "the person has not agreed to hear of this",
    "profiling_objected": "the person objects to being chosen by what is known of them",
    "paused": "the person asked for a pause",
    "less_often": "the person asked to hear less often, and heard something lately",
    "no_address": "no address is known for this channel",
    "bad_address": "the address cannot be written to",
    "left_audience": "the person was no longer in the audience at the moment of sending",
    "same_address": "another profile with the same address gets the message",
    "stopped": "it was taken out of use before it was their turn",
    "aborted": "the template declined for this person",
    "refused": "the channel refused the message",
    "interrupted": "the process was stopped while the message was being handed over, so it may have left",
    "no_answer": "the channel did not answer clearly, so the message may have left",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that the checks need to know of one send."""

    send_id: int
    arm: ArmName
    known: bool
    comes_second: bool  # Of the profiles of one person another goes before.
    address: str | None
    address_usable: bool
    address_hash: bytes | None
    suppressed: bool
    unheard: str | None  # Why the person may not hear of this now: consent, objection, pause.
    in_audience: bool


def outcome_of(facts: Facts) -> Outcome:
    """Return what becomes of one person, as far as that does not depend on the others."""
    reason = next(_refusals(facts), None)
    if reason is not None:
        return Outcome(send_id=facts.send_id, state="skipped", reason=reason)
    if facts.arm == "held_out":
        return Outcome(send_id=facts.send_id, state="held_out")
    if not facts.in_audience:
        return Outcome(send_id=facts.send_id, state="skipped", reason="left_audience")
    return Outcome(send_id=facts.send_id, state="handed", address_hash=facts.address_hash)


def _refusals(facts: Facts) -> Iterator[str]:
    if not facts.known:
        yield "no_customer"
    if facts.comes_second:
        yield "same_person"
    if facts.suppressed:
        yield "suppressed"
    if facts.unheard:
        yield facts.unheard
    if facts.address is None:
        yield "no_address"
    elif not facts.address_usable:
        yield "bad_address"


def one_an_address(outcomes: Sequence[Outcome], taken: set[bytes]) -> list[Outcome]:
    """Refuse those whose address has had the message; of several here the first of the ledger gets it."""
    seen = set(taken)
    result = []
    for outcome in outcomes:
        if outcome.state == "handed" and outcome.address_hash in seen:
            result.append(Outcome(send_id=outcome.send_id, state="skipped", reason="same_address"))
            continue
        if outcome.state == "handed" and outcome.address_hash is not None:
            seen.add(outcome.address_hash)
        result.append(outcome)
    return result
