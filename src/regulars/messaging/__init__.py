"""Messaging: templates, channels, and the ledger that sends each message once and says why it did not."""

from regulars.messaging.checks import REASONS
from regulars.messaging.erasing import erase, held
from regulars.messaging.events import EVENTS
from regulars.messaging.fact_sources import SOURCES
from regulars.messaging.handing import Single, enqueue_each
from regulars.messaging.hearing import Subject, consent_words, tracking_allowed
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
from regulars.messaging.reached import Reached, address_hash, return_path_secret, suppress_reached, went_to
from regulars.messaging.reacting import (
    Reaction,
    ReactionKind,
    erase_reactions,
    follow_reactions,
    forget_reactions,
    held_reactions,
    latest_send,
    old_reactions,
    react,
    reclassify,
)
from regulars.messaging.reading import SentMessage, Tally, answer, message, messages, tally, why_not
from regulars.messaging.rehearsing import rehearse, rehearse_for_nobody
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

__all__ = [
    "EVENTS",
    "LAKE",
    "REASONS",
    "SOURCES",
    "Letter",
    "Letters",
    "Reached",
    "Reaction",
    "ReactionKind",
    "Recipient",
    "Send",
    "Sender",
    "SentMessage",
    "Single",
    "Source",
    "SourceName",
    "Subject",
    "Suppression",
    "Tally",
    "address_hash",
    "answer",
    "carry_on",
    "consent_words",
    "enqueue",
    "enqueue_each",
    "erase",
    "erase_reactions",
    "find_source",
    "follow",
    "follow_reactions",
    "forget_messages",
    "forget_reactions",
    "give_up",
    "held",
    "held_reactions",
    "in_doubt",
    "latest_send",
    "lift_suppression",
    "message",
    "messages",
    "normalised",
    "old_messages",
    "old_reactions",
    "open_source",
    "pause",
    "react",
    "reclassify",
    "refusals",
    "rehearse",
    "rehearse_for_nobody",
    "return_path_secret",
    "source_of_id",
    "still_open",
    "suppress",
    "suppress_by_hand",
    "suppress_reached",
    "suppression_of",
    "tally",
    "tracking_allowed",
    "unreachable",
    "variables_of",
    "went_to",
    "whose",
    "why_not",
]
