"""A request on its way in: who asks, what they may, and the transaction of the answer."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException
from starlette.requests import Request

from regulars import access
from regulars.access import Actor
from regulars.api.problems import documented
from regulars.api.shapes import storable
from regulars.app import App
from regulars.db import Tx
from regulars.kernel import Finding, Invalid, NotSignedIn

PERMISSION, JUDGED = "x-permission", "x-permission-judged-by"
ALWAYS = documented(401, 403, 404, 422, 429, 503)
SAFE = frozenset({"GET", "HEAD"})
CREDENTIALS_SIGNS_MAX = 200
UNSUPPORTED_MEDIA_TYPE = 415
TILL_LEVEL = 2
bearer = HTTPBearer(
    auto_error=False, scheme_name="key", description="An API key, made in the console under Settings, Keys."
)


class NoCredentials(NotSignedIn):
    code = "access.no_credentials"


def resource(tag: str) -> APIRouter:
    """A router for a domain's addresses."""
    return APIRouter(tags=[tag], responses=ALWAYS, generate_unique_id_function=_operation)


def _operation(route: APIRoute) -> str:
    return f"{str(route.tags[0]).replace(' ', '_')}.{route.name}"


def permission(action: str, *, by: Literal["table", "room"] = "table") -> dict[str, Any]:
    """What an address takes; `by` the room where kind, scope or amount count, which the room knows."""
    return {PERMISSION: action} | ({JUDGED: by} if by == "room" else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """Somebody who may, inside the transaction of what they do."""

    tx: Tx
    actor: Actor
    at: datetime  # By the business clock.
    now: datetime  # By the wall clock.
    app: App
    csrf: str | None = None  # Of a console session.
    of_one: bool = True  # Whether the address names one customer.

    def may(self, action: str) -> bool:
        return access.allows(self.actor, action).outcome == "yes"

    @property
    def lists_as_till(self) -> bool:
        """A till's key serves who stands before it; what lists several people is masked for it."""
        return self.actor.is_key and self.actor.level <= TILL_LEVEL and not self.of_one

    @property
    def sees_contacts(self) -> bool:
        return not self.lists_as_till and self.may("customers.view_contacts")

    def record(
        self, action: str, *, kind: str, subject: str, after: Mapping[str, object] | None = None
    ) -> None:
        """Write into the audit what a room without people of its own does not."""
        access.recorded(
            self.tx,
            self.actor,
            action,
            subject_kind=kind,
            subject=subject,
            before=None,
            after=after,
            at=self.at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    app: App
    request: Request
    key: str | None
    cookie: str | None

    @contextmanager
    def enter(self) -> Iterator[Entered]:
        """Who asks, in a short transaction of its own, so that the use of a key is noted whatever follows.

        Then the transaction of the deed, for who has the permission that the route names.
        """
        now = self.app.wall.now()
        with self.app.database.transaction() as tx:
            actor, csrf = self._actor(tx, now)
        extra = self.request.scope["route"].openapi_extra or {}
        if JUDGED not in extra:
            access.require(actor, extra[PERMISSION])
        with self.app.database.transaction() as tx:
            of_one = "customer" in self.request.path_params
            at = self.app.now(tx)
            yield Entered(tx=tx, actor=actor, at=at, now=now, app=self.app, csrf=csrf, of_one=of_one)

    def _actor(self, tx: Tx, now: datetime) -> tuple[Actor, str | None]:
        if self.key is not None:
            return access.use_key(tx, self.key, now).actor(), None
        session = access.session(tx, self.cookie or "", now)
        if self.request.method not in SAFE:
            self._check_from_us(session)
        return session.actor, session.csrf

    def _check_from_us(self, session: access.Session) -> None:
        """A cookie goes along with what other sites send, too: a change needs the session's own token."""
        headers = self.request.headers
        access.check_csrf(session, headers.get("x-csrf-token"))
        access.check_origin(
            origin=headers.get("origin"),
            referer=headers.get("referer"),
            fetch_site=headers.get("sec-fetch-site"),
            own=[self.app.settings.address, str(self.request.base_url).removesuffix("api/v1/")],
        )


async def calling(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> Call:
    """Refuse what bears no credentials before anything else is looked at; no database here."""
    name_of: Callable[[Request], str] | None = request.app.state.session_cookie
    cookie = request.cookies.get(name_of(request)) if name_of else None
    key = credentials.credentials if credentials else None
    if key is None and (not cookie or "authorization" in request.headers):
        raise NoCredentials("Send an API key: Authorization: Bearer rk_…")
    _check_media_type(request)
    _check_path(request)
    _check_query(request)
    shown = None if key is None else key[:CREDENTIALS_SIGNS_MAX]
    return Call(app=request.app.state.app, request=request, key=shown, cookie=cookie)


def _check_media_type(request: Request) -> None:
    headers = request.headers
    has_body = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
    if request.scope["route"].body_field is None or not has_body:
        return
    main = headers.get("content-type", "").split(";")[0].strip().lower()
    if main != "application/json" and not (main.startswith("application/") and main.endswith("+json")):
        raise HTTPException(UNSUPPORTED_MEDIA_TYPE)


def _check_path(request: Request) -> None:
    for name, text in request.path_params.items():
        try:
            storable(text)
        except ValueError as error:
            findings = [Finding(path=name, code="text.unstorable", message=str(error))]
            raise Invalid("The address holds a sign that it cannot.", findings) from error


def _check_query(request: Request) -> None:
    known = {field.alias for field in _query_fields(request.scope["route"].dependant)}
    names = [name for name, _ in request.query_params.multi_items()]
    findings = [
        Finding(path=_shown(name), code="query.unknown", message=f"This address takes {_listed(known)}.")
        for name in dict.fromkeys(names)
        if name not in known
    ]
    findings += [
        Finding(path=name, code="query.repeated", message="Give it once.")
        for name in known
        if names.count(name) > 1
    ]
    if findings:
        raise Invalid("The address has parameters that it does not take.", findings)


def _query_fields(dependant: Any) -> list[Any]:
    return [*dependant.query_params, *(f for inner in dependant.dependencies for f in _query_fields(inner))]


def _listed(known: set[str]) -> str:
    return ", ".join(sorted(known)) if known else "no parameters"


def _shown(name: str) -> str:
    try:
        return storable(name)[:80]
    except ValueError:
        return "?"


Calling = Annotated[Call, Depends(calling)]
