"""A test: one letter that is of no campaign, by the provider one names; it leaves really, and is audited."""

import secrets as chance
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape

from regulars import access, definitions
from regulars.access import Actor
from regulars.channels.body import ATOMIC
from regulars.channels.channel import Message, Receipt
from regulars.channels.kind import CHANNEL, Demonstration, stands
from regulars.channels.resolving import Channels
from regulars.channels.standing import ask_again, cut
from regulars.db import Database, Tx
from regulars.kernel import CallerError, Conflict, Finding, Invalid, parse_public_id, public_id

FIRST = 2**60  # Beyond any send, so that nothing that comes back of a test is taken for a customer's.
TEXT = "This is a test of the channel “{title}”. If you can read it, it works."
HTML = "<p>This is a test of the channel “{title}”.</p><p>If you can read it, it works.</p>"


class NothingToTest(Conflict):
    code = "channels.nothing_to_test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a test says."""

    subject: str
    text: str
    html: str | None = None
    link: str = ""
    image: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    provider: str
    receipt: Receipt
    message_id: str

    @property
    def sentence(self) -> str:
        told = f" {cut(self.receipt.detail)}" if self.receipt.detail else ""
        return {
            "sent": f"“{self.provider}” took it.",
            "failed": f"“{self.provider}” refused it:{told}",
            "deferred": f"“{self.provider}” did not take it now:{told}",
            "in_doubt": f"Nobody knows whether “{self.provider}” took it:{told}",
        }[self.receipt.outcome]


def send_test(
    made: Channels,
    database: Database,
    actor: Actor,
    key: str,
    *,
    provider: str,
    address: str,
    headers: Mapping[str, str],
    at: datetime,
    now: datetime,
    said: Said | None = None,
) -> Trial:
    """Send one message by the draft if there is one, else by what is live, also by a provider left alone.

    Left out, what it says is that it is a test.
    """
    access.require(actor, "channels.test")
    with database.transaction() as tx:
        found = definitions.draft(tx, CHANNEL, key) or definitions.get(tx, CHANNEL, key)
        body = found.body
        chosen = next((one for one in body.providers if one.name == provider), body.providers[0])
        if isinstance(chosen, ATOMIC):
            raise NothingToTest("The inbox and recording send nothing: there is nothing that could fail.")
        if stands(tx):
            raise Demonstration(
                "This is a demonstration: its clock stands, and nothing leaves it, not even a test."
            )
        channel = made.made(tx, key, body, f"test:{found.etag}")
    number = FIRST + chance.randbelow(FIRST)
    message = Message(
        send_id=number,
        customer_id=0 if body.medium != "push" else _person(address),
        address=address.strip(),
        subject=said.subject if said else f"A test of “{body.title}”",
        preheader="",
        text=said.text if said else TEXT.format(title=body.title),
        html=(said.html if said else HTML.format(title=escape(body.title)))
        if body.medium == "email"
        else None,
        link=said.link if said else "",
        image=said.image if said else "",
        at=now,
        more=headers if body.medium == "email" else {},
    )
    receipt = channel.try_one(chosen.name, message)
    with database.transaction() as tx:
        told = {"provider": chosen.name, "outcome": receipt.outcome}
        _audited(tx, actor, "channels.test", key, told, at)
    return Trial(provider=chosen.name, receipt=receipt, message_id=public_id("msg", number))


def have_asked_again(tx: Tx, actor: Actor, key: str, provider: str, *, at: datetime) -> None:
    """A provider that was left alone is asked at once: somebody says that it is mended."""
    access.require(actor, "channels.test")
    definitions.get(tx, CHANNEL, key)
    ask_again(tx, key, provider)
    _audited(tx, actor, "channels.ask_again", key, {"provider": provider}, at)


def _audited(tx: Tx, actor: Actor, action: str, key: str, after: Mapping[str, object], at: datetime) -> None:
    access.recorded(tx, actor, action, subject_kind="channel", subject=key, before=None, after=after, at=at)


def _person(text: str) -> int:
    try:
        return parse_public_id("cus", text.strip())
    except CallerError:
        told = "Say whose browser gets it, by the public id of a customer, as in cus_z8."
        raise Invalid(told, [Finding(path="address", code="channels.address", message=told)]) from None
