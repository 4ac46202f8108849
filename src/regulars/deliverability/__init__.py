"""Deliverability: sending domains and their keys, warm-up, and what comes back of messages."""

from regulars.deliverability.asking import Asker, CannotAsk, servers_of
from regulars.deliverability.boxes import Unopened
from regulars.deliverability.checker import Checker
from regulars.deliverability.checking import (
    Change,
    Standing,
    ask_domain,
    changes_of,
    due_domains,
    fallen,
    keep_findings,
    known_of,
    standings,
)
from regulars.deliverability.domains import SendingDomain, sending_domain, sending_domains
from regulars.deliverability.erasing import erase, held
from regulars.deliverability.figures import BackByDay, ComeBack, come_back
from regulars.deliverability.kept import Unmatched, drop_unmatched, forget_old_mail, outcomes, unmatched
from regulars.deliverability.keys import Algorithm, SigningKey, drop_key, keys_of, make_key
from regulars.deliverability.mail_reading import Unreadable, read_mail
from regulars.deliverability.mailbox import BOUNCE_MAILBOX, MAIL_PORTS, Mailbox, secret_of_mailbox
from regulars.deliverability.policy import BOUNCE_POLICY, BUILT_IN, BouncePolicy, bounce_policy
from regulars.deliverability.policy import KEY as BOUNCE_POLICY_KEY
from regulars.deliverability.polling import BoxState, Poller, box_states, look_into_now
from regulars.deliverability.proving import Get, Request
from regulars.deliverability.ready_made import READY_MADE, TEXTS
from regulars.deliverability.receiving import (
    WEBHOOK_BYTES_MAX,
    Heard,
    Read,
    keep_request,
    read_request,
    webhook_of,
)
from regulars.deliverability.records import Found, Known, Record, dkim_record
from regulars.deliverability.returned import Returned
from regulars.deliverability.stopping import (
    ByDomain,
    Stop,
    bounced_by_domain,
    open_stops,
    resume,
    stops,
    watch,
    watch_all,
)
from regulars.deliverability.taking import Came, Taken, take_in
from regulars.deliverability.warm_up import WARM_UP, WarmUp
from regulars.deliverability.warming import (
    Day,
    allowance,
    days_of,
    ends_on,
    next_share,
    plan_of,
    share,
    tomorrow,
)
from regulars.deliverability.webhook import (
    BOUNCE_WEBHOOK,
    PROOFS,
    TITLES,
    BounceWebhook,
    Mapped,
    secret_of_webhook,
)

__all__ = [
    "BOUNCE_MAILBOX",
    "BOUNCE_POLICY",
    "BOUNCE_POLICY_KEY",
    "BOUNCE_WEBHOOK",
    "BUILT_IN",
    "MAIL_PORTS",
    "PROOFS",
    "READY_MADE",
    "TEXTS",
    "TITLES",
    "WARM_UP",
    "WEBHOOK_BYTES_MAX",
    "Algorithm",
    "Asker",
    "BackByDay",
    "BouncePolicy",
    "BounceWebhook",
    "BoxState",
    "ByDomain",
    "Came",
    "CannotAsk",
    "Change",
    "Checker",
    "ComeBack",
    "Day",
    "Found",
    "Get",
    "Heard",
    "Known",
    "Mailbox",
    "Mapped",
    "Poller",
    "Read",
    "Record",
    "Request",
    "Returned",
    "SendingDomain",
    "SigningKey",
    "Standing",
    "Stop",
    "Taken",
    "Unmatched",
    "Unopened",
    "Unreadable",
    "WarmUp",
    "allowance",
    "ask_domain",
    "bounce_policy",
    "bounced_by_domain",
    "box_states",
    "changes_of",
    "come_back",
    "days_of",
    "dkim_record",
    "drop_key",
    "drop_unmatched",
    "due_domains",
    "ends_on",
    "erase",
    "fallen",
    "forget_old_mail",
    "held",
    "keep_findings",
    "keep_request",
    "keys_of",
    "known_of",
    "look_into_now",
    "make_key",
    "next_share",
    "open_stops",
    "outcomes",
    "plan_of",
    "read_mail",
    "read_request",
    "resume",
    "secret_of_mailbox",
    "secret_of_webhook",
    "sending_domain",
    "sending_domains",
    "servers_of",
    "share",
    "standings",
    "stops",
    "take_in",
    "tomorrow",
    "unmatched",
    "watch",
    "watch_all",
    "webhook_of",
]
