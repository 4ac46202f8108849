"""From a message to the letter of a channel: its sender, where it comes back to, its signatures."""

from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import format_datetime

from regulars.channels.body import ChannelBody
from regulars.channels.channel import Message
from regulars.channels.dkim import Signer, hash_of
from regulars.channels.letters import joined, parts
from regulars.channels.mailboxes import Unsendable, mailbox
from regulars.channels.returning import return_path

BYTES_MAX = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A letter as it goes over the wire."""

    message: Message
    sender: str  # Of the envelope.
    recipient: str
    data: bytes

    @property
    def is_international(self) -> bool:
        """Whether an address is in another script before its @, which a server must offer to take."""
        return not (self.sender + self.recipient).isascii()


@dataclass(frozen=True, slots=True, kw_only=True)
class Composer:
    body: ChannelBody
    signers: Sequence[Signer] = ()
    returning: bytes = b""  # By which addresses for what comes back are signed.

    def compose(self, message: Message, *, more: dict[str, str] | None = None) -> Composed:
        """The letter; raises Unsendable. Composed again it is the same, byte for byte."""
        lines, body = parts(self.headers(message) | (more or {}), message.text, message.html)
        if len(body) > BYTES_MAX:
            raise Unsendable(f"The letter has {len(body):,} bytes, at most {BYTES_MAX:,} are sent.")
        if self.signers:
            hashed, at_s = hash_of(body), int(message.at.timestamp())
            lines = [*(one.sign(lines, hashed, at_s) for one in self.signers), *lines]
        return Composed(
            message=message,
            sender=self.sender_of(message),
            recipient=mailbox(message.address),
            data=joined(lines, body),
        )

    def headers(self, message: Message) -> dict[str, str]:
        body = self.body
        made = {
            "From": f"{_quoted(body.from_name)} <{body.from_address}>"
            if body.from_name
            else body.from_address,
            "To": message.address,
            "Subject": message.subject,
            "Date": format_datetime(message.at),
            "Message-ID": f"<{message.id}@{mailbox(body.from_address).rpartition('@')[2]}>",
        }
        if body.reply_to:
            made["Reply-To"] = body.reply_to
        return made | dict(message.more)

    def sender_of(self, message: Message) -> str:
        if self.body.bounce_domain and self.returning:
            return return_path(self.returning, message.id, self.body.bounce_domain)
        return mailbox(self.body.from_address)


def _quoted(name: str) -> str:
    """Nothing in a name can end it and begin an address."""
    return name.replace("<", "").replace(">", "")
