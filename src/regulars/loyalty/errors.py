"""What a writer of points is told when it does not work."""

from regulars.kernel import Conflict, NotFound


class InsufficientPoints(Conflict):
    code = "loyalty.insufficient_points"


class KeyConflict(Conflict):
    """The caller's id came before with another field."""

    code = "loyalty.key_conflict"


class NotReversible(Conflict):
    code = "loyalty.not_reversible"


class UnknownMember(NotFound):
    code = "loyalty.unknown_member"


class UnknownProgramme(NotFound):
    code = "loyalty.unknown_programme"


class UnknownTransfer(NotFound):
    code = "loyalty.unknown_transfer"
