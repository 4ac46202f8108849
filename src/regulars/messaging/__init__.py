"""Messaging: templates, channels, and the ledger that sends each message once and says why it did not."""

from regulars.messaging.channel import CHANNELS, Channel, Message, Receipt, RecordingChannel
from regulars.messaging.checks import REASONS
from regulars.messaging.erasing import erase, held
from regulars.messaging.events import EVENTS
from regulars.messaging.fact_sources import SOURCES
from regulars.messaging.hearing import Purpose, Subject, consent_words, tracking_allowed
from regulars.messaging.kind import TEMPLATE, topic_findings
from regulars.messaging.lake import LAKE
from regulars.messaging.ledger import (
    Send,
    Source,
    SourceName,
    enqueue,
    find_source,
    follow,
    give_up,
    in_doubt,
    open_source,
    pause,
    source_of_id,
    still_open,
)
from regulars.messaging.reach import refusals, unreachable
from regulars.messaging.reading import SentMessage, Tally, answer, message, messages, tally, why_not
from regulars.messaging.retaining import forget_messages, old_messages
from regulars.messaging.sending import Letter, Letters, Recipient, Sender, carry_on, variables_of
from regulars.messaging.suppression import (
    Suppression,
    lift_suppression,
    normalised,
    suppress,
    suppress_by_hand,
    suppression_of,
    whose,
)
from regulars.messaging.template import Prepared, Rendered, Template, prepared, review

__all__ = [
    "CHANNELS",
    "EVENTS",
    "LAKE",
    "REASONS",
    "SOURCES",
    "TEMPLATE",
    "Channel",
    "Letter",
    "Letters",
    "Message",
    "Prepared",
    "Purpose",
    "Receipt",
    "Recipient",
    "RecordingChannel",
    "Rendered",
    "Send",
    "Sender",
    "SentMessage",
    "Source",
    "SourceName",
    "Subject",
    "Suppression",
    "Tally",
    "Template",
    "answer",
    "carry_on",
    "consent_words",
    "enqueue",
    "erase",
    "find_source",
    "follow",
    "forget_messages",
    "give_up",
    "held",
    "in_doubt",
    "lift_suppression",
    "message",
    "messages",
    "normalised",
    "old_messages",
    "open_source",
    "pause",
    "prepared",
    "refusals",
    "review",
    "source_of_id",
    "still_open",
    "suppress",
    "suppress_by_hand",
    "suppression_of",
    "tally",
    "topic_findings",
    "tracking_allowed",
    "unreachable",
    "variables_of",
    "whose",
    "why_not",
]
