"""Messaging: templates, channels, and the ledger that sends each message once and says why it did not."""

from regulars.messaging.asking import Checked, why, why_person
from regulars.messaging.checks import REASONS
from regulars.messaging.day_share import Share
from regulars.messaging.erasing import erase, held
from regulars.messaging.events import EVENTS
from regulars.messaging.fact_sources import SOURCES
from regulars.messaging.forecasting import forecast
from regulars.messaging.handing import Single, enqueue_each
from regulars.messaging.hearing import Subject, consent_words, tracking_allowed
from regulars.messaging.lake import LAKE
from regulars.messaging.ledger import (
    Send,
    enqueue,
    follow,
    give_up,
    in_doubt,
    retry_failed,
    settle,
    still_open,
)
from regulars.messaging.limited import limited
from regulars.messaging.logged import LogFilters, Logged, LogSource, log_channels, log_sources, message_log
from regulars.messaging.policy import STARTING_POLICY, Cap, QuietHours, SendingPolicy
from regulars.messaging.policy_kind import POLICY_KEY, SENDING_POLICY, may_test_to, sending_policy
from regulars.messaging.reach import refusals, unreachable
from regulars.messaging.reached import (
    Reached,
    SuppressedCount,
    address_hash,
    return_path_secret,
    suppress_reached,
    suppressed_counts,
    went_to,
)
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
from regulars.messaging.reading import (
    SentMessage,
    answer,
    kept_back,
    message,
    messages,
    why_not,
)
from regulars.messaging.rehearsing import rehearse, rehearse_for_nobody
from regulars.messaging.retaining import forget_messages, old_messages
from regulars.messaging.sending import Finish, Letter, Letters, Recipient, Sender, carry_on, variables_of
from regulars.messaging.source import (
    Source,
    SourceName,
    find_source,
    open_source,
    pause,
    source_of_id,
    switch_template,
)
from regulars.messaging.summing import Tally, fold_sums, tally
from regulars.messaging.suppressed import SOURCE_NAMES as SUPPRESSED_BY
from regulars.messaging.suppressed import (
    Suppressed,
    SuppressedFilter,
    lift_suppressed,
    suppressed_one,
    suppressed_page,
)
from regulars.messaging.suppression import (
    Suppression,
    lift_suppression,
    normalised,
    suppress,
    suppress_by_hand,
    suppression_of,
    take_back,
    whose,
)
from regulars.messaging.windows import local_moments

__all__ = [
    "EVENTS",
    "LAKE",
    "POLICY_KEY",
    "REASONS",
    "SENDING_POLICY",
    "SOURCES",
    "STARTING_POLICY",
    "SUPPRESSED_BY",
    "Cap",
    "Checked",
    "Finish",
    "Letter",
    "Letters",
    "LogFilters",
    "LogSource",
    "Logged",
    "QuietHours",
    "Reached",
    "Reaction",
    "ReactionKind",
    "Recipient",
    "Send",
    "Sender",
    "SendingPolicy",
    "SentMessage",
    "Share",
    "Single",
    "Source",
    "SourceName",
    "Subject",
    "Suppressed",
    "SuppressedCount",
    "SuppressedFilter",
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
    "fold_sums",
    "follow",
    "follow_reactions",
    "forecast",
    "forget_messages",
    "forget_reactions",
    "give_up",
    "held",
    "held_reactions",
    "in_doubt",
    "kept_back",
    "latest_send",
    "lift_suppressed",
    "lift_suppression",
    "limited",
    "local_moments",
    "log_channels",
    "log_sources",
    "may_test_to",
    "message",
    "message_log",
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
    "retry_failed",
    "return_path_secret",
    "sending_policy",
    "settle",
    "source_of_id",
    "still_open",
    "suppress",
    "suppress_by_hand",
    "suppress_reached",
    "suppressed_counts",
    "suppressed_one",
    "suppressed_page",
    "suppression_of",
    "switch_template",
    "take_back",
    "tally",
    "tracking_allowed",
    "unreachable",
    "variables_of",
    "went_to",
    "whose",
    "why",
    "why_not",
    "why_person",
]
