"""Secrets of connections: sealed before they are stored, opened only to be used, never shown again."""

import base64
import hashlib
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from regulars import access
from regulars.access import Actor
from regulars.db import Query, Statements, Tx, rows, run, values
from regulars.kernel import Fault, Finding, Invalid
from regulars.settings import Settings

KEY_FILE = "secret-key"
SIGNS_MAX = 20_000  # A private key has some thousand.
BOTH_VALID = timedelta(days=1)
BOUND = "for "  # Before the place, in the first line of a secret that is for one place alone.


class Sql(Statements, file="secrets.sql"):
    lock_name: Query
    end_former: Query
    insert_secret: Query
    valid: Query
    told: Query
    forget: Query
    forget_ended: Query


SQL = Sql()


class CannotOpen(Fault):
    """A stored secret was sealed with another key than this installation has."""

    code = "connections.cannot_open"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretTold:
    """All that is ever told of a secret."""

    name: str
    set_at: datetime
    set_by: str
    ends_at: datetime | None  # Set once a successor is there: until then both count.


class Vault:
    """Seals and opens with the key of the installation, which is made at the first need."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._fernet: MultiFernet | None = None

    def seal(self, text: str) -> bytes:
        return self._ready().encrypt(text.encode())

    def open(self, sealed: bytes) -> str:
        try:
            return self._ready().decrypt(bytes(sealed)).decode()
        except InvalidToken:
            raise CannotOpen(
                "A stored secret was sealed with another key than this installation has. Put back the file "
                f"{KEY_FILE} of its home or REGULARS_SECRET_KEY, or set the secret again."
            ) from None

    def _ready(self) -> MultiFernet:
        if self._fernet is None:
            self._fernet = MultiFernet([Fernet(key) for key in self._keys()])
        return self._fernet

    def _keys(self) -> list[bytes]:
        """Of several keys in the setting the first seals and all open, so that a key can be changed."""
        given = self._settings.secret_key
        texts = given.get_secret_value().replace(",", " ").split() if given else []
        return [_key_of(text) for text in texts] or [_key_of(_kept(self._settings.folder))]


def key_fingerprint(settings: Settings) -> str | None:
    """By which one tells whether two installations have the same key; None while there is none yet."""
    place = settings.folder / KEY_FILE
    given = settings.secret_key.get_secret_value().replace(",", " ").split() if settings.secret_key else []
    texts = given or ([place.read_text().strip()] if place.is_file() else [])
    if not texts:
        return None
    return hashlib.sha256(b"regulars key " + _key_of(texts[0])).hexdigest()[:16]


def _key_of(text: str) -> bytes:
    """A key of Fernet's own form is taken as it is; of any other text one is derived."""
    try:
        if len(base64.urlsafe_b64decode(text)) == 32:  # noqa: PLR2004 - bytes of a Fernet key
            return text.encode()
    except ValueError:
        pass
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())


def _kept(home: Path) -> str:
    """The key file's content; whoever comes first makes it, whole before it has its name."""
    place = home / KEY_FILE
    if not place.exists():
        home.mkdir(parents=True, exist_ok=True)
        made = home / f".{KEY_FILE}-{os.getpid()}-{os.urandom(4).hex()}"
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(Fernet.generate_key())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(made, place)
        except FileExistsError:
            pass  # Another process was first; its key counts.
        finally:
            made.unlink()
    return place.read_text().strip()


def set_secret(
    tx: Tx,
    actor: Actor,
    vault: Vault,
    name: str,
    text: str,
    *,
    at: datetime,
    now: datetime,
    former: timedelta = BOTH_VALID,
    place: str = "",
) -> None:
    """Set a secret; the one before stays valid for a while, so that the other side can change in peace.

    With a `place` it is opened for that one alone: who changes an address does not have it sent elsewhere.
    """
    access.require(actor, "sources.secrets")
    text = text.strip()
    storable = text.encode(errors="ignore").decode() == text and "\x00" not in text
    if not text or len(text) > SIGNS_MAX or not storable:
        told = f"Give the secret, at most {SIGNS_MAX:,} signs."
        raise Invalid(told, [Finding(path="secret", code="connections.secret", message=told)])
    run(tx, SQL.lock_name, name=name)
    before = told_of(tx, name, now)
    run(tx, SQL.end_former, name=name, ends_at=now + former)
    sealed = vault.seal(_bound(text, place))
    run(tx, SQL.insert_secret, name=name, sealed=sealed, set_at=now, set_by=actor.name)
    run(tx, SQL.forget_ended, now=now)
    _record(tx, actor, "secret.set", name, before=len(before), at=at)


def forget_secret(tx: Tx, actor: Actor, name: str, *, at: datetime) -> None:
    """No value counts any more."""
    access.require(actor, "sources.secrets")
    run(tx, SQL.forget, name=name)
    _record(tx, actor, "secret.forgotten", name, before=1, at=at)


def told_of(tx: Tx, name: str, now: datetime) -> list[SecretTold]:
    """Which values count, newest first; empty when none is set."""
    return rows(tx, SQL.told, SecretTold, name=name, now=now)


def opened(tx: Tx, vault: Vault, name: str, now: datetime, *, place: str = "") -> list[str]:
    """The values that count, newest first, to be used and let go; with a `place` those that are for it."""
    texts = [vault.open(sealed) for sealed in values(tx, SQL.valid, name=name, now=now)]
    mark = _bound("", place)
    return [text.removeprefix(mark) for text in texts if text.startswith(mark)]


def given_for_another(place: str) -> str:
    """What is said where a secret is set and is not for this place."""
    return (
        f"The password or key was given for another place than {place}, and is shown to that one alone. "
        "Set it again for this one."
    )


def _bound(text: str, place: str) -> str:
    return f"{BOUND}{place}\n{text}" if place else text


def _record(tx: Tx, actor: Actor, action: str, name: str, *, before: int, at: datetime) -> None:
    kind, key = name.split("/", 1)
    access.recorded(
        tx, actor, action, subject_kind=kind, subject=key, before={"valid": before}, after=None, at=at
    )
