"""What somebody with a code is told when it does not work."""

from collections.abc import Iterable
from dataclasses import dataclass

from regulars.kernel import Conflict, Finding, NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing that hinders the use of a code."""

    code: str  # For machines, as in "used_up".
    words: str


class NotUsable(Conflict):
    """The code is known and cannot be used; `reasons` has every one."""

    code = "offers.not_usable"

    def __init__(self, message: str, reasons: Iterable[Reason] = ()) -> None:
        super().__init__(message)
        self.reasons = tuple(reasons)

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(Finding(path="code", code=one.code, message=one.words) for one in self.reasons)


class UnknownCode(NotFound):
    """No such code: mistyped, or guessed."""

    code = "offers.unknown_code"


class UnknownPool(NotFound):
    code = "offers.unknown_pool"


class UnknownUse(NotFound):
    code = "offers.unknown_use"


class NoCodesLeft(Conflict):
    code = "offers.no_codes_left"


class KeyConflict(Conflict):
    """The caller's id came before with another field."""

    code = "offers.key_conflict"
