"""Taking what came back: each thing once, to the message it belongs to, with what follows from it.

All that one mail or one request tells is kept in one transaction; killed before its end, it comes again.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from regulars import channels, customers, messaging
from regulars.db import Query, Statements, Tx, maybe, run, values
from regulars.deliverability.media import medium_of
from regulars.deliverability.policy import BouncePolicy, bounce_policy
from regulars.deliverability.returned import Returned, one_line
from regulars.kernel import NotFound, parse_public_id
from regulars.messaging import Reached, Reaction, ReactionKind

ADDRESS = re.compile(r"[^\s<>()\[\]:;,\"]+@[^\s<>()\[\]:;,\"]+")
REACTIONS: Mapping[str, ReactionKind] = {
    "hard": "bounced",
    "soft": "bounced",
    "block": "bounced",
    "complaint": "complained",
    "auto_reply": "replied",
    "reply": "replied",
    "delivered": "delivered",
    "deferred": "deferred",
}
# What concerns nobody when it cannot be matched.
QUIET = frozenset({"other", "reply", "auto_reply", "delivered", "deferred"})
BOUNCES = frozenset({"hard", "soft", "block", "complaint", "auto_reply"})
HARD, SOFT, COMPLAINT = "hard_bounce", "soft_bounces", "complaint"
SOURCE = "mailbox provider"


class Sql(Statements, file="taking.sql"):
    take: Query
    note: Query
    erased: Query
    keep_bounces: Query
    too_often: Query
    forget_old: Query
    unmatched: Query
    outcomes: Query
    drop_unmatched: Query
    known_uids: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """One mail or one request, read."""

    via: str  # As in mailbox:main.
    digest: bytes  # Of all of it: the same again is left alone.
    told: Sequence[Returned] = ()
    trusted: bool = False  # Whoever told it proved who they are.
    uid: str = ""  # By which the mailbox names it.
    excerpt: str = ""
    sender: str = ""
    problem: str = ""  # Why it cannot be read.


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    outcome: str  # matched, unmatched, ignored, set_aside, or known: it was there before.
    kind: str = ""
    reason: str = ""
    matched: int = 0
    unmatched: int = 0
    names_erased: bool = False  # Of a message to somebody erased meanwhile, nothing else of it is kept.


@dataclass(frozen=True, slots=True, kw_only=True)
class _Match:
    told: Returned
    sent: Reached
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    mail_id: int


def take_in(tx: Tx, came: Came, *, at: datetime, now: datetime) -> Taken:
    """Keep what came back, once, and do what follows: reactions, suppression, consent withdrawn."""
    customers.hold(tx)
    row = maybe(tx, SQL.take, _Row, via=came.via, digest=came.digest, uid=came.uid, now=now)
    if row is None:
        return Taken(outcome="known")
    taken = _taken(tx, came, at) if not came.problem else Taken(outcome="set_aside", reason=came.problem)
    shown = taken.outcome in ("unmatched", "set_aside") and not taken.names_erased
    addresses = [one.addresses[0] for one in came.told if one.addresses]
    run(
        tx,
        SQL.note,
        mail_id=row.mail_id,
        outcome=taken.outcome,
        kind=taken.kind,
        reason=taken.reason,
        address=(addresses[0] if addresses else came.sender) if shown else "",
        excerpt=came.excerpt if shown else "",
    )
    return taken


def _taken(tx: Tx, came: Came, at: datetime) -> Taken:
    told = [one for one in came.told if one.kind != "other"]
    matches, left = _matches(tx, told, came)
    policy = bounce_policy(tx)
    if matches:
        _follow_up(tx, matches, policy, at)
    orphans = [(one, why) for one, why in left if one.kind not in QUIET]
    if came.trusted:
        _suppress_named(tx, [one for one, _ in orphans], at)
    gone = _of_erased(tx, [one for one, _ in orphans])
    orphans = [(one, why) for one, why in orphans if one not in gone]
    kind = next((one.kind for one in (*(match.told for match in matches), *told)), "other")
    if orphans:
        return Taken(
            outcome="unmatched",
            kind=orphans[0][0].kind,
            reason=orphans[0][1],
            matched=len(matches),
            unmatched=len(orphans),
            names_erased=bool(gone),
        )
    return Taken(outcome="matched" if matches else "ignored", kind=kind, matched=len(matches))


def _of_erased(tx: Tx, told: Sequence[Returned]) -> list[Returned]:
    """Those that name a message to somebody who was erased since: nobody keeps their mail."""
    if not told:
        return []
    secret = messaging.return_path_secret(tx)
    read = channels.read_return_path
    named = {
        one: _numbers([*one.messages, *(read(secret, path) for path in one.return_paths)]) for one in told
    }
    erased = set(values(tx, SQL.erased, send_ids=sorted(set().union(*named.values()))))
    return [one for one in told if named[one] & erased]


def _matches(tx: Tx, told: Sequence[Returned], came: Came) -> tuple[list[_Match], list[tuple[Returned, str]]]:
    """Which message each belongs to; of the rest, why it belongs to none."""
    secret = messaging.return_path_secret(tx)
    proven = {path: channels.read_return_path(secret, path) for one in told for path in one.return_paths}
    sent = messaging.went_to(
        tx, sorted(_numbers([*proven.values(), *(m for one in told for m in one.messages)]))
    )
    matches, left = [], []
    for place, one in enumerate(told):
        ours = _sends([proven[path] for path in one.return_paths], sent)
        named = _sends(one.messages, sent)
        found = next(iter(ours), None) or _by_name(tx, one, named, trusted=came.trusted)
        if found is not None:
            matches.append(_Match(told=one, sent=found, key=f"dsn:{came.digest.hex()}:{place}"))
        else:
            left.append((one, _why(named)))
    return matches, left


def _by_name(tx: Tx, one: Returned, named: Sequence[Reached], *, trusted: bool) -> Reached | None:
    """Anybody can write our ids into a mail: it counts if it also knows the address, or proved who it is."""
    if trusted:
        return next(iter(named), None)
    hashes = {messaging.address_hash(tx, address) for address in one.addresses} if named else set()
    return next((sent for sent in named if sent.address_hash in hashes), None)


def _why(named: Sequence[Reached]) -> str:
    if named:
        return "It names a message of ours and another address than it went to."
    return "It names no message of ours."


def _numbers(ids: Iterable[str | None]) -> set[int]:
    found = set()
    for one in ids:
        try:
            found.add(parse_public_id("msg", one or ""))
        except NotFound:
            continue
    return found


def _sends(ids: Iterable[str | None], sent: Mapping[int, Reached]) -> list[Reached]:
    return [sent[number] for one in ids for number in sorted(_numbers([one])) if number in sent]


def _follow_up(tx: Tx, matches: Sequence[_Match], policy: BouncePolicy, at: datetime) -> None:
    new = set(messaging.react(tx, [_reaction(match, at) for match in matches]))
    kept = [match for match in matches if match.told.kind in BOUNCES]
    run(
        tx,
        SQL.keep_bounces,
        keys=[match.key for match in kept],
        send_ids=[match.sent.send_id for match in kept],
        kinds=[match.told.kind for match in kept],
        domains=[_domain(match) for match in kept],
        codes=[match.told.code for match in kept],
        details=[_detail(match) for match in kept],
        at=at,
    )
    _suppress(tx, matches, policy, at)
    if policy.withdraw_on_complaint:
        _withdraw(tx, [match for match in matches if match.sent.send_id in new], at)


def _reaction(match: _Match, at: datetime) -> Reaction:
    kind = match.told.kind
    return Reaction(
        key=match.key,
        send_id=match.sent.send_id,
        kind=REACTIONS[kind],
        at=at,
        machine=kind == "auto_reply",
        signal="auto_reply" if kind == "auto_reply" else "",
        hard=kind == "hard",
        detail=_detail(match),
    )


def _detail(match: _Match) -> str:
    """The other side's words without the addresses in them, which nobody needs here."""
    words = ADDRESS.sub("(address)", one_line(f"{match.told.code} {match.told.detail}"))
    return words if match.sent.address_hash is not None else match.told.code


def _domain(match: _Match) -> str:
    """Of somebody erased nothing: a domain may be one person's."""
    if not match.told.addresses or match.sent.address_hash is None:
        return ""
    return match.told.addresses[0].rpartition("@")[2].lower()[:253]


def _suppress(tx: Tx, matches: Sequence[_Match], policy: BouncePolicy, at: datetime) -> None:
    """Hard bounces and complaints at once; soft ones when they have become too many."""
    for channel in sorted({match.sent.channel for match in matches}):
        medium = medium_of(tx, channel)
        ids = {
            kind: [m.sent.send_id for m in matches if m.told.kind == kind and m.sent.channel == channel]
            for kind in ("hard", "complaint", "soft")
        }
        since = at - timedelta(days=policy.soft_days)
        often = values(tx, SQL.too_often, send_ids=ids["soft"], since=since, most=policy.soft_bounces)
        for reason, sends in ((COMPLAINT, ids["complaint"]), (HARD, ids["hard"]), (SOFT, often)):
            if sends:
                messaging.suppress_reached(tx, sends, medium=medium, reason=reason, at=at)


def _suppress_named(tx: Tx, orphans: Sequence[Returned], at: datetime) -> None:
    """A provider of ours that knows the address and not the message is believed all the same."""
    for kind, reason in (("hard", HARD), ("complaint", COMPLAINT)):
        addresses = [address for one in orphans if one.kind == kind for address in one.addresses[:1]]
        if addresses:
            messaging.suppress(tx, addresses, reason=reason, at=at)


def _withdraw(tx: Tx, matches: Sequence[_Match], at: datetime) -> None:
    """A complaint says no to the whole channel; what is about an order or an account is not asked for."""
    for match in matches:
        if match.told.kind != "complaint":
            continue
        channel = medium_of(tx, match.sent.channel)
        if channel not in customers.CONSENT_CHANNELS:
            continue
        said = [customers.Statement(given=False, channel=channel)]
        try:
            customers.record(
                tx, match.sent.customer_id, said, at=at, via="server", source=SOURCE, key=match.key
            )
        except NotFound:
            continue  # Erased meanwhile.
