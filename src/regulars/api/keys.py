"""API keys: who has one, making one and ending it."""

from typing import Annotated, Any, Literal

from pydantic import Field

from regulars import access
from regulars.api.calling import Calling, permission, resource
from regulars.api.people import Function, Level
from regulars.api.problems import documented
from regulars.api.shapes import In, Instant, Line, Out, Page, Scope, id_in_path, id_type
from regulars.kernel import parse_public_id

router = resource("keys")


class Key(Out):
    id: Annotated[str, id_type("key", "an API key")]
    kind: str = Field(description="api acts; tracking only sends events in.", examples=["api"])
    name: str = Field(examples=["The till in Springfield"])
    shown: str = Field(description="How it begins.", examples=["rk_7_…"])
    level: int | None
    function: str | None
    scope: str | None = Field(description="Null is everything.")
    owner_name: str | None
    created_at: Instant
    last_used_at: Instant | None = Field(description="To the minute.")
    revoked_at: Instant | None


class NewKey(Key):
    text: str = Field(description="The key itself: shown now and never again.", examples=["rk_7_5d41…"])


class Making(In):
    name: Line = Field(min_length=1, examples=["The till in Springfield"])
    kind: Literal["api", "tracking"] = "api"
    level: Level | None = Field(default=None, description="For the kind api.")
    function: Function | None = Field(default=None, description="For the kind api.")
    scope: Scope | None = None


def _plain(found: access.Key) -> dict[str, Any]:
    names = Key.model_fields.keys() - {"id"}
    return {"id": found.public_id, **{name: getattr(found, name) for name in names}}


@router.get("/keys", openapi_extra=permission("keys.view"))
def list_keys(call: Calling) -> Page[Key]:
    """Every key, those in force first."""
    with call.enter() as entered:
        return Page(items=tuple(Key(**_plain(one)) for one in access.keys(entered.tx)))


@router.post(
    "/keys",
    status_code=201,
    openapi_extra=permission("keys.manage"),
    responses=documented(400, 409, 413, 415),
)
def make_key(call: Calling, body: Making) -> NewKey:
    """Make a key with no more rights than one's own; by a person with a console session, not by a key."""
    with call.enter() as entered:
        made = access.make_key(entered.tx, entered.actor, **dict(body), at=entered.at)
        return NewKey(**_plain(made.key), text=made.text)


@router.delete("/keys/{key}", openapi_extra=permission("keys.manage"), responses=documented(409))
def revoke_key(call: Calling, key: Annotated[str, id_in_path("key", "the key")]) -> Key:
    """End a key at once and for ever."""
    with call.enter() as entered:
        key_id = parse_public_id("key", key)
        return Key(
            **_plain(access.revoke_key(entered.tx, entered.actor, key_id, at=entered.at, now=entered.now))
        )
