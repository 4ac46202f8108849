"""Points for a reward: spent, taken from stock, its code handed out; all of it or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from regulars import access, audit, loyalty, offers
from regulars.access import Actor
from regulars.customers import hold
from regulars.db import Tx, run, value
from regulars.kernel import Conflict, public_id
from regulars.offers import Reason
from regulars.rewards.catalogue import reasons, standing_of
from regulars.rewards.errors import NotRedeemable
from regulars.rewards.keys import claim, settle
from regulars.rewards.lapsing import lapse_due
from regulars.rewards.model import WAYS
from regulars.rewards.redemption_record import PREFIX, Redemption, redemption
from regulars.rewards.reward_record import Launched, reward
from regulars.rewards.statements import SQL
from regulars.rewards.telling import note_step, tell

ACTION = "rewards.redeem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Redeemed:
    """The answer to a redemption, the same for every repeat of its id."""

    reward: str
    redemption_id: int | None = None
    points: int = 0
    reasons: tuple[Reason, ...] = ()

    @property
    def public_id(self) -> str | None:
        return public_id(PREFIX, self.redemption_id) if self.redemption_id is not None else None

    def confirmed(self) -> "Redeemed":
        """Itself where it worked; raises NotRedeemable otherwise. Commit before, so the refusal stays."""
        if not self.reasons:
            return self
        said = " ".join(one.words for one in self.reasons)
        raise NotRedeemable(f"The reward {self.reward} cannot be had. {said}", self.reasons)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One redemption on its way."""

    key: str
    at: datetime
    actor: Actor | None
    automatic: bool = False

    @property
    def name(self) -> str | None:
        return self.actor.name if self.actor else None


class Refused(Exception):
    def __init__(self, found: Sequence[Reason]) -> None:
        super().__init__()
        self.reasons = tuple(found)


def redeem(
    tx: Tx,
    actor: Actor | None,
    programme: str,
    reward_key: str,
    customer_id: int,
    *,
    key: str,
    at: datetime,
    automatic: bool = False,
) -> Redeemed:
    """Spend points for a reward, or refuse as a whole with every reason: see `Redeemed.confirmed`.

    The same key and fields give the first answer again, a refusal too. Without an actor the member does it.
    """
    return _answered(
        tx,
        "redeem",
        programme,
        reward_key,
        customer_id,
        Deed(key=key, at=at, actor=actor, automatic=automatic),
    )


def reserve(
    tx: Tx,
    actor: Actor | None,
    programme: str,
    reward_key: str,
    customer_id: int,
    *,
    key: str,
    at: datetime,
) -> Redeemed:
    """Hold points and one of the stock until `confirm`, `cancel`, or the reward's time is over."""
    return _answered(tx, "reserve", programme, reward_key, customer_id, Deed(key=key, at=at, actor=actor))


def _answered(tx: Tx, verb: str, programme: str, reward_key: str, customer_id: int, deed: Deed) -> Redeemed:
    if deed.actor is not None:
        access.require(deed.actor, ACTION, scope=loyalty.scope_of(tx, programme), solo=access.solo(tx))
    hold(tx)
    fields = {"deed": verb, "programme": programme, "reward": reward_key, "customer": customer_id}
    before = claim(tx, deed.key, fields, customer_id)
    if before is not None:
        why = tuple(Reason(code=code, words=words) for code, words in before.pop("reasons"))
        return Redeemed(reasons=why, **before)
    one = reward(tx, reward_key)
    if one.body.counted and one.stock == 0 and lapse_due(tx, deed.at):
        one = reward(tx, reward_key)
    try:
        with tx.transaction():
            made = _made(tx, one, customer_id, deed, held=verb == "reserve")
            redeemed = Redeemed(reward=reward_key, redemption_id=made.id, points=made.points)
    except Refused as refused:
        redeemed = Redeemed(reward=reward_key, reasons=refused.reasons)
    why_not = [[one.code, one.words] for one in redeemed.reasons]
    plain = {"reward": reward_key, "redemption_id": redeemed.redemption_id, "points": redeemed.points}
    settle(tx, deed.key, plain | {"reasons": why_not})
    return redeemed


def _made(tx: Tx, one: Launched, customer_id: int, deed: Deed, *, held: bool) -> Redemption:
    person = int(value(tx, SQL.person, customer_id=customer_id))
    value(tx, SQL.lock_customer, reward_id=one.id, person=person)
    standing = standing_of(tx, one.programme, customer_id)
    found = reasons(tx, one, standing, deed.at)
    if found:
        raise Refused(found)
    points = one.body.price(standing.tiers)
    paid = _hold(tx, one, customer_id, points, deed) if held else _spend(tx, one, customer_id, points, deed)
    if one.body.counted and not run(tx, SQL.take_stock, reward_id=one.id):
        raise Refused([Reason(code="out_of_stock", words="Somebody else took the last one.")])
    code_id = None if held else _code(tx, one, customer_id, deed)
    state = "held" if held else WAYS[one.body.fulfilment][0]
    redemption_id = int(
        value(
            tx,
            SQL.save_redemption,
            reward_id=one.id,
            version=one.version,
            programme=one.programme,
            customer_id=customer_id,
            state=state,
            points=points,
            currency=_currency(tx, one),
            code_id=code_id,
            takes_stock=one.body.counted,
            cost=one.body.cost_minor,
            money=one.body.money or None,
            automatic=deed.automatic,
            at=deed.at,
            holds_until=deed.at + timedelta(minutes=one.body.hold_minutes) if held else None,
            actor=deed.name,
            **paid,
        )
    )
    note_step(tx, redemption_id, state, at=deed.at, actor=deed.name, note=None)
    made = redemption(tx, redemption_id)
    if not held:
        tell_redeemed(tx, made, deed.at)
    if deed.actor is not None and not deed.actor.is_system:
        record(tx, deed.actor, "rewards.redeem", made, deed.at)
    return made


def _currency(tx: Tx, one: Launched) -> str:
    return one.body.currency or loyalty.definition(tx, one.programme).currencies[0].code


def _spend(tx: Tx, one: Launched, customer_id: int, points: int, deed: Deed) -> dict[str, Any]:
    if points == 0:
        return {"transfer_id": None, "hold_id": None}
    try:
        receipt = loyalty.spend(
            tx,
            one.programme,
            customer_id,
            points,
            key=key_of(one, deed.key),
            at=deed.at,
            currency=one.body.currency or None,
            reason=f"Reward: {one.body.name}",
            actor=deed.name,
        )
    except loyalty.UnknownMember as stranger:
        words = "Only members redeem rewards; enrol them first."
        raise Refused([Reason(code="no_member", words=words)]) from stranger
    if receipt.outcome != "posted":
        raise Refused([missing(points, receipt.available)])
    return {"transfer_id": receipt.transfer_id, "hold_id": None}


def _hold(tx: Tx, one: Launched, customer_id: int, points: int, deed: Deed) -> dict[str, Any]:
    if points == 0:
        return {"transfer_id": None, "hold_id": None}
    try:
        receipt = loyalty.place_hold(
            tx,
            one.programme,
            customer_id,
            points,
            key=key_of(one, deed.key),
            at=deed.at,
            currency=one.body.currency or None,
            expires_at=deed.at + timedelta(minutes=one.body.hold_minutes),
            reason=f"Reward: {one.body.name}",
            actor=deed.name,
        )
    except loyalty.UnknownMember as stranger:
        words = "Only members redeem rewards; enrol them first."
        raise Refused([Reason(code="no_member", words=words)]) from stranger
    if receipt.outcome != receipt.wanted:
        raise Refused([missing(points, receipt.available)])
    return {"transfer_id": None, "hold_id": receipt.hold_id}


def key_of(one: Launched, key: str) -> str:
    """The id in the ledger; of a long one its end."""
    return f"reward:{one.key}:{key}"[-200:]


def missing(points: int, available: int) -> Reason:
    words = f"It costs {points:,} and {available:,} can be spent: {points - available:,} are missing."
    return Reason(code="insufficient_points", words=words)


def _code(tx: Tx, one: Launched, customer_id: int, deed: Deed) -> int | None:
    if one.body.fulfilment != "code":
        return None
    return handed_out(tx, one, customer_id, key=f"reward:{one.key}:{deed.key}", at=deed.at, actor=deed.name)


def handed_out(tx: Tx, one: Launched, customer_id: int, *, key: str, at: datetime, actor: str | None) -> int:
    """A code of the reward's pool; raises Refused where none is left."""
    try:
        return offers.issue(tx, one.body.pool, customer_id, key=key[-200:], at=at, actor=actor).id
    except (offers.NoCodesLeft, offers.NotUsable, offers.PoolEnded, offers.UnknownPool) as none_left:
        if isinstance(none_left, Conflict | offers.UnknownPool):
            raise Refused([Reason(code="out_of_codes", words=str(none_left))]) from none_left
        raise


def tell_redeemed(tx: Tx, made: Redemption, at: datetime) -> None:
    code = public_id(offers.PREFIX, made.code_id) if made.code_id is not None else None
    told = {"code": code, "automatic": made.automatic}
    tell(tx, "redeemed", str(made.id), made, at, told)


def record(
    tx: Tx, actor: Actor, action: str, made: Redemption, at: datetime, state: str | None = None
) -> None:
    """Who redeemed for a member, or moved it on, stands in the audit."""
    audit.record(
        tx,
        actor_id=actor.person_id,
        actor_name=actor.name,
        action=action,
        subject_kind="redemption",
        subject=made.public_id,
        before=None,
        after={"reward": made.reward, "points": made.points, "state": state or made.state},
        at=at,
        via=actor.via,
    )
