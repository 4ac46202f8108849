"""Web push: browsers that take notifications, keys, and what only the browser can read (RFC 8291)."""

import base64
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import http_ece
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from regulars.channels.asking import Asked, judged, not_asked
from regulars.channels.body import WebPush
from regulars.channels.channel import Message, Receipt
from regulars.channels.mailboxes import Unsendable
from regulars.channels.work import Down, Work, deferred, failed, in_doubt, sent
from regulars.db import Database, Query, Statements, Tx, rows, run, value, values
from regulars.kernel import Clock, Finding, Invalid
from regulars.outgoing import Line, Refused, Unanswered, WayOut

JWT_HEAD = b'{"typ":"JWT","alg":"ES256"}'
GONE = (404, 410)
TOKEN_GOOD_FOR = timedelta(hours=12)
PAYLOAD_BYTES_MAX = 3_900  # Push services take 4,096 with what encryption adds.
KEY_BYTES, AUTH_BYTES = 65, 16
ENDPOINT_MAX = 2_000


class Sql(Statements, file="push.sql"):
    subscribe: Query
    unsubscribe: Query
    crowded: Query
    subscriptions: Query
    gone: Query
    taken: Query
    subscribers: Query
    count_subscriptions: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    subscription_id: int
    customer_id: int
    endpoint: str
    p256dh: str
    auth: str


def subscribe(
    tx: Tx, key: str, customer_id: int, *, endpoint: str, p256dh: str, auth: str, now: datetime
) -> None:
    """A browser takes notifications for a customer; raises Invalid for what no browser says."""
    _check(endpoint, p256dh, auth)
    given = {"endpoint": endpoint, "p256dh": p256dh, "auth": auth}
    run(tx, SQL.subscribe, key=key, customer_id=customer_id, now=now, **given)
    run(tx, SQL.crowded, key=key, customer_id=customer_id)


def unsubscribe(tx: Tx, key: str, customer_id: int, endpoint: str) -> bool:
    return run(tx, SQL.unsubscribe, key=key, customer_id=customer_id, endpoint=endpoint) > 0


def subscriptions(tx: Tx, key: str, customer_ids: Sequence[int]) -> list[Subscription]:
    return rows(tx, SQL.subscriptions, Subscription, key=key, customer_ids=list(customer_ids))


def subscribers(tx: Tx, key: str, customer_ids: Sequence[int]) -> set[int]:
    return set(values(tx, SQL.subscribers, key=key, customer_ids=list(customer_ids)))


def count_subscriptions(tx: Tx, key: str) -> int:
    return int(value(tx, SQL.count_subscriptions, key=key))


def _check(endpoint: str, p256dh: str, auth: str) -> None:
    wrong = []
    try:
        parts = urlsplit(endpoint)
        whole = parts.scheme in ("https", "http") and bool(parts.hostname)
    except ValueError:
        whole = False
    if not whole or len(endpoint) > ENDPOINT_MAX or not endpoint.isascii() or not endpoint.isprintable():
        wrong.append(("endpoint", "The address of a push service, beginning with https://."))
    for path, text, size in (("p256dh", p256dh, KEY_BYTES), ("auth", auth, AUTH_BYTES)):
        try:
            fits = len(unpacked(text)) == size
        except ValueError:
            fits = False
        if not fits:
            wrong.append((path, f"{size} bytes in URL-safe base64, as the browser gives them."))
    if not wrong:
        try:
            ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unpacked(p256dh))
        except ValueError:
            wrong.append(("p256dh", "A point on the curve P-256, as the browser gives it."))
    if wrong:
        found = [Finding(path=path, code="channels.subscription", message=told) for path, told in wrong]
        raise Invalid(f"{wrong[0][0]}: {wrong[0][1]}", found)


def packed(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unpacked(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def new_pair() -> str:
    """The private key as PEM, to be sealed; the public one follows from it."""
    made = ec.generate_private_key(ec.SECP256R1())
    return made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_of(pem: str) -> str:
    """What a page gives the browser as applicationServerKey."""
    point = _key(pem).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return packed(point)


def _key(pem: str) -> ec.EllipticCurvePrivateKey:
    read = load_pem_private_key(pem.encode(), None)
    if not isinstance(read, ec.EllipticCurvePrivateKey):
        raise Down("The key pair is none of the curve P-256; make another one.")
    return read


def token(pem: str, endpoint: str, contact: str, now: datetime) -> str:
    """Who we are, for one push service (RFC 8292)."""
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int((now + TOKEN_GOOD_FOR).timestamp()),
        "sub": contact,
    }
    told = f"{packed(JWT_HEAD)}.{packed(json.dumps(claims).encode())}"
    r, s = decode_dss_signature(_key(pem).sign(told.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{told}.{packed(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def sealed(payload: bytes, p256dh: str, auth: str) -> bytes:
    """Encrypted for one browser, with a key of this message alone (RFC 8291, aes128gcm)."""
    return bytes(
        http_ece.encrypt(
            payload,
            salt=os.urandom(16),
            private_key=ec.generate_private_key(ec.SECP256R1()),
            dh=unpacked(p256dh),
            auth_secret=unpacked(auth),
            version="aes128gcm",
        )
    )


def payload_of(message: Message) -> bytes:
    """What the service worker shows; a text too long for push is cut."""
    text = message.text.strip()
    given = {
        "title": message.subject,
        "body": text,
        "link": message.link,
        "image": message.image,
        "id": message.id,
    }
    while len(made := json.dumps(given, ensure_ascii=False).encode()) > PAYLOAD_BYTES_MAX and text:
        text = text[: len(text) * 3 // 4]
        given["body"] = text.rstrip() + "…"
    if len(made) > PAYLOAD_BYTES_MAX:
        raise Unsendable(
            f"Title and addresses alone take {len(made):,} bytes, at most {PAYLOAD_BYTES_MAX:,}."
        )
    return made


class PushWay:
    """Every browser of a person gets it; it counts as sent when one took it."""

    def __init__(
        self, key: str, provider: WebPush, pem: str | None, *, way: WayOut, database: Database, wall: Clock
    ) -> None:
        self.name, self.at_once, self.per_second = provider.name, provider.at_once, provider.per_second
        self._key, self._provider, self._pem = key, provider, pem
        self._way, self._database, self._wall = way, database, wall

    def work(self, work: Work) -> None:
        if self._pem is None:
            raise Down("It has no key pair yet; make one on the channel's page.")
        with Line(self._way) as line:
            while (message := work.take()) is not None:
                work.settle(self._one(line, message))

    def _one(self, line: Line, message: Message) -> Receipt:
        try:
            payload = payload_of(message)
        except Unsendable as why:
            return failed(message, str(why), "unsendable")
        with self._database.transaction() as tx:
            browsers = subscriptions(tx, self._key, [message.customer_id])
        answers = {one.subscription_id: self._ask(line, message, payload, one) for one in browsers}
        took = [number for number, (receipt, _) in answers.items() if receipt.outcome == "sent"]
        gone = [number for number, (_, is_gone) in answers.items() if is_gone]
        if took or gone:
            with self._database.transaction() as tx:
                run(tx, SQL.taken, ids=took, now=self._wall.now())
                run(tx, SQL.gone, ids=gone)
        return _best(message, [receipt for receipt, _ in answers.values()])

    def _ask(self, line: Line, message: Message, payload: bytes, to: Subscription) -> tuple[Receipt, bool]:
        asked = self.asked(payload, to)
        try:
            answer = line.request(
                "POST",
                asked.url,
                headers=asked.headers,
                content=asked.content,
                time_s=self._provider.timeout_s,
                redirects_max=0,
                cut=True,
            )
        except Refused as why:
            return failed(message, str(why)), False
        except Unanswered as why:
            if not_asked(why):
                return deferred(message, "deferred", str(why)[:300], 300.0), False
            return in_doubt(message, str(why)[:300]), False
        if answer.status in GONE:
            return failed(message, f"{answer.status}: the browser takes no notifications any more."), True
        try:
            return judged(message, answer), False
        except Down as why:
            return failed(message, str(why)), False

    def asked(self, payload: bytes, to: Subscription) -> Asked:
        assert self._pem is not None
        made = token(self._pem, to.endpoint, self._provider.contact, self._wall.now())
        headers = {
            "authorization": f"vapid t={made}, k={public_of(self._pem)}",
            "content-encoding": "aes128gcm",
            "content-type": "application/octet-stream",
            "ttl": str(self._provider.ttl_s),
            "urgency": self._provider.urgency,
        }
        return Asked(url=to.endpoint, content=sealed(payload, to.p256dh, to.auth), headers=headers)


def _best(message: Message, receipts: Sequence[Receipt]) -> Receipt:
    """One browser that took it is enough; one that may have taken it forbids to try again."""
    by_outcome: Mapping[str, Receipt] = {one.outcome: one for one in reversed(receipts)}
    if "sent" in by_outcome:
        return sent(message)
    for outcome in ("in_doubt", "deferred", "failed"):
        if outcome in by_outcome:
            return by_outcome[outcome]
    return failed(message, "No browser of this person takes notifications any more.")
