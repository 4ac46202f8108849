"""The reasons that are kept of a send, in words, and the checks in their order, as people are told them."""

from dataclasses import dataclass
from typing import Final

REASONS: Final = {
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
    "global_holdout": "the person hears nothing of marketing, so that what all of it changes can be known",
    "left_audience": "the person was no longer in the audience at the moment of sending",
    "warm_up": "the warm-up plan of the channel lets no more leave today",
    "outranked": "another message to the person goes before it",
    "capped": "the person has heard as often as the policy allows",
    "quiet_hours": "it is a time at which the policy lets nobody be disturbed",
    "same_address": "another profile with the same address gets the message",
    "stopped": "it was taken out of use before it was their turn",
    "cancelled": "it was cancelled before it was their turn",
    "aborted": "the template declined for this person",
    "refused": "the channel refused the message",
    "unsendable": "the message cannot leave as it is",
    "fetching": "what the template asks of another system was not there in time; it is tried again",
    "deferred": "the other side asked to wait; it is tried again",
    "provider_down": "the provider does not answer; it is tried again",
    "rate": "the provider takes no more just now; it is tried again",
    "gave_up": "the other side asked to wait too often",
    "settled": "a person looked into it and said that it did not leave",
    "interrupted": "the process was stopped while the message was being handed over, so it may have left",
    "no_answer": "the channel did not answer clearly, so the message may have left",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question that is asked before a message leaves."""

    code: str
    title: str
    refuses: tuple[str, ...]  # The reasons it gives.


ORDER: Final = (
    Check(code="warm_up", title="May the channel send any more today?", refuses=("warm_up",)),
    Check(code="identity", title="Is there such a customer?", refuses=("no_customer",)),
    Check(code="same_person", title="Was the person decided on already?", refuses=("same_person",)),
    Check(code="suppression", title="Is the address suppressed?", refuses=("suppressed",)),
    Check(code="restriction", title="May the data be used?", refuses=("restricted",)),
    Check(
        code="consent",
        title="Does the person want to hear of it by this channel?",
        refuses=("channel_opt_out", "topic_opt_out", "no_consent"),
    ),
    Check(code="objection", title="May they be chosen?", refuses=("profiling_objected",)),
    Check(code="pause", title="Did they ask for a pause?", refuses=("paused",)),
    Check(code="less_often", title="Do they want to hear less often?", refuses=("less_often",)),
    Check(code="address", title="Is there an address?", refuses=("no_address", "bad_address")),
    Check(
        code="global_holdout", title="Is the person held out of all marketing?", refuses=("global_holdout",)
    ),
    Check(code="holdout", title="Is the person held out of this?", refuses=("held_out",)),
    Check(code="audience", title="Still in the audience?", refuses=("left_audience",)),
    Check(code="priority", title="Does another message go before it?", refuses=("outranked",)),
    Check(code="caps", title="Heard too often already?", refuses=("capped",)),
    Check(code="quiet_hours", title="Is it a quiet hour?", refuses=("quiet_hours",)),
    Check(code="template", title="Does the template decline?", refuses=("aborted", "fetching")),
    Check(code="same_address", title="Did the address get it?", refuses=("same_address",)),
    Check(
        code="provider",
        title="Did the channel take it?",
        refuses=(
            "refused",
            "unsendable",
            "deferred",
            "provider_down",
            "rate",
            "gave_up",
            "interrupted",
            "no_answer",
            "settled",
        ),
    ),
)
