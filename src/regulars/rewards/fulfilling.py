"""A redeemed reward on its way: confirmed, ready, sent, handed over, or cancelled with everything back."""

from datetime import datetime

from regulars import access, loyalty, offers
from regulars.access import Actor
from regulars.customers import hold
from regulars.db import Tx, run
from regulars.kernel import Finding, Invalid
from regulars.rewards.errors import NotRedeemable, WrongStep
from regulars.rewards.model import WAYS
from regulars.rewards.redeeming import Refused, handed_out, record, tell_redeemed
from regulars.rewards.redemption_record import Redemption, redemption
from regulars.rewards.reward_record import reward
from regulars.rewards.statements import SQL
from regulars.rewards.telling import note_step, tell
from regulars.rewards.words import STATES

STATES_ASKED = ("ready", "sent", "handed_over", "cancelled")
NOTE_SIGNS_MAX = 500


def set_state(
    tx: Tx, actor: Actor, redemption_id: int, state: str, *, at: datetime, note: str = ""
) -> Redemption:
    """Move a redemption on; what it is already changes nothing. Raises WrongStep for what is not ahead."""
    if state not in STATES_ASKED or len(note) > NOTE_SIGNS_MAX:
        message = f"A state is one of {', '.join(STATES_ASKED)}; found {state[:40]!r}."
        raise Invalid(message, [Finding(path="state", code="rewards.unknown", message=message)])
    if state == "cancelled":
        return cancel(tx, actor, redemption_id, at=at, note=note)
    access.require(actor, "rewards.fulfil", scope=_scope(tx, redemption_id), solo=access.solo(tx))
    found = locked(tx, redemption_id)
    if found.state == state:
        return found
    if state not in found.steps_left:
        left = ", ".join(STATES[one].lower() for one in found.steps_left) or "nothing"
        raise WrongStep(
            f"{found.public_id} is {STATES[found.state].lower()} and was to be {STATES[state].lower()}; "
            f"what is left is {left}."
        )
    return _moved(tx, actor, found, state, at=at, note=note)


def cancel(tx: Tx, actor: Actor, redemption_id: int, *, at: datetime, note: str = "") -> Redemption:
    """Points go back into their lots, the piece into stock, its code is withdrawn; once.

    Raises NotUsable of offers where the code was used already.
    """
    access.require(actor, "rewards.cancel", scope=_scope(tx, redemption_id), solo=access.solo(tx))
    hold(tx)
    found = locked(tx, redemption_id)
    if found.state in ("cancelled", "lapsed"):
        return found
    give_back(tx, found, at=at, actor=actor.name, reason=note or "Redemption cancelled")
    return _moved(tx, actor, found, "cancelled", at=at, note=note)


def give_back(tx: Tx, found: Redemption, *, at: datetime, actor: str, reason: str) -> None:
    key = f"reward-cancelled:{found.id}"
    if found.state == "held" and found.hold_id is not None:
        loyalty.void_hold(tx, found.programme, found.hold_id, key=key, at=at, reason=reason, actor=actor)
    if found.transfer_id is not None:
        shared = {"key": key, "at": at, "reason": reason, "actor": actor}
        loyalty.reverse(tx, found.programme, found.transfer_id, **shared)  # type: ignore[arg-type]
    if found.takes_stock:
        run(tx, SQL.give_stock, reward_id=found.reward_id)
    if found.code_id is not None:
        offers.withdraw(tx, found.code_id, at=at, actor=actor)


def confirm(tx: Tx, actor: Actor, redemption_id: int, *, at: datetime) -> Redemption:
    """What was held is paid for; again, nothing changes. Raises NotRedeemable where the time was over."""
    access.require(actor, "rewards.redeem", scope=_scope(tx, redemption_id), solo=access.solo(tx))
    hold(tx)
    found = locked(tx, redemption_id)
    if found.state != "held":
        if found.state in ("cancelled", "lapsed"):
            raise NotRedeemable(f"{found.public_id} is {STATES[found.state].lower()}; redeem it anew.")
        return found
    if found.holds_until is not None and found.holds_until <= at:
        raise NotRedeemable(
            f"{found.public_id} was held until {found.holds_until:%H:%M} UTC; redeem it anew."
        )
    key = f"reward-confirmed:{found.id}"
    transfer_id = None
    if found.hold_id is not None:
        receipt = loyalty.capture_hold(
            tx, found.programme, found.hold_id, key=key, at=at, actor=actor.name
        ).confirmed()
        transfer_id = receipt.transfer_id
    one = reward(tx, found.reward)
    code_id = None
    if one.body.fulfilment == "code":
        try:
            code_id = handed_out(tx, one, found.customer_id, key=key, at=at, actor=actor.name)
        except Refused as refused:
            raise NotRedeemable(refused.reasons[0].words, refused.reasons) from refused
    state = WAYS[one.body.fulfilment][0]
    asked = {"redemption_id": found.id, "state": state, "transfer_id": transfer_id}
    run(tx, SQL.confirm, code_id=code_id, at=at, **asked)
    note_step(tx, found.id, state, at=at, actor=actor.name, note=None)
    made = redemption(tx, found.id)
    tell_redeemed(tx, made, at)
    record(tx, actor, "rewards.confirm", made, at)
    return made


def locked(tx: Tx, redemption_id: int) -> Redemption:
    run(tx, SQL.lock_redemption, redemption_id=redemption_id)
    return redemption(tx, redemption_id)


def _scope(tx: Tx, redemption_id: int) -> str:
    return loyalty.scope_of(tx, redemption(tx, redemption_id).programme)


def _moved(tx: Tx, actor: Actor, found: Redemption, state: str, *, at: datetime, note: str) -> Redemption:
    run(tx, SQL.step, redemption_id=found.id, state=state, at=at)
    note_step(tx, found.id, state, at=at, actor=actor.name, note=note.strip() or None)
    told = {"state": state, "before": found.state}
    tell(tx, "state_changed", f"{found.id}/{state}", found, at, told)
    record(tx, actor, f"rewards.{'cancel' if state == 'cancelled' else 'fulfil'}", found, at, state)
    return redemption(tx, found.id)
