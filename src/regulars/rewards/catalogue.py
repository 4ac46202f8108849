"""What a member can have: each reward with its price for them, and every reason why not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars import customers, loyalty, offers
from regulars.db import Tx, rows, value, values
from regulars.offers import Reason
from regulars.rewards.reward_record import Launched, rewards
from regulars.rewards.statements import SQL


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What counts of a member."""

    person: int
    tiers: frozenset[str]  # As in club/Gold.
    redeemed: dict[int, int]  # By reward, how often.


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    reward: Launched
    points: int  # What it costs this member.
    spendable: int
    reasons: tuple[Reason, ...]  # Why they cannot have it; empty where they can.


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    reward_id: int
    redeemed: int


def choices(tx: Tx, programme: str, customer_id: int, *, at: datetime) -> list[Choice]:
    """The catalogue for one customer; raises UnknownProgramme. Who is no member sees why they cannot."""
    body = loyalty.definition(tx, programme)
    there = [one for one in rewards(tx, programme) if one.ended_at is None]
    standing = standing_of(tx, programme, customer_id)
    spendable: dict[str, int | None] = {}
    found = []
    for one in there:
        code = one.body.currency or body.currencies[0].code
        if code not in spendable:
            spendable[code] = _spendable(tx, programme, customer_id, code, at)
        left, points = spendable[code], one.body.price(standing.tiers)
        why = [*reasons(tx, one, standing, at), *_of_points(left, points)]
        found.append(Choice(reward=one, points=points, spendable=left or 0, reasons=tuple(why)))
    return found


def can_have(tx: Tx, one: Launched, customer_id: int, at: datetime) -> bool:
    """Whether nothing hinders a redemption at this moment."""
    standing = standing_of(tx, one.programme, customer_id)
    code = one.body.currency or loyalty.definition(tx, one.programme).currencies[0].code
    left = _spendable(tx, one.programme, customer_id, code, at)
    return (left or 0) >= one.body.price(standing.tiers) and not reasons(tx, one, standing, at)


def _spendable(tx: Tx, programme: str, customer_id: int, currency: str, at: datetime) -> int | None:
    person = int(value(tx, SQL.person, customer_id=customer_id))
    member = loyalty.member(tx, person, programme=programme, at=at, currency=currency)
    return member.spendable if member else None


def _of_points(left: int | None, points: int) -> Iterator[Reason]:
    if left is None:
        yield Reason(code="no_member", words="Only members redeem rewards; enrol them first.")
    elif left < points:
        words = f"It costs {points:,} and {left:,} can be spent: {points - left:,} are missing."
        yield Reason(code="insufficient_points", words=words)


def standing_of(tx: Tx, programme: str, customer_id: int) -> Standing:
    person = int(value(tx, SQL.person, customer_id=customer_id))
    atoms = customers.atoms(tx, person)
    times = rows(tx, SQL.redeemed_by, Times, atoms=atoms)
    return Standing(
        person=person,
        tiers=frozenset(values(tx, SQL.tiers_of, person=person, programme=programme)),
        redeemed={one.reward_id: one.redeemed for one in times},
    )


def reasons(tx: Tx, one: Launched, standing: Standing, at: datetime) -> list[Reason]:
    """Everything but the points that hinders a redemption."""
    return [
        Reason(code=code, words=words)
        for code, words in (*_of_reward(one, at), *_of_member(tx, one, standing, at))
    ]


def _of_reward(one: Launched, at: datetime) -> Iterator[tuple[str, str]]:
    body = one.body
    if one.ended_at is not None:
        yield "ended", f"It ended on {one.ended_at:%-d %B %Y}."
    if body.valid_from is not None and body.valid_from > at:
        yield "not_yet", f"It begins on {body.valid_from:%-d %B %Y}."
    if body.valid_until is not None and body.valid_until <= at:
        yield "over", f"It ended on {body.valid_until:%-d %B %Y}."
    if body.counted and one.stock <= 0:
        yield "out_of_stock", "None is left."


def _of_member(tx: Tx, one: Launched, standing: Standing, at: datetime) -> Iterator[tuple[str, str]]:
    body = one.body
    if body.least_tier and not standing.tiers & _this_or_higher(tx, one):
        yield "tier", f"It is for members from {body.least_tier.partition('/')[2]} on."
    if body.who is not None and not offers.among(tx, body.who, at, [standing.person]):
        yield "not_for_them", "It is for other members."
    times = standing.redeemed.get(one.id, 0)
    if body.per_member is not None and times >= body.per_member:
        had = "once" if times == 1 else f"{times:,} times"
        yield "member_limit", f"This member had it {had}, which is the most."


def _this_or_higher(tx: Tx, one: Launched) -> frozenset[str]:
    key, _, name = one.body.least_tier.partition("/")
    sets = [found for found in loyalty.definition(tx, one.programme).tier_sets if found.key == key]
    names: Sequence[str] = [tier.name for tier in sets[0].tiers] if sets else []
    return frozenset(f"{key}/{tier}" for tier in names[names.index(name) :]) if name in names else frozenset()
