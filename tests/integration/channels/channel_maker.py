"""Channels as a workspace has them, over real providers on loopback."""

from datetime import UTC, datetime
from typing import Any

from regulars import channels
from regulars.channels import Channels, Message
from regulars.channels.body import ChannelBody, Provider, Smtp
from regulars.db import Database
from regulars.kernel import WallClock
from regulars.outgoing import WayOut

AT = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def message(number: int, address: str, **more: Any) -> Message:
    given: dict[str, Any] = {
        "subject": "Your coffee misses you",
        "preheader": "Come back",
        "text": "Hello.\n.a line that begins with a full stop\n",
        "html": "<p>Hello</p>",
    }
    return Message(send_id=number, customer_id=number, address=address, at=AT, **(given | more))


def mail_body(*providers: Provider, **more: Any) -> ChannelBody:
    return ChannelBody(
        title="Letters",
        medium="email",
        from_name="Kaffee Röster",
        from_address="news@shop.example",
        providers=list(providers),
        **more,
    )


def smtp_of(port: int, **more: Any) -> Smtp:
    given: dict[str, Any] = {
        "name": "main",
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "at_once": 2,
    }
    return Smtp(**(given | more))


def carrier(
    database: Database,
    body: ChannelBody,
    way: WayOut,
    secrets: dict[str, str] | None = None,
    *,
    key: str = "letters",
    address: str = "https://engage.shop.example",
) -> Any:
    """What carries by a body; `secrets` by the name of their provider, or dkim/domain/selector."""
    kept = secrets or {}

    def secret(_tx: object, name: str, _place: str) -> str | None:
        return kept.get(name) or kept.get(name.rpartition(".")[2])

    made = Channels(
        database, way=way, secret=secret, returning=lambda _tx: b"key", wall=WallClock(), address=address
    )
    with database.transaction() as tx:
        return made.made(tx, key, body, repr(body))


def outcomes(receipts: Any) -> dict[int, str]:
    return {one.send_id: one.outcome for one in receipts}


__all__ = ["AT", "carrier", "channels", "mail_body", "message", "outcomes", "smtp_of"]
