"""A workspace with a channel of its own, people of every kind, and a mailbox that bounces come back to."""

from datetime import UTC, datetime

from regulars import access, connections, definitions
from regulars.access import SYSTEM
from regulars.app import App, assemble
from regulars.channels import CHANNEL, ChannelBody
from regulars.channels.body import Smtp
from regulars.deliverability import BOUNCE_MAILBOX, Mailbox, secret_of_mailbox
from regulars.settings import read_settings
from tests.integration.deliverability.mail_servers import PASSWORD

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def app_of(database, home, *allowed, **more) -> App:
    given = {"home": home, "outgoing_allow": " ".join(f"localhost:{port}" for port in allowed), **more}
    return assemble(read_settings(workspace="mail", **given), database)


def publish(tx, kind, key, body, at=AT):
    definitions.save_draft(tx, SYSTEM, kind, key, body, at=at)
    return definitions.publish(tx, SYSTEM, kind, key, at=at).definition


def mail_channel(tx, port, **more):
    body = ChannelBody(
        title="Letters",
        medium="email",
        from_name="Shop",
        from_address="news@shop.example",
        providers=[Smtp(name="main", host="localhost", port=port, security="none")],
        bounce_domain="bounce.shop.example",
        **more,
    )
    return publish(tx, CHANNEL, "mail", body)


def mailbox(app, tx, port, **more):
    body = Mailbox(
        **{"title": "Bounces", "host": "localhost", "user": "bounces", "port": port, "security": "none"}
        | more
    )
    publish(tx, BOUNCE_MAILBOX, "bounces", body)
    connections.set_secret(
        tx, SYSTEM, app.vault, secret_of_mailbox("bounces"), PASSWORD,
        at=AT, now=app.wall.now(), place=body.place,
    )  # fmt: skip
    return body


__all__ = ["AT", "access", "app_of", "mail_channel", "mailbox", "publish"]
