"""Channels: what carries a message away, and what it says of having done so."""

from regulars.channels.body import (
    ATOMIC,
    ChannelBody,
    Dkim,
    Inbox,
    Provider,
    Texting,
    Twilio,
    Webhook,
    WebPush,
)
from regulars.channels.channel import CHANNELS, Channel, Message, Receipt, RecordingChannel
from regulars.channels.counting import Segments, segments
from regulars.channels.dkim import KeyKind, new_key, read_key, record_of
from regulars.channels.erasing import erase, follow, held
from regulars.channels.inbox import Card, InboxChannel, cards, dismiss, forget_cards, mark_read, unread
from regulars.channels.kind import CHANNEL, MEDIA, TYPES, Demonstration, no_channel, place_of, secret_word
from regulars.channels.kind import stands as is_demonstration
from regulars.channels.letters import mime
from regulars.channels.mailboxes import Unsendable, mailbox
from regulars.channels.making import key_name, secret_name
from regulars.channels.push import (
    count_subscriptions,
    new_pair,
    public_of,
    subscribe,
    subscribers,
    unsubscribe,
)
from regulars.channels.ready_made import READY_MADE
from regulars.channels.resolving import Channels, NoChannel, addresses
from regulars.channels.returning import read_return_path, return_path
from regulars.channels.standing import (
    DomainTally,
    Health,
    Problem,
    ask_again,
    domains,
    forget_old,
    health,
    problems,
    state_of,
)
from regulars.channels.tokens import HOURS_MAX, NoToken, customer_token, read_token
from regulars.channels.trying import NothingToTest, Said, Trial, have_asked_again, send_test
from regulars.channels.twilio import is_genuine, reply, wish_of

__all__ = [
    "ATOMIC",
    "CHANNEL",
    "CHANNELS",
    "HOURS_MAX",
    "MEDIA",
    "READY_MADE",
    "TYPES",
    "Card",
    "Channel",
    "ChannelBody",
    "Channels",
    "Demonstration",
    "Dkim",
    "DomainTally",
    "Health",
    "Inbox",
    "InboxChannel",
    "KeyKind",
    "Message",
    "NoChannel",
    "NoToken",
    "NothingToTest",
    "Problem",
    "Provider",
    "Receipt",
    "RecordingChannel",
    "Said",
    "Segments",
    "Texting",
    "Trial",
    "Twilio",
    "Unsendable",
    "WebPush",
    "Webhook",
    "addresses",
    "ask_again",
    "cards",
    "count_subscriptions",
    "customer_token",
    "dismiss",
    "domains",
    "erase",
    "follow",
    "forget_cards",
    "forget_old",
    "have_asked_again",
    "health",
    "held",
    "is_demonstration",
    "is_genuine",
    "key_name",
    "mailbox",
    "mark_read",
    "mime",
    "new_key",
    "new_pair",
    "no_channel",
    "place_of",
    "problems",
    "public_of",
    "read_key",
    "read_return_path",
    "read_token",
    "record_of",
    "reply",
    "return_path",
    "secret_name",
    "secret_word",
    "segments",
    "send_test",
    "state_of",
    "subscribe",
    "subscribers",
    "unread",
    "unsubscribe",
    "wish_of",
]
