"""Who sends: write keys looked up once every few seconds, with what their source declares."""

import asyncio
import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

import psycopg

from regulars import access, events
from regulars.access import WrongKey
from regulars.db import Database
from regulars.events import Policy
from regulars.intake.answers import UNAUTHORIZED, Refused
from regulars.intake.limits import Allowance, busy
from regulars.kernel import Clock, Unavailable

# A key that is revoked, and a source that is changed, act after this many seconds at the latest.
KNOWN_FOR_S = 3.0
KEPT_MAX = 10_000
ASKED_S = 5.0
SIGNS_MAX = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    key_id: int
    source: str
    policy: Policy
    allowance: Allowance


@dataclass(frozen=True, slots=True)
class Known:
    sender: Sender | None  # None for a key that is unknown, or not for tracking.
    until: float


class Keyring:
    """Used by one event loop; what it asks the database runs in a thread."""

    def __init__(
        self, database: Database, clock: Clock, rate: int, now: Callable[[], float] = monotonic
    ) -> None:
        self._database = database
        self._clock = clock
        self._rate = rate
        self._now = now
        self._known: dict[bytes | str, Known] = {}
        self._asked: dict[bytes | str, asyncio.Future[Known]] = {}
        self._allowances: dict[int, Allowance] = {}

    def at_hand(self, said: bytes | str) -> Sender | None:
        """The sender by an Authorization header or a key, if it was looked up just now."""
        known = self._known.get(said)
        return known.sender if known is not None and known.until > self._now() else None

    async def sender(self, said: bytes | str) -> Sender:
        """The sender by an Authorization header (bytes) or a key (text); raises Refused for none of ours."""
        known = self._known.get(said)
        if known is None or known.until <= self._now():
            known = await self._look_up(said)
        if known.sender is None:
            message = (
                "The write key is not known here, or it was revoked. Make a tracking key under Settings, "
                "Keys, and send it as the user name of Basic authentication, or as writeKey."
            )
            raise Refused(
                UNAUTHORIZED, "intake.unknown_key", message, {"www-authenticate": 'Basic realm="write key"'}
            )
        return known.sender

    async def _look_up(self, said: bytes | str) -> Known:
        asked = self._asked.get(said)
        if asked is None:  # Of many requests with one key, one asks.
            asked = asyncio.ensure_future(self._find(said))
            self._asked[said] = asked
            asked.add_done_callback(lambda _: self._asked.pop(said, None))
        return await asyncio.shield(asked)

    async def _find(self, said: bytes | str) -> Known:
        text = key_in(said) if isinstance(said, bytes) else said
        sender = None
        if text is not None and len(text) <= SIGNS_MAX:
            sender = await self._loaded(text)
        known = Known(sender, self._now() + KNOWN_FOR_S)
        if len(self._known) >= KEPT_MAX:  # Somebody tries keys; those that are used come back by themselves.
            self._known.clear()
        self._known[said] = known
        return known

    async def _loaded(self, text: str) -> Sender | None:
        try:
            async with asyncio.timeout(ASKED_S):
                return await asyncio.to_thread(self._load, text)
        except (TimeoutError, psycopg.Error, Unavailable) as cause:
            raise busy("The database does not answer. Send it again in a moment.", 2) from cause

    def _load(self, text: str) -> Sender | None:
        with self._database.transaction() as tx:
            try:
                key = access.use_key(tx, text, self._clock.now())
            except WrongKey:
                return None
            if key.kind != "tracking":
                return None
            source = events.source_of_key(tx, key)
            policy = events.policy_of(tx, source)
        allowance = self._allowances.setdefault(key.key_id, Allowance(self._rate))
        return Sender(key_id=key.key_id, source=source, policy=policy, allowance=allowance)


def key_in(header: bytes) -> str | None:
    """The user name of Basic authentication; its colon may be missing."""
    scheme, _, coded = header.partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        plain = base64.b64decode(coded.strip() + b"=" * (-len(coded.strip()) % 4), validate=True)
        return plain.decode().partition(":")[0].strip()
    except (binascii.Error, UnicodeDecodeError):
        return None
