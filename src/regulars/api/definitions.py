"""Definitions: everything people define, in versions, saved under an etag, published or asked for."""

from typing import Annotated, Any, Literal

from fastapi import Header, Query
from pydantic import Field
from starlette.responses import Response

from regulars import definitions
from regulars.api.calling import Calling, Entered, permission, resource
from regulars.api.problems import Found, documented
from regulars.api.shapes import (
    Cursor,
    In,
    Instant,
    Limit,
    Line,
    Money,
    Note,
    Number,
    Out,
    Page,
    Scope,
    id_type,
    key_in_path,
    money,
)
from regulars.kernel import Finding, Invalid, Stale, public_id

router = resource("definitions")
KindInPath = Annotated[str, key_in_path("the kind", "segment")]
KeyInPath = Annotated[str, key_in_path("the definition", "lapsed")]
PLACE = "/definitions/{kind}/{key}"
VERSION_MAX = 2**31 - 1
Version = Annotated[Number, Query(ge=1, le=VERSION_MAX)]
CHANGES = documented(400, 409, 412, 413, 415)
IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", max_length=100, description="The ETag you started from; none for a new one."),
]
IfNoneMatch = Annotated[str | None, Header(alias="If-None-Match", max_length=1000)]


class Kind(Out):
    name: str = Field(examples=["segment"])
    title: str = Field(examples=["Segment"])
    plural: str = Field(examples=["Segments"])
    body: dict[str, Any] = Field(description="JSON Schema of the bodies.")


class Head(Out):
    kind: str = Field(examples=["segment"])
    key: str = Field(examples=["lapsed"])
    live: int | None = Field(description="Number of the live version.")
    draft: int | None
    latest: int
    scope: str | None
    title: str
    changed_at: Instant
    author: str
    assisted: bool


class Definition(Out):
    """One version of one definition."""

    kind: str = Field(examples=["segment"])
    key: str = Field(examples=["lapsed"])
    version: int
    state: Literal["draft", "live", "superseded", "archived"]
    scope: str | None = Field(description="Brand, market or programme; null for the whole company.")
    etag: str = Field(
        description="Also in the header ETag, there in quotes.", examples=["5f1c0a9d2b7e4c3f8a61"]
    )
    title: str
    sentence: str = Field(description="The whole body in one sentence.")
    body: dict[str, Any]
    author: str
    assisted: bool = Field(description="To be taken on by somebody who applies before it is published.")
    note: str | None
    created_at: Instant
    published_at: Instant | None
    published_by: str | None


class Difference(Out):
    path: str
    before: Any = None
    after: Any = None


class Comparison(Out):
    differences: tuple[Difference, ...]
    text: str = Field(description="A unified difference of the bodies as YAML.")


class Fact(Out):
    label: str
    value: str


class Preview(Out):
    headline: str
    facts: tuple[Fact, ...]
    warnings: tuple[str, ...]
    reversible: bool
    cost: Money | None


class Findings(Out):
    findings: tuple[Found, ...] = Field(description="Empty: it can be published.")


class User(Out):
    """A definition that uses this one."""

    kind: str
    key: str
    version: int
    state: str
    title: str


class Draft(In):
    body: dict[str, Any] = Field(
        description="As the kind's JSON Schema says.", examples=[{"name": "Lapsed", "condition": {}}]
    )
    scope: Scope | None = Field(default=None, description="Left out, it stays as it is.")
    note: Note | None = None


class Deed(In):
    note: Note | None = Field(default=None, description="Why; it stands in history and approval.")


class Published(Out):
    outcome: Literal["published"] = "published"
    sentence: str = Field(description="What happened.")
    definition: Definition


class Archived(Out):
    outcome: Literal["archived"] = "archived"
    kind: str
    key: str
    version: int


class Requested(Out):
    """It is above your level: others are asked."""

    outcome: Literal["requested"] = "requested"
    approval: Annotated[str, id_type("apr", "the request for approval")]
    kind: str
    key: str
    version: int
    reason: str
    preview: Preview


def shown(kind: definitions.Kind[Any], found: definitions.Definition[Any]) -> Definition:
    names = Definition.model_fields.keys() - {"body", "sentence"}
    return Definition(
        body=definitions.canonical(found.body),
        sentence=kind.said(found.body),
        **{name: getattr(found, name) for name in names},
    )


def requested(asked: definitions.Requested) -> Requested:
    return Requested(
        approval=public_id("apr", asked.approval_id),
        kind=asked.kind,
        key=asked.key,
        version=asked.version,
        reason=asked.reason,
        preview=_preview(asked.preview),
    )


def _preview(found: definitions.Preview) -> Preview:
    return Preview(
        headline=found.headline,
        facts=tuple(Fact(label=label, value=value) for label, value in found.facts),
        warnings=found.warnings,
        reversible=found.reversible,
        cost=money(found.cost.minor, found.cost.currency) if found.cost else None,
    )


def _tagged(response: Response, found: Definition) -> Definition:
    response.headers["ETag"] = f'"{found.etag}"'
    return found


def _etag(header: str | None) -> str | None:
    """The etag inside an If-Match header."""
    if header is None:
        return None
    text = header.strip()
    if len(text) > 1 and text[0] == text[-1] == '"' and '"' not in text[1:-1]:
        return text[1:-1]
    told = 'If-Match takes one ETag in quotes, as "5f1c0a9d2b7e4c3f8a61".'
    raise Invalid(told, [Finding(path="if-match", code="etag.form", message=told)])


@router.get("/kinds", openapi_extra=permission("definitions.view"))
def kinds(call: Calling) -> Page[Kind]:
    """What can be defined, with the JSON Schema of its bodies."""
    with call.enter() as entered:
        return Page(
            items=tuple(
                Kind(name=one.name, title=one.title, plural=one.plural, body=one.schema())
                for one in entered.app.kinds
            )
        )


@router.get("/definitions", openapi_extra=permission("definitions.view"))
def list_definitions(
    call: Calling,
    kind: Line | None = None,
    state: Literal["live", "draft", "archived", "all"] | None = None,
    scope: Scope | None = None,
    q: Annotated[Line | None, Query(description="Part of the title or key.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Head]:
    """By kind and key; without a state all that is live or drafted."""
    with call.enter() as entered:
        found = definitions.heads(
            entered.tx, kind=kind, state=state, scope=scope, search=q, cursor=cursor, limit=limit
        )
        return Page(items=tuple(Head.model_validate(one) for one in found.items), next=found.next)


@router.get(
    PLACE,
    openapi_extra=permission("definitions.view"),
    responses={304: {"description": "It is still the version of If-None-Match."}},
    response_model=Definition,
)
def get_definition(
    call: Calling,
    response: Response,
    kind: KindInPath,
    key: KeyInPath,
    version: Annotated[
        Number | None, Query(ge=1, le=VERSION_MAX, description="Else the draft, the live or the newest one.")
    ] = None,
    if_none_match: IfNoneMatch = None,
) -> Any:
    """One version, with its ETag."""
    with call.enter() as entered:
        of = entered.app.kinds.kind(kind)
        found = shown(of, definitions.get(entered.tx, of, key, version))
    if if_none_match and f'"{found.etag}"' in [one.strip() for one in if_none_match.split(",")]:
        return Response(status_code=304, headers={"ETag": f'"{found.etag}"'})
    return _tagged(response, found)


@router.get(f"{PLACE}/versions", openapi_extra=permission("definitions.view"))
def versions(call: Calling, kind: KindInPath, key: KeyInPath) -> Page[Definition]:
    """Every version, the newest first."""
    with call.enter() as entered:
        of = entered.app.kinds.kind(kind)
        definitions.get(entered.tx, of, key)  # Says what is wrong when there is none.
        return Page(items=tuple(shown(of, one) for one in definitions.versions(entered.tx, of, key)))


@router.get(f"{PLACE}/diff", openapi_extra=permission("definitions.view"))
def diff(call: Calling, kind: KindInPath, key: KeyInPath, before: Version, after: Version) -> Comparison:
    """What differs between two versions."""
    with call.enter() as entered:
        of = entered.app.kinds.kind(kind)
        first = definitions.get(entered.tx, of, key, before)
        return Comparison.model_validate(definitions.diff(first, definitions.get(entered.tx, of, key, after)))


@router.get(f"{PLACE}/users", openapi_extra=permission("definitions.view"))
def users(call: Calling, kind: KindInPath, key: KeyInPath) -> Page[User]:
    """The live versions and drafts that use it."""
    with call.enter() as entered:
        of = entered.app.kinds.kind(kind)
        definitions.get(entered.tx, of, key)
        found = definitions.used_by(entered.tx, of.name, key)
        return Page(items=tuple(User.model_validate(one) for one in found))


@router.get(f"{PLACE}/findings", openapi_extra=permission("definitions.view"))
def findings(call: Calling, kind: KindInPath, key: KeyInPath) -> Findings:
    """Everything that hinders publishing what stands there."""
    with call.enter() as entered:
        of = entered.app.kinds.kind(kind)
        found = definitions.validate(entered.tx, of, definitions.get(entered.tx, of, key))
        return Findings(findings=tuple(Found.model_validate(one) for one in found))


@router.get(f"{PLACE}/preview", openapi_extra=permission("definitions.view"))
def preview(call: Calling, kind: KindInPath, key: KeyInPath) -> Preview:
    """What would happen if it were published now."""
    with call.enter() as entered:
        of = entered.app.kinds.kind(kind)
        found = definitions.get(entered.tx, of, key)
        hindering = definitions.validate(entered.tx, of, found)
        if hindering:
            raise Invalid(f"{found.name} has {len(hindering)} things to mend before.", hindering)
        return _preview(definitions.preview(entered.tx, of, found, entered.at))


@router.put(f"{PLACE}/draft", openapi_extra=permission("definitions.draft", by="room"), responses=CHANGES)
def save_draft(
    call: Calling,
    response: Response,
    kind: KindInPath,
    key: KeyInPath,
    body: Draft,
    if_match: IfMatch = None,
) -> Definition:
    """Save the draft; 412 with the difference when somebody saved since your ETag."""
    with call.enter() as entered:
        of = entered.app.kinds.kind(kind)
        scope = body.scope if "scope" in body.model_fields_set else definitions.Keep.SCOPE
        saved = definitions.save_draft(
            entered.tx,
            entered.actor,
            of,
            key,
            body.body,
            at=entered.at,
            etag=_etag(if_match),
            scope=scope,
            note=body.note,
        )
        return _tagged(response, shown(of, saved))


@router.delete(f"{PLACE}/draft", openapi_extra=permission("definitions.draft", by="room"), responses=CHANGES)
def discard_draft(call: Calling, kind: KindInPath, key: KeyInPath, if_match: IfMatch = None) -> Definition:
    """Take the draft away; it stays among the versions."""
    with call.enter() as entered:
        of = entered.app.kinds.kind(kind)
        return shown(
            of,
            definitions.discard_draft(
                entered.tx, entered.actor, of, key, at=entered.at, etag=_etag(if_match)
            ),
        )


@router.post(
    f"{PLACE}/versions/{{version}}/restore",
    openapi_extra=permission("definitions.draft", by="room"),
    responses=CHANGES,
)
def restore(
    call: Calling,
    response: Response,
    kind: KindInPath,
    key: KeyInPath,
    version: Annotated[Number, Field(ge=1, le=VERSION_MAX)],
    if_match: IfMatch = None,
) -> Definition:
    """An old version as the draft."""
    with call.enter() as entered:
        of = entered.app.kinds.kind(kind)
        old = definitions.restore(
            entered.tx, entered.actor, of, key, version, at=entered.at, etag=_etag(if_match)
        )
        return _tagged(response, shown(of, old))


@router.post(
    f"{PLACE}/draft/take-on",
    openapi_extra=permission("definitions.take_on", by="room"),
    responses=CHANGES,
)
def take_on(call: Calling, kind: KindInPath, key: KeyInPath, body: Deed) -> Definition:
    """Answer from now on for a draft that somebody who assists prepared."""
    with call.enter() as entered:
        of = entered.app.kinds.kind(kind)
        return shown(
            of,
            definitions.take_on(entered.tx, entered.actor, of, key, at=entered.at, note=body.note),
        )


@router.post(
    f"{PLACE}/publish",
    openapi_extra=permission("definitions.publish", by="room"),
    responses={202: {"model": Requested, "description": "Asked for approval."}, **CHANGES},
)
def publish(
    call: Calling,
    response: Response,
    kind: KindInPath,
    key: KeyInPath,
    body: Deed,
    if_match: IfMatch = None,
) -> Published | Requested:
    """Make the draft live; above your level, a request for approval is made instead."""
    with call.enter() as entered:
        of = entered.app.kinds.kind(kind)
        done = definitions.publish(
            entered.tx, entered.actor, of, key, at=entered.at, etag=_etag(if_match), note=body.note
        )
        if isinstance(done, definitions.Published):
            return Published(sentence=done.sentence, definition=shown(of, done.definition))
    return _asked(response, done)


@router.post(
    f"{PLACE}/archive",
    openapi_extra=permission("definitions.archive", by="room"),
    responses={202: {"model": Requested, "description": "Asked for approval."}, **CHANGES},
)
def archive(
    call: Calling,
    response: Response,
    kind: KindInPath,
    key: KeyInPath,
    body: Deed,
    if_match: IfMatch = None,
) -> Archived | Requested:
    """Take the live version out of use; refused while something live uses it."""
    with call.enter() as entered:
        of = entered.app.kinds.kind(kind)
        _refuse_other(entered, of, key, _etag(if_match))
        done = definitions.archive(entered.tx, entered.actor, of, key, at=entered.at, note=body.note)
        if isinstance(done, definitions.Archived):
            return Archived(kind=done.kind, key=done.key, version=done.version)
    return _asked(response, done)


def _refuse_other(entered: Entered, of: definitions.Kind[Any], key: str, etag: str | None) -> None:
    live = definitions.live(entered.tx, of, key) if etag is not None else None
    if live is not None and live.etag != etag:
        raise Stale(f"{live.published_by} published {live.name} in between. Look at it again.")


def _asked(response: Response, done: definitions.Requested) -> Requested:
    response.status_code = 202
    asked = requested(done)
    response.headers["Location"] = f"/api/v1/approvals/{asked.approval}"
    return asked
