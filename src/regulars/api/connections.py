"""Connections: what came from shops and tills, their secrets, and trying a mapping."""

from typing import Annotated, Any

from pydantic import Field, SecretStr

from regulars import connections, definitions
from regulars.api.calling import Calling, Entered, permission, resource
from regulars.api.problems import Found, documented
from regulars.api.shapes import In, Instant, Line, Number, Out, Page, Text, key_in_path
from regulars.connections import CONNECTION

router = resource("connections")
KeyInPath = Annotated[str, key_in_path("the connection", "web-shop")]
PAYLOAD_SIGNS_MAX = 1_000_000


class Count(Out):
    topic: str = Field(description="Empty where it was not looked at.", examples=["orders/create"])
    outcome: str = Field(
        description="taken, again (sent before), ignored, rejected or refused.", examples=["taken"]
    )
    count: int
    first_at: Instant
    last_at: Instant


class Connection(Out):
    key: str = Field(examples=["web-shop"])
    title: str
    sentence: str = Field(description="What it takes and what that becomes.")
    shape: str = Field(examples=["shopify"])
    source: str
    live: bool
    address: str = Field(
        description="Where the other side posts to.", examples=["https://name/v1/webhooks/web-shop"]
    )
    secrets: int = Field(description="How many count now; two during a rotation.")
    counts: tuple[Count, ...] = Field(description="By topic and outcome, ever.")


class Delivery(Out):
    received_at: Instant
    topic: str
    outcome: str
    events: int
    bytes: int
    reason: str


class Secret(Out):
    set_at: Instant
    set_by: str
    ends_at: Instant | None = Field(description="Until then it counts beside its successor.")


class Setting(In):
    secret: SecretStr = Field(min_length=1, max_length=20_000, description="Sealed; never given back.")


class Trying(In):
    payload: Text = Field(
        max_length=PAYLOAD_SIGNS_MAX, description="The body, as it would be sent.", examples=['{"id": 1}']
    )
    topic: Line = Field(default="", examples=["orders/create"])
    headers: dict[str, Line] = Field(default_factory=dict, max_length=40)


class Trial(Out):
    sentence: str = Field(description="What would become of it.")
    events: tuple[dict[str, Any], ...] = Field(description="As the tracking API would take them.")
    findings: tuple[Found, ...]


def _shown(entered: Entered, key: str) -> Connection:
    live = definitions.live(entered.tx, CONNECTION, key)
    body = (live or definitions.get(entered.tx, CONNECTION, key)).body
    return Connection(
        key=key,
        title=body.title,
        sentence=CONNECTION.sentence(body),
        shape=body.shape,
        source=body.source,
        live=live is not None,
        address=f"{entered.app.settings.address}/v1/webhooks/{key}",
        secrets=len(connections.told_of(entered.tx, f"connection/{key}", entered.now)),
        counts=tuple(Count.model_validate(one) for one in connections.tallies(entered.tx, key)),
    )


@router.get("/connections", openapi_extra=permission("sources.view"))
def list_connections(call: Calling) -> Page[Connection]:
    """Every connection, with how often what came. They are made and changed as definitions."""
    with call.enter() as entered:
        heads = definitions.heads(entered.tx, kind=CONNECTION.name, limit=200)
        return Page(items=tuple(_shown(entered, head.key) for head in heads.items))


@router.get("/connections/{key}", openapi_extra=permission("sources.view"))
def get_connection(call: Calling, key: KeyInPath) -> Connection:
    """One connection, and how often what came."""
    with call.enter() as entered:
        return _shown(entered, key)


@router.get("/connections/{key}/deliveries", openapi_extra=permission("sources.view"))
def deliveries(
    call: Calling, key: KeyInPath, limit: Annotated[Number, Field(ge=1, le=200)] = 50
) -> Page[Delivery]:
    """What came last, without what it said."""
    with call.enter() as entered:
        definitions.get(entered.tx, CONNECTION, key)
        found = connections.deliveries(entered.tx, key, limit=limit)
        return Page(items=tuple(Delivery.model_validate(one) for one in found))


@router.put(
    "/connections/{key}/secret",
    openapi_extra=permission("sources.secrets"),
    responses=documented(400, 413, 415),
)
def set_secret(call: Calling, key: KeyInPath, body: Setting) -> Page[Secret]:
    """Set the secret; the former one counts for 24 hours more. Gives which count, not what they are."""
    with call.enter() as entered:
        definitions.get(entered.tx, CONNECTION, key)
        name = f"connection/{key}"
        connections.set_secret(
            entered.tx,
            entered.actor,
            entered.app.vault,
            name,
            body.secret.get_secret_value(),
            at=entered.at,
            now=entered.now,
        )
        found = connections.told_of(entered.tx, name, entered.now)
        return Page(items=tuple(Secret.model_validate(one) for one in found))


@router.delete("/connections/{key}/secret", openapi_extra=permission("sources.secrets"))
def forget_secret(call: Calling, key: KeyInPath) -> Connection:
    """No secret counts any more: every delivery is refused."""
    with call.enter() as entered:
        definitions.get(entered.tx, CONNECTION, key)
        connections.forget_secret(entered.tx, entered.actor, f"connection/{key}", at=entered.at)
        return _shown(entered, key)


@router.post(
    "/connections/{key}/try",
    openapi_extra=permission("sources.view"),
    responses=documented(400, 413, 415),
)
def try_payload(call: Calling, key: KeyInPath, body: Trying) -> Trial:
    """What a payload would become, by the draft if there is one; nothing is written."""
    with call.enter() as entered:
        found = definitions.get(entered.tx, CONNECTION, key)
        trial = connections.try_out(
            entered.tx,
            found.body,
            body.payload,
            now=entered.now,
            topic=body.topic,
            headers=body.headers,
            key=key,
        )
        return Trial(
            sentence=trial.sentence,
            events=trial.messages,
            findings=tuple(Found.model_validate(one) for one in trial.findings),
        )
