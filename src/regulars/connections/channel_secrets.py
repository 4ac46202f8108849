"""Secrets of channels: shown to their provider alone; key pairs and signing secrets are made here."""

import base64
import secrets as chance
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from regulars import channels, definitions
from regulars.access import Actor
from regulars.channels import CHANNEL, ChannelBody, Provider, WebPush
from regulars.channels import Webhook as WebhookProvider
from regulars.connections.secrets import SecretTold, Vault, forget_secret, set_secret, told_of
from regulars.db import Tx
from regulars.kernel import Finding, Invalid, NotFound

BYTES = 32
SIGNING = "whsec_"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSecret:
    """What a provider needs, and whether it is there."""

    provider: str
    word: str  # As in "password"; empty where it needs none.
    made_here: bool
    told: SecretTold | None


def channel_secrets(tx: Tx, key: str, body: ChannelBody, now: datetime) -> tuple[ProviderSecret, ...]:
    """Of each provider, in their order."""
    return tuple(
        ProviderSecret(
            provider=one.name,
            word=channels.secret_word(one),
            made_here=isinstance(one, WebPush | WebhookProvider),
            told=next(iter(told_of(tx, channels.secret_name(key, one.name), now)), None),
        )
        for one in body.providers
    )


def missing_keys(tx: Tx, body: ChannelBody, now: datetime) -> list[str]:
    """Of the signatures of a channel those whose private key is not there."""
    names = {f"{one.domain}/{one.selector}": channels.key_name(one.domain, one.selector) for one in body.dkim}
    return [shown for shown, name in names.items() if not told_of(tx, name, now)]


def set_channel_secret(
    tx: Tx, actor: Actor, vault: Vault, key: str, provider: str, text: str, *, at: datetime, now: datetime
) -> str:
    """Set what a provider needs; what is made here is given this once, of a key pair its public half."""
    one = _provider(tx, key, provider)
    word, shown = channels.secret_word(one), ""
    if not word:
        told = f"“{provider}” needs no secret."
        raise Invalid(told, [Finding(path="secret", code="channels.no_secret", message=told)])
    if isinstance(one, WebPush):
        text = channels.new_pair()
        shown = channels.public_of(text)
    elif isinstance(one, WebhookProvider):
        text = shown = SIGNING + base64.b64encode(chance.token_bytes(BYTES)).decode()
    name, place = channels.secret_name(key, provider), channels.place_of(one)
    set_secret(tx, actor, vault, name, text, at=at, now=now, place=place)
    return shown


def forget_channel_secret(tx: Tx, actor: Actor, key: str, provider: str, *, at: datetime) -> None:
    """Nothing is sent by it any more."""
    forget_secret(tx, actor, channels.secret_name(key, provider), at=at)


def _provider(tx: Tx, key: str, name: str) -> Provider:
    found = definitions.draft(tx, CHANNEL, key) or definitions.get(tx, CHANNEL, key)
    by_name: Mapping[str, Provider] = {one.name: one for one in found.body.providers}
    if name not in by_name:
        known = ", ".join(by_name)
        raise NotFound(f"“{found.title}” has no provider {name[:80]!r}; it has {known}.")
    return by_name[name]
