"""The kind `connection`, as the composition root registers it, and a connection ready to receive."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from regulars.connections.body import ConnectionBody, Rule
from regulars.connections.expressions import Reading, Value
from regulars.connections.mapping import Made, make
from regulars.connections.paths import NOTHING, Scope
from regulars.connections.ready_made import DELIVERY_HEADERS, SHOPS, TOPIC_HEADERS, ready_rules
from regulars.definitions import Definition, Kind, Lookup
from regulars.kernel import Finding

TEXT_MAX = 200
KEPT_MAX = 200
SOURCE = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
SHAPE_TITLES = {"shopify": "Shopify", "woocommerce": "WooCommerce", "mapping": "Any system"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A connection whose rules are made ready."""

    key: str
    body: ConnectionBody
    rules: tuple[Made, ...]
    topic: Value
    delivery: Value

    @property
    def source(self) -> str:
        return self.body.source


_MADE: dict[tuple[str, str], Ready] = {}


def ready(definition: Definition[ConnectionBody]) -> Ready:
    """A connection made ready; made once for each version."""
    name = (definition.key, definition.etag)
    found = _MADE.get(name)
    if found is None:
        if len(_MADE) >= KEPT_MAX:
            _MADE.clear()
        found = _MADE[name] = made_ready(definition.key, definition.body, Reading())
    return found


def made_ready(key: str, body: ConnectionBody, reading: Reading) -> Ready:
    """Also for a body that is no definition yet; findings go to `reading`."""
    rules: Sequence[Rule] = body.rules or ready_rules(body.shape)
    return Ready(
        key=key,
        body=body,
        rules=make(rules, reading),
        topic=_topic(body, reading),
        delivery=_delivery(body, reading),
    )


def _topic(body: ConnectionBody, reading: Reading) -> Value:
    if body.topic is None and body.shape in TOPIC_HEADERS:
        return _header((TOPIC_HEADERS[body.shape],))
    return reading.expression(body.topic, "topic")


def _delivery(body: ConnectionBody, reading: Reading) -> Value:
    if body.delivery is None:
        return _header(DELIVERY_HEADERS.get(body.shape, ("webhook-id",)))
    return reading.expression(body.delivery, "delivery")


def _header(names: tuple[str, ...]) -> Value:
    def value(scope: Scope) -> object:
        found: Mapping[str, str] = scope.headers
        return next((found[name] for name in names if found.get(name)), NOTHING)

    return value


def sentence(body: ConnectionBody) -> str:
    """Where it comes from, what it becomes, and how it is known to be true."""
    rules = body.rules or ready_rules(body.shape)
    names = dict.fromkeys(
        str(rule.event) if isinstance(rule.event, str) else _told_by(rule.event) or rule.to for rule in rules
    )
    told = ", ".join(name for name in names if name)
    own = "" if body.rules else "ready-made rules: "
    return f"{SHAPE_TITLES[body.shape]} as source {body.source}, {own}{told}"


def _told_by(event: object) -> str:
    """The names that a lookup chooses from."""
    table = event.get("in") if isinstance(event, Mapping) else None
    return ", ".join(map(str, table.values())) if isinstance(table, Mapping) else ""


def validate(body: ConnectionBody, _lookup: Lookup) -> list[Finding]:
    reading = Reading()
    for name in ("title", "source"):
        text = getattr(body, name).strip()
        if not text or len(text) > TEXT_MAX:
            reading.wrong(name, f"Give a {name} of at most {TEXT_MAX} signs.", "connections.text")
    if body.source.strip() and not SOURCE.fullmatch(body.source):
        reading.wrong("source", "Write the source as its key, as in web-shop.", "connections.source")
    if body.shape not in SHOPS and not body.rules:
        reading.wrong("rules", "Give at least one rule: what comes becomes nothing.", "connections.no_rules")
    _check_signature(body, reading)
    made_ready("", body, reading)
    return reading.findings


def _check_signature(body: ConnectionBody, reading: Reading) -> None:
    given = body.signature
    if given is None:
        if body.shape not in SHOPS:
            reading.wrong("signature", "Say how a delivery is known to be true.", "connections.no_signature")
        return
    takes_header = given.scheme in ("hmac-sha256", "token")
    if takes_header and not (given.header or "").strip():
        reading.wrong("signature.header", "Name the header it stands in.", "connections.no_header")
    if not takes_header and (given.header or given.prefix):
        told = f"{given.scheme} has a header of its own; leave header and prefix out."
        reading.wrong("signature.header", told, "connections.header")


CONNECTION = Kind(
    name="connection",
    title="Connection",
    plural="Connections",
    body=ConnectionBody,
    sentence=sentence,
    validate=validate,
)
