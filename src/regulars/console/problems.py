"""Which page an error becomes: one table from error class to status and words."""

import logging
import secrets
from dataclasses import dataclass, field

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from regulars.http_status import status_of
from regulars.kernel import Fault, Finding, RegularsError, TooMany

LOGGER = logging.getLogger("regulars.console")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """The page of an error."""

    status: int
    title: str
    text: str
    code: str = ""
    findings: tuple[Finding, ...] = ()
    difference: tuple[tuple[str, object, object], ...] = ()
    reference: str = ""  # What to quote to whoever runs the installation.
    headers: dict[str, str] = field(default_factory=dict)


def problem_of(error: Exception) -> Problem:
    """The page of any exception; what nobody expected is logged with the reference shown."""
    if isinstance(error, RegularsError) and not isinstance(error, Fault):
        return _known(error)
    if isinstance(error, RequestValidationError):
        return _unreadable(error)
    if isinstance(error, HTTPException):
        return _http(error)
    return _unexpected(error)


def _known(error: RegularsError) -> Problem:
    status, title = status_of(error)
    return Problem(
        status=status,
        title=title,
        text=str(error),
        code=error.code,
        findings=getattr(error, "findings", ()),
        difference=getattr(error, "difference", ()),
        headers={"Retry-After": str(error.retry_after_s)} if isinstance(error, TooMany) else {},
    )


def _unreadable(error: RequestValidationError) -> Problem:
    findings = tuple(
        Finding(path=".".join(str(part) for part in e["loc"][1:]), code=str(e["type"]), message=str(e["msg"]))
        for e in error.errors()
    )
    return Problem(
        status=422,
        title="Please check what you entered",
        text="The address or the form holds something this page cannot read.",
        findings=findings,
    )


def _http(error: HTTPException) -> Problem:
    if error.status_code == 404:  # noqa: PLR2004 - the status of "not found".
        text = "No page has this address. It may have been renamed, or the link is incomplete."
        return Problem(status=404, title="There is nothing here", text=text)
    return Problem(status=error.status_code, title="This page cannot do that", text=str(error.detail))


def _unexpected(error: Exception) -> Problem:
    reference = secrets.token_hex(4)
    LOGGER.error("A page failed, reference %s", reference, exc_info=error)
    return Problem(
        status=500,
        title="We made a mistake",
        text="The page could not be made, and nothing was changed by it. Try again; if it stays, give the "
        "reference below to whoever runs this installation: the log has the details under it.",
        reference=reference,
    )
