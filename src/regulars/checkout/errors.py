"""What can stand against a call of a till, beside what loyalty and offers say."""

from typing import ClassVar

from regulars.kernel import Conflict, NotFound


class UnknownSession(NotFound):
    code: ClassVar[str] = "checkout.unknown_session"


class SessionClosed(Conflict):
    code: ClassVar[str] = "checkout.session_closed"


class KeyConflict(Conflict):
    """The id came before with another field."""

    code: ClassVar[str] = "checkout.key_conflict"


class SeveralCustomers(Conflict):
    code: ClassVar[str] = "checkout.several_customers"
