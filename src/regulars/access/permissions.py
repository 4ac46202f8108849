"""The one table of permissions: action, functions, level, and what happens below that level."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from regulars.access.levels import APPLIES, FUNCTIONS

Below = Literal["request", "no", "assisted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    action: str
    deed: str  # Reads on from "may", as in "launch campaigns".
    functions: tuple[str, ...]
    level: int
    # Below the level: it can be asked for, it cannot, or it is done under the eye of somebody of that level.
    below: Below
    asks_from: int = APPLIES  # The lowest level that may ask.
    scoped: bool = False  # Whether it concerns one brand, market or programme.
    lasting: bool = False  # Cannot be undone: even a company of one looks twice.
    limits: tuple[tuple[int, int], ...] = ()  # Largest amount by level, rising.
    two_people_above: int | None = None  # Amounts above this take two people, whatever their level.


ALL = tuple(FUNCTIONS)
MARKETING = ("marketing", "loyalty")
INSIGHT = ("marketing", "loyalty", "analysis")
TILL = ("cashier", "service_agent", "loyalty", "engineering")
REVIEWING = ("loyalty", "finance", "service_agent")
OPERATION = ("engineering", "administration")
SOURCES = (*INSIGHT, "privacy", *OPERATION)


def _rows() -> tuple[Permission, ...]:
    return (
        *_looking(),
        *_customers(),
        *_sources(),
        *_definitions(),
        *_initiatives(),
        *_loyalty(),
        *_running(),
    )


def _see(
    action: str, deed: str, functions: tuple[str, ...] = ALL, level: int = 1, *, scoped: bool = False
) -> Permission:
    return Permission(action=action, deed=deed, functions=functions, level=level, below="no", scoped=scoped)


def _draft(action: str, deed: str, functions: tuple[str, ...], level: int = APPLIES) -> Permission:
    return Permission(
        action=action, deed=deed, functions=functions, level=level, below="assisted", scoped=True
    )


def _launch(action: str, deed: str, functions: tuple[str, ...]) -> Permission:
    return Permission(action=action, deed=deed, functions=functions, level=4, below="request", scoped=True)


def _looking() -> tuple[Permission, ...]:
    return (
        _see("customers.view", "look at customers"),
        _see(
            "customers.view_contacts",
            "see contact details unmasked",
            ("service_agent", "cashier", "privacy"),
            2,
        ),
        _see("definitions.view", "look at what others defined"),
        _see("figures.view", "look at figures and results"),
        _see("loyalty.view", "look at balances and the ledger"),
        _see("people.view", "see who works here"),
        _see("approvals.view", "look at approvals"),
        _see("jobs.view", "look at jobs", (*INSIGHT, *OPERATION), 3),
        _see("readers.view", "look at the readers of the log", (*INSIGHT, *OPERATION), 3),
        _see("lake.view", "look at the lake", (*INSIGHT, *OPERATION), 3),
        _see("keys.view", "look at API keys", OPERATION, 3),
        _see("audit.view", "look at the audit", (*INSIGHT, "finance", "privacy", *OPERATION), 4),
        _see(
            "audit.view_values", "see what audited values were and became", ("privacy", "administration"), 4
        ),
    )


def _customers() -> tuple[Permission, ...]:
    return (
        _see(
            "customers.edit",
            "correct customers' data",
            ("marketing", "loyalty", "service_agent", "privacy"),
            3,
        ),
        _see("customers.import", "import customers", (*INSIGHT, "engineering"), 3),
        _see(
            "customers.merge",
            "merge and split customers",
            ("marketing", "loyalty", "service_agent", "privacy"),
            3,
        ),
        _see(
            "consents.record",
            "record what a customer agrees to and objects to",
            ("marketing", "loyalty", "service_agent", "privacy"),
            3,
        ),
        _see("suppressions.lift", "let messages go to a suppressed address again", ("privacy",), 4),
        _see(
            "preferences.link",
            "give customers a link to their preferences",
            ("marketing", "loyalty", "service_agent", "privacy"),
            2,
        ),
        _see(
            "preferences.withdraw_links",
            "withdraw all links to preferences",
            ("privacy", "administration"),
            4,
        ),
        _see("consents.restrict", "restrict the use of a customer's data", ("service_agent", "privacy"), 3),
        Permission(
            action="customers.export",
            deed="export customers' data",
            functions=(*INSIGHT, "privacy"),
            level=4,
            below="request",
            lasting=True,
        ),
        _see(
            "privacy.view",
            "look at requests, erasures, retention and the record of processing",
            ("marketing", "loyalty", "analysis", "service_agent", "privacy", "administration"),
            3,
        ),
        _see(
            "privacy.copy",
            "make and fetch the copy of what is held of a customer",
            ("service_agent", "privacy"),
            3,
        ),
        Permission(
            action="privacy.erase",
            deed="erase a customer's data",
            functions=("privacy",),
            level=4,
            below="request",
            lasting=True,
        ),
    )


def _sources() -> tuple[Permission, ...]:
    return (
        _see("sources.view", "look at sources, arriving events and rejects", SOURCES, 3),
        _draft("sources.draft", "draft sources, connections and tracked events", (*INSIGHT, "engineering")),
        _launch(
            "sources.publish", "publish sources, connections and tracked events", ("marketing", *OPERATION)
        ),
        # With contact details only by somebody who may see them, which privacy may.
        _launch("webhooks.publish", "publish webhooks", ("marketing", "privacy", *OPERATION)),
        _see("sources.secrets", "set the secrets of connections", OPERATION, 4),
        _see("exports.view", "look at what was exported", (*SOURCES, "finance"), 3),
        _draft("exports.draft", "draft scheduled exports", (*INSIGHT, "privacy", "engineering")),
        _launch("exports.publish", "publish scheduled exports", (*INSIGHT, "privacy")),
        Permission(
            action="events.export",
            deed="follow all events and ask the lake",
            functions=(*INSIGHT, "privacy", "engineering"),
            level=4,
            below="no",
            scoped=True,  # Events are of the whole company.
        ),
        _see("rejects.mend", "mend and replay what was rejected", (*INSIGHT, "engineering"), 3),
        _see("catalogue.edit", "change the catalogue and the stores", (*INSIGHT, "engineering"), 3),
        _see(
            "orders.reconcile",
            "compare orders with the shop's figures",
            (*INSIGHT, "finance", "engineering"),
            3,
        ),
    )


def _definitions() -> tuple[Permission, ...]:
    return (
        _draft("definitions.draft", "draft definitions", INSIGHT),
        Permission(
            action="definitions.take_on",
            deed="take on a draft made under their eye",
            functions=INSIGHT,
            level=3,
            below="no",
            scoped=True,
        ),
        _launch("definitions.publish", "publish definitions", MARKETING),
        _launch("definitions.archive", "archive definitions", MARKETING),
        _see("definitions.apply", "apply definitions from files", (*MARKETING, "engineering"), 4),
        _draft("segments.draft", "draft segments", INSIGHT),
        _launch("segments.publish", "publish segments", INSIGHT),
        _draft("templates.draft", "draft templates", MARKETING),
        _launch("templates.publish", "publish templates", MARKETING),
        _draft("experiments.draft", "draft experiments", INSIGHT),
        _launch("experiments.start", "start experiments", INSIGHT),
        _draft("channels.draft", "draft channels", (*MARKETING, *OPERATION), 5),
        Permission(
            action="channels.publish",
            deed="publish channels",
            functions=(*MARKETING, *OPERATION),
            level=6,
            below="request",
            asks_from=5,
            scoped=True,
        ),
        _see(
            "channels.test",
            "send tests by channels and have providers asked again",
            (*MARKETING, *OPERATION),
            4,
        ),
        _draft("policies.draft", "draft policies", (*INSIGHT, "privacy"), 5),
        Permission(
            action="policies.direct",
            deed="direct policies",
            functions=(*MARKETING, "privacy"),
            level=6,
            below="request",
            asks_from=5,
            scoped=True,
        ),
    )


def _initiatives() -> tuple[Permission, ...]:
    return (
        _draft("campaigns.draft", "draft campaigns", MARKETING),
        Permission(
            action="campaigns.launch",
            deed="launch campaigns",
            functions=MARKETING,
            level=4,
            below="request",
            scoped=True,
            lasting=True,
            two_people_above=1_000_000,  # Of minor units: 10,000.00 in most currencies.
        ),
        Permission(
            action="campaigns.stop",
            deed="stop campaigns",
            functions=MARKETING,
            level=3,
            below="no",
            scoped=True,
        ),
        _see(
            "messages.send",
            "hand single messages over to be sent",
            (*MARKETING, "service_agent", "engineering"),
            4,
        ),
    )


def _loyalty() -> tuple[Permission, ...]:
    return (
        _draft("programmes.draft", "draft programmes", MARKETING),
        _launch("programmes.publish", "publish programmes", ("loyalty",)),
        _launch("programmes.run", "pause, resume and close programmes", ("loyalty",)),
        Permission(
            action="loyalty.adjust",
            deed="adjust balances by hand",
            functions=("loyalty", "service_agent", "finance"),
            level=3,
            below="request",
            scoped=True,
            limits=((3, 500), (4, 5_000), (5, 50_000)),
            two_people_above=50_000,
        ),
        Permission(
            action="loyalty.place",
            deed="put members on tiers by hand",
            functions=("loyalty", "service_agent"),
            level=3,
            below="no",
            scoped=True,
        ),
        _see(
            "checkout.serve",
            "serve members at the till",
            ("cashier", "service_agent", "loyalty", "engineering"),
            2,
            scoped=True,
        ),
        _see(
            "loyalty.review",
            "stop and free the spending of members",
            ("loyalty", "finance", "service_agent"),
            3,
            scoped=True,
        ),
        _in_programme("loyalty.close_books", "close the books of a programme", ("loyalty", "finance"), 4),
        _see("loyalty.open_balances", "import opening balances", ("loyalty", "finance"), 4),
        *_rewards(),
    )


def _rewards() -> tuple[Permission, ...]:
    serving = ("loyalty", "service_agent", "cashier")
    return (
        _see("rewards.view", "look at rewards, voucher pools and what was redeemed"),
        _draft("rewards.draft", "draft rewards and voucher pools", MARKETING),
        _launch("rewards.publish", "publish rewards and voucher pools", ("loyalty",)),
        _in_programme("rewards.redeem", "redeem rewards for members", serving, 2),
        _in_programme("rewards.fulfil", "make ready, send and hand over rewards", serving, 2),
        _in_programme("rewards.cancel", "cancel redeemed rewards", ("loyalty", "service_agent"), 3),
        _in_programme("rewards.stock", "change the stock of rewards", serving, 3),
        # Whoever reads a code can use it.
        _in_programme("vouchers.view_codes", "see voucher codes in full", ("marketing", *serving), 2),
        _in_programme("vouchers.redeem", "check, reserve, use and give back voucher codes", serving, 2),
        _in_programme(
            "vouchers.issue", "hand out and withdraw voucher codes", ("loyalty", "service_agent"), 3
        ),
        _in_programme("vouchers.make", "generate and upload voucher codes", ("loyalty",), 4),
    )


def _in_programme(action: str, deed: str, functions: tuple[str, ...], level: int) -> Permission:
    return Permission(action=action, deed=deed, functions=functions, level=level, below="no", scoped=True)


def _running() -> tuple[Permission, ...]:
    return (
        _see("approvals.decide", "decide approvals", ALL, 4),
        _see("people.manage", "manage people", ("administration",), 4),
        _see("workspace.manage", "change the workspace's settings", ("administration",), 4),
        _see("keys.manage", "make and revoke API keys", OPERATION, 4),
        _see("jobs.manage", "repeat and cancel jobs", OPERATION, 4),
        _see("readers.manage", "pause, resume and replay readers", ("engineering",), 4),
        _see("lake.manage", "export, compact and check the lake", ("engineering",), 4),
        _see("clock.advance", "advance the clock of a demonstration", (*INSIGHT, *OPERATION), 3),
    )


PERMISSIONS: Final = MappingProxyType({row.action: row for row in _rows()})

# Which row judges a definition of a kind; a kind without one is judged by the row of definitions at large.
BY_KIND: Final = MappingProxyType(
    {
        ("draft", "segment"): "segments.draft",
        ("publish", "segment"): "segments.publish",
        ("draft", "scoring"): "segments.draft",
        ("publish", "scoring"): "segments.publish",
        ("archive", "scoring"): "segments.publish",
        ("draft", "template"): "templates.draft",
        ("publish", "template"): "templates.publish",
        ("draft", "block"): "templates.draft",
        ("publish", "block"): "templates.publish",
        ("draft", "brand"): "templates.draft",
        ("publish", "brand"): "templates.publish",
        ("draft", "experiment"): "experiments.draft",
        ("publish", "experiment"): "experiments.start",
        ("draft", "campaign"): "campaigns.draft",
        ("publish", "campaign"): "campaigns.launch",
        ("draft", "programme"): "programmes.draft",
        ("publish", "programme"): "programmes.publish",
        ("archive", "programme"): "programmes.publish",
        ("draft", "reward"): "rewards.draft",
        ("publish", "reward"): "rewards.publish",
        ("archive", "reward"): "rewards.publish",
        ("draft", "voucher-pool"): "rewards.draft",
        ("publish", "voucher-pool"): "rewards.publish",
        ("archive", "voucher-pool"): "rewards.publish",
        ("draft", "source"): "sources.draft",
        ("publish", "source"): "sources.publish",
        ("archive", "source"): "sources.publish",
        ("draft", "tracked-event"): "sources.draft",
        ("publish", "tracked-event"): "sources.publish",
        ("archive", "tracked-event"): "sources.publish",
        ("draft", "connection"): "sources.draft",
        ("publish", "connection"): "sources.publish",
        ("archive", "connection"): "sources.publish",
        ("draft", "file-drop"): "sources.draft",
        ("publish", "file-drop"): "sources.publish",
        ("archive", "file-drop"): "sources.publish",
        ("draft", "webhook"): "sources.draft",
        ("publish", "webhook"): "webhooks.publish",
        ("archive", "webhook"): "webhooks.publish",
        ("draft", "export"): "exports.draft",
        ("publish", "export"): "exports.publish",
        ("archive", "export"): "exports.publish",
        ("draft", "warm-up"): "sources.draft",
        ("publish", "warm-up"): "sources.publish",
        ("archive", "warm-up"): "sources.publish",
        ("draft", "bounce-mailbox"): "sources.draft",
        ("publish", "bounce-mailbox"): "sources.publish",
        ("archive", "bounce-mailbox"): "sources.publish",
        ("draft", "bounce-webhook"): "sources.draft",
        ("publish", "bounce-webhook"): "sources.publish",
        ("archive", "bounce-webhook"): "sources.publish",
        ("draft", "bounce-policy"): "policies.draft",
        ("publish", "bounce-policy"): "policies.direct",
        ("archive", "bounce-policy"): "policies.direct",
        ("draft", "import-mapping"): "sources.draft",
        ("publish", "import-mapping"): "sources.publish",
        ("archive", "import-mapping"): "sources.publish",
        ("draft", "channel"): "channels.draft",
        ("publish", "channel"): "channels.publish",
        ("archive", "channel"): "channels.publish",
        ("draft", "identity"): "policies.draft",
        ("publish", "identity"): "policies.direct",
        ("archive", "identity"): "policies.direct",
        ("draft", "consent-policy"): "policies.draft",
        ("publish", "consent-policy"): "policies.direct",
        ("archive", "consent-policy"): "policies.direct",
        ("draft", "sending-policy"): "policies.draft",
        ("publish", "sending-policy"): "policies.direct",
        ("archive", "sending-policy"): "policies.direct",
        ("draft", "retention"): "policies.draft",
        ("publish", "retention"): "policies.direct",
        ("archive", "retention"): "policies.direct",
        ("draft", "quality-rule"): "policies.draft",
        ("publish", "quality-rule"): "policies.direct",
        ("archive", "quality-rule"): "policies.direct",
        ("draft", "policy"): "policies.draft",
        ("publish", "policy"): "policies.direct",
        ("archive", "policy"): "policies.direct",
    }
)
