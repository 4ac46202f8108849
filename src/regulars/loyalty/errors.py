"""What a writer of points is told when it does not work."""

from regulars.kernel import Conflict, NotFound


class InsufficientPoints(Conflict):
    code = "loyalty.insufficient_points"


class KeyConflict(Conflict):
    """The caller's id came before with another field."""

    code = "loyalty.key_conflict"


class NotReversible(Conflict):
    code = "loyalty.not_reversible"


class Ended(Conflict):
    """The programme was closed, and the time to spend what is left is over."""

    code = "loyalty.ended"


class HoldCaptured(Conflict):
    """A hold is resolved once: it was captured before."""

    code = "loyalty.hold_captured"


class HoldVoided(Conflict):
    code = "loyalty.hold_voided"


class HoldExpired(Conflict):
    code = "loyalty.hold_expired"


class HoldTooSmall(Conflict):
    code = "loyalty.hold_too_small"


class GiftsNotAllowed(Conflict):
    code = "loyalty.gifts_not_allowed"


class NotRunning(Conflict):
    """It cannot be done to a programme as it stands: paused, running, or closed."""

    code = "loyalty.not_running"


class BooksClosed(Conflict):
    code = "loyalty.books_closed"


class UnknownHold(NotFound):
    code = "loyalty.unknown_hold"


class UnknownMember(NotFound):
    code = "loyalty.unknown_member"


class UnknownProgramme(NotFound):
    code = "loyalty.unknown_programme"


class UnknownTransfer(NotFound):
    code = "loyalty.unknown_transfer"
