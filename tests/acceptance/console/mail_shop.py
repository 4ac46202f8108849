"""A workspace that sends e-mail in its own name, with a name server, a mailbox and much that came back."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from psycopg import sql

from regulars import access, deliverability, messaging
from regulars.access import SYSTEM
from regulars.app import App, assemble
from regulars.channels import CHANNEL, ChannelBody, Dkim
from regulars.channels.body import Smtp
from regulars.db import Database, values
from regulars.deliverability import (
    BOUNCE_MAILBOX,
    BOUNCE_WEBHOOK,
    WARM_UP,
    BounceWebhook,
    Came,
    Mailbox,
    Returned,
    WarmUp,
)
from regulars.kernel import public_id
from regulars.settings import read_settings
from regulars.templates import TEMPLATE
from tests.acceptance.console.office import PASSWORD, STAFF
from tests.integration.messaging.given import HELLO, add_customers, publish, treat

SENT = (120, 280, 390, 540, 410)
TEXTS = {
    "hard": ("5.1.1", "550 5.1.1 no such user", "gone.example"),
    "soft": ("5.2.2", "552 5.2.2 mailbox full", "full.example"),
    "block": ("5.7.1", "554 5.7.1 refused by policy", "strict.example"),
    "complaint": ("", "abuse", "spam.example"),
}


def build(database: Database, home: Path, name_server: str) -> App:
    made = assemble(read_settings(workspace="pages", home=home, name_servers=name_server), database)
    now = datetime.now(UTC)
    with database.transaction() as tx:
        for name, level, function in STAFF:
            email = f"{name[:3].lower()}@example.invalid"
            one = access.add_person(
                tx, SYSTEM, email=email, name=name, level=level, function=function, at=now
            )
            access.give_password(tx, SYSTEM, one.person_id, PASSWORD, at=now)
        _define(tx, now)
    for day, count in enumerate(SENT):
        _sent_on(made, now - timedelta(days=len(SENT) - 1 - day), day + 1, count)
    made.catch_up(now)
    made.sequencer.close()
    return made


def _define(tx, now):
    publish(tx, CHANNEL, "letters", ChannelBody(
        title="Newsletter", medium="email", from_name="Shop", from_address="news@shop.example",
        providers=[Smtp(name="main", host="mta.shop.example")], bounce_domain="bounce.shop.example",
        tracking_domain="news.shop.example", dkim=[Dkim(domain="shop.example", selector="r202603")],
    ), now)  # fmt: skip
    starts = (now - timedelta(days=len(SENT) - 1)).date()
    publish(tx, WARM_UP, "new-name", WarmUp(title="New name", channel="letters", starts_on=starts), now)
    publish(
        tx, BOUNCE_MAILBOX, "main", Mailbox(title="Bounces", host="imap.shop.example", user="bounces"), now
    )
    publish(tx, BOUNCE_WEBHOOK, "events", BounceWebhook(title="Provider", shape="mailgun"), now)
    publish(tx, TEMPLATE, "hello", HELLO, now)


def _sent_on(app, at, number, count):
    """A send of so many on a day, of which some come back."""
    name = messaging.SourceName(kind="campaign", key="hello", version=number)
    with app.database.transaction() as tx:
        people = add_customers(tx, [(f"P{n}", f"p{number}-{n}@example.invalid") for n in range(count)])
        source = messaging.open_source(
            tx, name, channel="letters", template_key="hello", template_version=1, at=at
        )
        messaging.enqueue(tx, source, treat(people), at=at)
        tx.execute(
            "update messaging.send set state = 'sent', decided_at = %s, resolved_at = %s, address_hash ="
            " decode(md5(send_id::text), 'hex') where source_id = %s", [at, at, source.source_id],
        )  # fmt: skip
        ids = values(
            tx,
            sql.SQL("select send_id from messaging.send where source_id = %(s)s order by send_id"),
            s=source.source_id,
        )
        told = []
        for place, (kind, share) in enumerate(
            (("hard", 60), ("soft", 40), ("block", 110), ("complaint", 200))
        ):
            code, words, domain = TEXTS[kind]
            told += [
                Returned(
                    kind=kind,
                    addresses=(f"x@{domain}",),
                    messages=(public_id("msg", one),),
                    code=code,
                    detail=words,
                )
                for one in ids[place :: share * (3 if number != 4 else 1)]
            ]
        deliverability.take_in(
            tx,
            Came(via="webhook:events", digest=bytes([number]) * 32, told=told, trusted=True),
            at=at,
            now=at,
        )
        stray = Returned(kind="hard", addresses=("nobody@else.example",), code="5.1.1", detail="no such user")
        deliverability.take_in(
            tx,
            Came(
                via="mailbox:main",
                digest=bytes([number]) * 31,
                told=[stray],
                excerpt="From: mailer-daemon@else.example\nSubject: Undelivered",
            ),
            at=at,
            now=at,
        )
