"""What access refuses, each with its code; no text holds a password, a token or a key."""

from typing import TYPE_CHECKING

from regulars.kernel import Conflict, Fault, Forbidden, Invalid, NotFound, NotSignedIn, TooMany

if TYPE_CHECKING:
    from regulars.access.decision import Decision


class NotAllowed(Forbidden):
    code = "access.not_allowed"


class NeedsApproval(Forbidden):
    """Not by oneself: the same can be asked for; `decision` says of whom."""

    code = "access.needs_approval"

    def __init__(self, decision: "Decision") -> None:
        super().__init__(decision.reason)
        self.decision = decision


class UnknownAction(Fault):
    code = "access.unknown_action"


class NoSession(NotSignedIn):
    code = "access.no_session"


class WrongCredentials(NotSignedIn):
    code = "access.wrong_credentials"


class WrongKey(NotSignedIn):
    code = "access.wrong_key"


class TooManyTries(TooMany):
    code = "access.too_many_tries"


class WrongCsrfToken(Forbidden):
    code = "access.wrong_csrf_token"


class ForeignOrigin(Forbidden):
    code = "access.foreign_origin"


class WrongSetUpCode(Forbidden):
    code = "access.wrong_set_up_code"


class AlreadySetUp(Conflict):
    code = "access.already_set_up"


class WrongInvitation(NotFound):
    code = "access.wrong_invitation"


class InvalidPerson(Invalid):
    code = "access.invalid_person"


class WeakPassword(Invalid):
    code = "access.weak_password"


class EmailTaken(Conflict):
    code = "access.email_taken"


class UnknownPerson(NotFound):
    code = "access.unknown_person"


class LastAdministrator(Conflict):
    code = "access.last_administrator"


class SoloMeansOne(Conflict):
    code = "access.solo_means_one"


class UnknownKey(NotFound):
    code = "access.unknown_key"


class InvalidKey(Invalid):
    code = "access.invalid_key"


class UnknownApproval(NotFound):
    code = "access.unknown_approval"


class OwnRequest(Forbidden):
    code = "access.own_request"


class ApprovalClosed(Conflict):
    code = "access.approval_closed"


class AlreadyDecided(Conflict):
    code = "access.already_decided"


class AlreadyAsked(Conflict):
    code = "access.already_asked"
