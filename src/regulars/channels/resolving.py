"""From the key of a live channel to what carries its messages: connections stay open from batch to batch."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from threading import Lock

from regulars import definitions
from regulars.channels.body import ATOMIC, ChannelBody, Inbox
from regulars.channels.carrying import Carrier
from regulars.channels.channel import CHANNELS, Channel, RecordingChannel
from regulars.channels.inbox import InboxChannel
from regulars.channels.kind import CHANNEL, place_of, stands
from regulars.channels.making import Secret, Secrets, secrets_of, ways_of
from regulars.channels.push import subscribers
from regulars.channels.striking import striking
from regulars.db import Database, Tx
from regulars.kernel import Clock, Conflict, public_id
from regulars.outgoing import WayOut


class NoChannel(Conflict):
    code = "channels.none_live"


class Channels:
    """The channels of one installation; any thread may ask it."""

    def __init__(
        self,
        database: Database,
        *,
        way: WayOut,
        secret: Secret,
        returning: Callable[[Tx], bytes],
        wall: Clock,
        address: str,
    ) -> None:
        self._database, self._way, self._secret, self._wall = database, way, secret, wall
        self._returning, self._address = returning, address
        self._made: dict[str, tuple[bytes, Carrier]] = {}
        self._lock = Lock()

    def channel_of(self, tx: Tx, key: str) -> Channel:
        """The channel of this key; raises NoChannel. A demonstration only ever records."""
        if key in CHANNELS:
            return CHANNELS[key]
        found = definitions.live(tx, CHANNEL, key)
        if found is None:
            raise NoChannel(f"No channel {key[:80]!r} is live. Publish it, or choose another one.")
        if isinstance(found.body.providers[0], Inbox):
            return InboxChannel(key, found.body.providers[0])
        if stands(tx) or isinstance(found.body.providers[0], ATOMIC):
            return RecordingChannel(key, found.body.medium)
        return self.made(tx, key, found.body, found.etag)

    def made(self, tx: Tx, key: str, body: ChannelBody, etag: str) -> Carrier:
        """Also of a draft; made anew when the body or a secret of it changed."""
        returning = self._returning(tx) if body.bounce_domain else b""
        secrets = secrets_of(tx, self._secret, key, body, place_of, returning)
        mark = sha256(f"{etag}\x00{secrets.mark}".encode()).digest()
        with self._lock:
            kept = self._made.get(key)
            if kept and kept[0] == mark:
                return kept[1]
            channel = self._carrier(key, body, secrets)
            self._made[key] = (mark, channel)
        return channel

    def _carrier(self, key: str, body: ChannelBody, secrets: Secrets) -> Carrier:
        ways = ways_of(
            key,
            body,
            secrets,
            way=self._way,
            database=self._database,
            wall=self._wall,
            address=self._address,
        )
        strike = striking(body.providers, secrets.providers)
        return Carrier(key, body, ways, strike, database=self._database, wall=self._wall)


def addresses(tx: Tx, channel: Channel, customer_ids: Sequence[int]) -> dict[int, str]:
    """Of media without an address in the profile: whom the channel reaches, by their public id."""
    found = subscribers(tx, channel.name, customer_ids) if channel.medium == "push" else customer_ids
    return {one: public_id("cus", one) for one in found}
