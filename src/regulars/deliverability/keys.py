"""Key pairs that sign mail (DKIM): made here; the public half is published, the private one kept sealed."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from regulars import access, channels
from regulars.access import Actor
from regulars.db import Query, Statements, Tx, rows, run, values
from regulars.deliverability.records import tags_of
from regulars.kernel import Conflict, Finding, Invalid, NotFound

Algorithm = Literal["rsa", "ed25519"]
SELECTOR = re.compile(r"[a-z0-9]([a-z0-9-]{0,40}[a-z0-9])?")
DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9_]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
MANAGE = "sources.secrets"

# Puts a private key among the sealed secrets, by its name.
KeepSecret = Callable[[str, str], None]


class Sql(Statements, file="keys.sql"):
    add: Query
    taken: Query
    of_domain: Query
    forget: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """All that is told of a key pair."""

    domain: str
    selector: str
    algorithm: Algorithm
    public_key: str  # As it stands behind p= of the record.
    made_at: datetime
    made_by: str


def make_key(
    tx: Tx,
    actor: Actor,
    domain: str,
    keep: KeepSecret,
    *,
    algorithm: Algorithm = "rsa",
    selector: str = "",
    at: datetime,
    now: datetime,
) -> SigningKey:
    """Make a pair under a selector of its own; a second one beside the first is how keys are changed.

    The former keeps signing until the channel names the new selector, which is after its record is published.
    """
    access.require(actor, MANAGE)
    domain = domain.strip().lower().rstrip(".")
    taken = set(values(tx, SQL.taken, domain=domain))
    selector = selector.strip().lower() or _free(taken, now)
    _check(domain, selector)
    if selector in taken:
        raise Conflict(f"{domain} has a key with the selector {selector} already; choose another.")
    private, record = channels.new_key(algorithm)
    keep(channels.key_name(domain, selector), private)
    run(
        tx,
        SQL.add,
        domain=domain,
        selector=selector,
        algorithm=algorithm,
        public_key=tags_of(record)["p"],
        made_at=now,
        made_by=actor.name,
    )
    _recorded(tx, actor, "deliverability.key_made", domain, selector, at)
    return next(one for one in keys_of(tx, domain) if one.selector == selector)


def drop_key(
    tx: Tx, actor: Actor, domain: str, selector: str, forget: Callable[[str], None], *, at: datetime
) -> None:
    """Let a pair go that signs nothing any more."""
    access.require(actor, MANAGE)
    if not run(tx, SQL.forget, domain=domain, selector=selector):
        raise NotFound(f"{domain[:80]} has no key with the selector {selector[:40]!r}.")
    forget(channels.key_name(domain, selector))
    _recorded(tx, actor, "deliverability.key_dropped", domain, selector, at)


def keys_of(tx: Tx, domain: str) -> list[SigningKey]:
    """Newest first."""
    return rows(tx, SQL.of_domain, SigningKey, domain=domain)


def public_keys(tx: Tx, domain: str) -> Mapping[tuple[str, str], tuple[str, str]]:
    """By domain and selector, the algorithm and the public half."""
    return {(domain, one.selector): (one.algorithm, one.public_key) for one in keys_of(tx, domain)}


def _free(taken: set[str], now: datetime) -> str:
    """As in r202611, and a letter behind it for another of the same month."""
    month = f"r{now:%Y%m}"
    return next(name for name in (month, *(f"{month}{sign}" for sign in "bcdefghijk")) if name not in taken)


def _check(domain: str, selector: str) -> None:
    wrong = []
    if not DOMAIN.fullmatch(domain):
        told = "Name a domain, as mail.example.com."
        wrong.append(Finding(path="domain", code="deliverability.domain", message=told))
    if not SELECTOR.fullmatch(selector):
        told = "A selector has small letters, digits and hyphens, as in r202611."
        wrong.append(Finding(path="selector", code="deliverability.selector", message=told))
    if wrong:
        raise Invalid(wrong[0].message, wrong)


def _recorded(tx: Tx, actor: Actor, action: str, domain: str, selector: str, at: datetime) -> None:
    after = {"domain": domain, "selector": selector}
    access.recorded(tx, actor, action, subject_kind="domain", subject=domain, before=None, after=after, at=at)
