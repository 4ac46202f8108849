"""Errors as problem details (RFC 9457), all of them in one form."""

import json
import logging
import re
import secrets
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from regulars.api.shapes import Out
from regulars.http_status import status_of
from regulars.kernel import Fault, NotSignedIn, RegularsError, Stale, TooMany

LOGGER = logging.getLogger("regulars.api")
MEDIA_TYPE = "application/problem+json"
PRECONDITION_FAILED = 412
FOUND_MAX = 60
SECRET = re.compile(r"(?i)password|secret|token|(^|[._])key$|credential|authori[sz]ation|(^|[._])code")
WORDS = {
    400: "The body cannot be read: send JSON in UTF-8.",
    404: "Nothing has this address; /api/v1/openapi.json lists what there is.",
    405: "This address does not take the method; the header Allow lists those it takes.",
    413: "The body is too large; divide it.",
    415: "Send the body as application/json.",
}


class Found(Out):
    path: str = Field(description="Where, as in lines[2].total; empty for the whole.", examples=["limit"])
    code: str = Field(description="For machines.", examples=["range"])
    message: str = Field(description="For people: what was found and what to do.")


class Differs(Out):
    path: str
    theirs: Any = None
    yours: Any = None


class Problem(Out):
    """Problem details as RFC 9457 has them."""

    type: str = Field(examples=["about:blank"])
    title: str = Field(examples=["There is nothing here"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["There is no customer cus_z8; search by name or id."])
    code: str = Field(description="For machines; additive only.", examples=["not_found"])
    findings: tuple[Found, ...] | None = Field(default=None, description="What is wrong, each at its place.")
    difference: tuple[Differs, ...] | None = Field(
        default=None, description="Where what was saved in between differs from yours."
    )
    reference: str | None = Field(
        default=None, description="Of an error of ours: the log has the details under it."
    )


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems an address may answer with, for OpenAPI."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def problem(
    status: int,
    detail: str,
    *,
    code: str,
    title: str | None = None,
    headers: dict[str, str] | None = None,
    findings: Iterable[Found] = (),
    difference: Iterable[Differs] = (),
    reference: str | None = None,
) -> Response:
    told = Problem(
        type="about:blank",
        title=title or HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        findings=tuple(findings) or None,
        difference=tuple(difference) or None,
        reference=reference,
    )
    return Response(told.model_dump_json(exclude_none=True), status, headers=headers, media_type=MEDIA_TYPE)


async def of_ours(request: Request, error: Exception) -> Response:
    """An error of a room; a fault is told like anything unexpected."""
    if not isinstance(error, RegularsError) or isinstance(error, Fault):
        return await of_anything(request, error)
    status, title = status_of(error)
    if isinstance(error, Stale) and "if-match" in request.headers:
        status = PRECONDITION_FAILED
    headers = {}
    if isinstance(error, NotSignedIn):
        headers["WWW-Authenticate"] = 'Bearer realm="Regulars"'
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(error.retry_after_s)
    return problem(
        status,
        str(error),
        code=error.code,
        title=title,
        headers=headers,
        findings=[Found.model_validate(finding) for finding in getattr(error, "findings", ())],
        difference=[Differs(path=p, theirs=t, yours=y) for p, t, y in getattr(error, "difference", ())],
    )


async def of_validation(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    findings = [
        Found(path="", code="json.unreadable", message=f"The body is not JSON from sign {one['loc'][-1]} on.")
        if one["type"] == "json_invalid"
        else Found(path=_path(one["loc"]), code=str(one["type"]), message=_told(one))
        for one in error.errors()
    ]
    told = f"{len(findings)} thing{'s' if len(findings) > 1 else ''} of the request cannot be taken."
    return problem(422, told, code="request.invalid", title=status_title(422), findings=findings)


async def of_http(request: Request, error: Exception) -> Response:
    """What the framework refuses: addresses, methods, bodies it cannot read."""
    assert isinstance(error, HTTPException)
    status = error.status_code
    headers = dict(error.headers or {})
    if status == HTTPStatus.METHOD_NOT_ALLOWED and hasattr(request.app.state, "methods_at"):
        headers["Allow"] = ", ".join(request.app.state.methods_at(request.scope))
    return problem(
        status,
        WORDS.get(status, str(error.detail)),
        code=f"http.{HTTPStatus(status).phrase.lower().replace(' ', '_')}",
        headers=headers,
    )


async def of_anything(_request: Request, error: Exception) -> Response:
    reference = secrets.token_hex(4)
    LOGGER.error("A request failed, reference %s", reference, exc_info=error)
    return problem(
        500,
        "The request could not be answered, and nothing was changed by it. If it stays so, give the "
        "reference to whoever runs this installation: the log has the details under it.",
        code="fault",
        title="We made a mistake",
        reference=reference,
    )


def status_title(status: int) -> str:
    return {422: "Please check what you entered"}.get(status, HTTPStatus(status).phrase)


def _path(place: Iterable[str | int]) -> str:
    """The library's place without what says only that it was a query or a body: lines[2].total."""
    first, *rest = place
    told = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in rest).lstrip(".")
    return told or ("" if first == "body" else str(first))


def _told(one: Mapping[str, Any]) -> str:
    """What was asked, and what was found there: shortened, and never of what may be a secret."""
    asked = _plain(str(one["msg"])).rstrip(".")
    if one["type"] == "missing":
        return f"{asked}: it was not sent."
    if "input" not in one or isinstance(one["input"], dict | list) or SECRET.search(_path(one["loc"])):
        return f"{asked}."
    found = json.dumps(one["input"], ensure_ascii=False, default=str)
    found = found.encode("utf-8", "replace").decode()
    shown = found if len(found) <= FOUND_MAX else f"{found[:FOUND_MAX]}…"
    return asked + "." if shown in asked else f"{asked}; found {shown}."


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ").encode("utf-8", "replace").decode()
