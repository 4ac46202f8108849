"""The error base: what the caller can mend, and what we broke."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing wrong at one place of an input."""

    path: str  # Where, as in "lines[2].total"; empty for the whole.
    code: str  # For machines.
    message: str  # For people: what was found and what to do.


class RegularsError(Exception):
    """The text says what was asked, what was found and what to do; the code is for machines."""

    code: ClassVar[str] = "error"


class CallerError(RegularsError):
    """The caller can mend this."""

    code = "caller"


class Fault(RegularsError):
    """We broke this, or the installation is broken; no change of the request helps."""

    code = "fault"


class Invalid(CallerError):
    """The input has findings, each at its place."""

    code = "invalid"

    def __init__(self, message: str, findings: Iterable[Finding] = ()) -> None:
        super().__init__(message)
        self.findings = tuple(findings)


class NotFound(CallerError):
    code = "not_found"


class Conflict(CallerError):
    """The state of the thing forbids what was asked."""

    code = "conflict"


class Stale(Conflict):
    """Somebody saved in between; `difference` holds (path, theirs, yours) so that nothing is lost."""

    code = "stale"

    def __init__(self, message: str, difference: Iterable[tuple[str, object, object]] = ()) -> None:
        super().__init__(message)
        self.difference = tuple(difference)


class NotSignedIn(CallerError):
    code = "not_signed_in"


class Forbidden(CallerError):
    code = "forbidden"


class TooMany(CallerError):
    """Asked too often; try again after `retry_after_s` seconds."""

    code = "too_many"

    def __init__(self, message: str, retry_after_s: int = 60) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Unavailable(CallerError):
    """Something outside does not answer; the same request may succeed later."""

    code = "unavailable"
