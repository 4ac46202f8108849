"""From a body and its opened secrets to what is asked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from regulars.channels.body import ChannelBody, Http, Provider, Ses, Smtp, Twilio, Webhook, WebPush
from regulars.channels.carrying import Way
from regulars.channels.composing import Composer
from regulars.channels.dkim import Signer, read_key
from regulars.channels.hook import HookWay
from regulars.channels.push import PushWay
from regulars.channels.request import RequestWay
from regulars.channels.ses import SesWay
from regulars.channels.smtp import SmtpWay
from regulars.channels.twilio import TwilioWay
from regulars.db import Database, Tx
from regulars.kernel import Clock
from regulars.outgoing import WayOut

# The secret of this name that is for this place, if one is set.
Secret = Callable[[Tx, str, str], str | None]
CALLBACKS = "/ch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """Opened, for as long as the channel stands."""

    providers: Mapping[str, str | None]
    keys: Mapping[str, str | None]  # By domain/selector.
    returning: bytes

    @property
    def mark(self) -> str:
        """By which one tells whether any of them changed."""
        told = f"{sorted(self.providers.items())}{sorted(self.keys.items())}"
        return sha256(told.encode() + self.returning).hexdigest()


def secret_name(key: str, provider: str) -> str:
    """Under which the secret of a provider is kept sealed."""
    return f"channel/{key}.{provider}"


def key_name(domain: str, selector: str) -> str:
    """Under which the private key of a signature is kept sealed."""
    return f"dkim/{domain}/{selector}"


def secrets_of(
    tx: Tx, secret: Secret, key: str, body: ChannelBody, place_of: Callable[[Provider], str], returning: bytes
) -> Secrets:
    return Secrets(
        providers={one.name: secret(tx, secret_name(key, one.name), place_of(one)) for one in body.providers},
        keys={
            f"{one.domain}/{one.selector}": secret(tx, key_name(one.domain, one.selector), "")
            for one in body.dkim
        },
        returning=returning,
    )


def composer_of(body: ChannelBody, secrets: Secrets) -> Composer:
    """Keys that are not there sign nothing: the letter leaves, and the channel's page says so."""
    found = [(one, secrets.keys.get(f"{one.domain}/{one.selector}")) for one in body.dkim]
    signers = [Signer(one.domain.lower(), one.selector, read_key(pem)) for one, pem in found if pem]
    return Composer(body=body, signers=tuple(signers), returning=secrets.returning)


def ways_of(
    key: str,
    body: ChannelBody,
    secrets: Secrets,
    *,
    way: WayOut,
    database: Database,
    wall: Clock,
    address: str,
) -> Sequence[Way]:
    composer, made = composer_of(body, secrets), list[Way]()
    for one in body.providers:
        secret = secrets.providers[one.name]
        match one:
            case Smtp():
                made.append(SmtpWay(one, composer, secret, way=way))
            case Ses():
                made.append(SesWay(one, composer, secret, way=way, wall=wall))
            case Http():
                made.append(RequestWay(one, composer, secret, way=way))
            case Twilio():
                callback = f"{address}{CALLBACKS}/{key}/texts/{one.name}/status" if address else ""
                made.append(TwilioWay(one, secret, way=way, callback=callback))
            case WebPush():
                made.append(PushWay(key, one, secret, way=way, database=database, wall=wall))
            case Webhook():
                made.append(HookWay(key, one, secret, way=way, wall=wall))
    return made
