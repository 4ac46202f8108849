"""What a member, or who serves them, is told when a reward cannot be had."""

from collections.abc import Iterable

from regulars.kernel import Conflict, Finding, NotFound
from regulars.offers import Reason


class NotRedeemable(Conflict):
    """`reasons` has every one."""

    code = "rewards.not_redeemable"

    def __init__(self, message: str, reasons: Iterable[Reason] = ()) -> None:
        super().__init__(message)
        self.reasons = tuple(reasons)

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(Finding(path="reward", code=one.code, message=one.words) for one in self.reasons)


class UnknownReward(NotFound):
    code = "rewards.unknown_reward"


class UnknownRedemption(NotFound):
    code = "rewards.unknown_redemption"


class WrongStep(Conflict):
    """The redemption cannot go from where it is to what was asked."""

    code = "rewards.wrong_step"


class NotInStock(Conflict):
    code = "rewards.not_in_stock"


class KeyConflict(Conflict):
    """The caller's id came before with another field."""

    code = "rewards.key_conflict"
