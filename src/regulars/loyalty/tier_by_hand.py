"""Members invited to a tier, or put on one by hand: for a while, for good, until the next review; audited."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from regulars import access, audit
from regulars.access import Actor
from regulars.customers import hold
from regulars.db import Query, Statements, Tx, maybe, run, value
from regulars.kernel import Finding, Invalid, public_id
from regulars.loyalty.errors import UnknownMember
from regulars.loyalty.posting import newest
from regulars.loyalty.scope import scope_of

ACTION = "loyalty.place"
DAYS_MAX = 36_500


class Sql(Statements, file="tier_by_hand.sql"):
    placed: Query
    place: Query
    note: Query
    figure: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    programme: str
    customer_id: int
    tier_set: str
    tier: str  # By its name.
    reason: str
    until: datetime | None = None  # None: as long as the set says; of an invitation, until it is ended.
    exempt: bool = False  # No review ever goes below.


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    member_id: int
    customer_id: int
    tier: int
    valid_until: datetime | None
    kept_tier: int | None
    names: list[str]
    counts: str


def place_by_hand(tx: Tx, actor: Actor, placing: Placing, *, at: datetime) -> None:
    """Put a member on a tier of any set, invitations included; above and below what figures say."""
    _check(placing, at)
    access.require(actor, ACTION, scope=scope_of(tx, placing.programme))
    hold(tx)
    programme_id = newest(tx, placing.programme).programme_id
    stands = _stands(tx, programme_id, placing.programme, placing.customer_id, placing.tier_set)
    if placing.tier not in stands.names:
        raise _refused("tier", f"The set has no tier {placing.tier!r}; it has {', '.join(stands.names)}.")
    number = stands.names.index(placing.tier) + 1
    kept = number if placing.exempt else None
    _put(tx, programme_id, placing.tier_set, stands, number, kept=kept, until=placing.until, at=at)
    said = {"tier": placing.tier, "exempt": placing.exempt}
    if placing.until:
        said["until"] = placing.until.isoformat()
    _audit(tx, actor, placing.programme, placing.tier_set, stands, said, placing.reason, at)


def end_by_hand(
    tx: Tx, actor: Actor, programme: str, customer_id: int, tier_set: str, *, reason: str, at: datetime
) -> str:
    """End an invitation, or a place held by hand: the member goes where the figures say. Gives that tier."""
    if not reason.strip():
        raise _refused("reason", "Say why, so that others can read it later.")
    access.require(actor, ACTION, scope=scope_of(tx, programme))
    hold(tx)
    programme_id = newest(tx, programme).programme_id
    stands = _stands(tx, programme_id, programme, customer_id, tier_set)
    place = {"programme_id": programme_id, "member_id": stands.member_id, "tier_set": tier_set}
    number = 1 if stands.counts == "invitation" else int(value(tx, SQL.figure, at=at, **place))
    _put(tx, programme_id, tier_set, stands, number, kept=None, until=None, at=at)
    _audit(tx, actor, programme, tier_set, stands, {"tier": stands.names[number - 1]}, reason, at)
    return stands.names[number - 1]


def _check(placing: Placing, at: datetime) -> None:
    if not placing.reason.strip():
        raise _refused("reason", "Say why, so that others can read it later.")
    if placing.until is not None and not at < placing.until < at + timedelta(days=DAYS_MAX):
        found = placing.until.isoformat()
        raise _refused("until", f"A place ends later than now, in our times; found {found}.")
    if placing.until is not None and placing.exempt:
        raise _refused("exempt", "A place that ends is no exemption from reviews; ask for one of both.")


def _stands(tx: Tx, programme_id: int, programme: str, customer_id: int, tier_set: str) -> Placed:
    place = {"programme_id": programme_id, "customer_id": customer_id, "tier_set": tier_set}
    found = maybe(tx, SQL.placed, Placed, **place)
    if found is None:
        who = public_id("cus", customer_id)
        raise UnknownMember(f"{who} is no member of {programme}, or it has no tier set {tier_set[:80]!r}.")
    return found


def _put(
    tx: Tx,
    programme_id: int,
    tier_set: str,
    stands: Placed,
    number: int,
    *,
    kept: int | None,
    until: datetime | None,
    at: datetime,
) -> None:
    place = {"programme_id": programme_id, "member_id": stands.member_id, "tier_set": tier_set, "at": at}
    run(tx, SQL.place, tier=number, kept_tier=kept, until=until, **place)
    if number != stands.tier:
        value(tx, SQL.note, customer_id=stands.customer_id, before=stands.tier, tier=number, **place)


def _audit(
    tx: Tx,
    actor: Actor,
    programme: str,
    tier_set: str,
    stands: Placed,
    said: dict[str, object],
    reason: str,
    at: datetime,
) -> None:
    audit.record(
        tx,
        actor_id=actor.person_id,
        actor_name=actor.name,
        action=ACTION,
        subject_kind="member",
        subject=f"{programme}/{public_id('cus', stands.customer_id)}",
        before={
            "tier_set": tier_set,
            "tier": stands.names[stands.tier - 1],
            "exempt": stands.kept_tier is not None,
        },
        after={"tier_set": tier_set, **said},
        at=at,
        via=actor.via,
        reason=reason,
    )


def _refused(path: str, message: str) -> Invalid:
    return Invalid(message, [Finding(path=path, code="range", message=message)])
