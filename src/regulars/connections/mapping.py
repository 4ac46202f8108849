"""A mapping at work: rules made ready once, and the messages that a payload becomes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars.connections.body import Rule, Test
from regulars.connections.conversions import NotConvertible, as_text
from regulars.connections.expressions import Reading, Unmapped, Value, bounded, gathered, items
from regulars.connections.paths import NOTHING, Path, Scope, as_key
from regulars.kernel import Finding

RULES_MAX = 100
EVENTS_MAX = 500
FIELDS = {"user_id": "userId", "anonymous_id": "anonymousId", "group_id": "groupId"}
NAMED = frozenset({"track", "page", "screen"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One delivery as it came, read."""

    topic: str
    delivery: str  # Its id, the same when it is sent again.
    headers: Mapping[str, str]
    payload: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    messages: tuple[dict[str, Any], ...]  # As the Segment specification has them.
    findings: tuple[Finding, ...]  # Why it cannot be mapped; then there are no messages.
    fitted: bool  # False: no rule is for this topic.


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A rule, ready to be used."""

    number: int
    rule: Rule
    topics: frozenset[str] | None
    tests: tuple[Callable[[Scope], bool], ...]
    each: Path | None
    fields: Mapping[str, Value]
    event: Value | None
    message_id: Value | None
    timestamp: Value | None
    body: Value  # The properties, or the traits.
    context: Value | None


def make(rules: Sequence[Rule], reading: Reading, path: str = "rules") -> tuple[Made, ...]:
    """Rules made ready; what is wrong with them goes to `reading`."""
    if len(rules) > RULES_MAX:
        reading.wrong(path, f"There are {len(rules)} rules, at most {RULES_MAX} are used.")
    return tuple(_made(rule, number, reading, f"{path}[{number}]") for number, rule in enumerate(rules))


def _made(rule: Rule, number: int, reading: Reading, path: str) -> Made:
    def optional(name: str) -> Value | None:
        plain = getattr(rule, name)
        return None if plain is None else reading.expression(plain, f"{path}.{name}")

    _check(rule, reading, path)
    bag = "traits" if rule.to in ("identify", "group") else "properties"
    topic = rule.when.topic
    return Made(
        number=number,
        rule=rule,
        topics=None if topic is None else frozenset([topic] if isinstance(topic, str) else topic),
        tests=tuple(
            _test(test, reading, f"{path}.when.all[{place}]") for place, test in enumerate(rule.when.all)
        ),
        each=None if rule.each is None else reading.read_path(rule.each, f"{path}.each"),
        fields={FIELDS[name]: value for name in FIELDS if (value := optional(name)) is not None},
        event=optional("event"),
        message_id=optional("message_id"),
        timestamp=optional("timestamp"),
        body=reading.members(getattr(rule, bag), f"{path}.{bag}"),
        context=reading.members(rule.context, f"{path}.context") if rule.context else None,
    )


def _check(rule: Rule, reading: Reading, path: str) -> None:
    if rule.to == "track" and rule.event is None:
        reading.wrong(f"{path}.event", "Name the event, as in Order Completed.", "mapping.event")
    if rule.to not in NAMED and rule.event is not None:
        reading.wrong(f"{path}.event", f"{rule.to} has no name of its own; leave it out.", "mapping.event")
    wrong = "properties" if rule.to in ("identify", "group") else "traits"
    if getattr(rule, wrong):
        right = "traits" if wrong == "properties" else "properties"
        reading.wrong(f"{path}.{wrong}", f"{rule.to} has {right}.", "mapping.bag")
    if rule.to == "identify" and rule.user_id is None and rule.anonymous_id is None:
        reading.wrong(f"{path}.user_id", "Say whose traits they are.", "mapping.nobody")
    if rule.to == "group" and rule.group_id is None:
        reading.wrong(f"{path}.group_id", "Say which group it is.", "mapping.nobody")


def _test(test: Test, reading: Reading, path: str) -> Callable[[Scope], bool]:
    value = reading.expression(test.value, f"{path}.value")
    given = [name for name in ("equals", "in_", "not_in", "present") if getattr(test, name) is not None]
    if len(given) != 1:
        reading.wrong(path, "Give one of equals, in, not_in and present.", "mapping.test")
        return lambda _scope: False
    if test.present is not None:
        return lambda scope: (value(scope) not in (NOTHING, "", [])) is test.present
    members = [test.equals] if test.equals is not None else test.in_ or test.not_in or []
    wanted = {as_key(one) for one in members}
    if test.not_in is not None:
        return lambda scope: as_key(_plain(value(scope))) not in wanted
    return lambda scope: as_key(_plain(value(scope))) in wanted


def _plain(value: Any) -> Any:
    return None if value is NOTHING else value


def apply(rules: Sequence[Made], arrival: Arrival, received_at: datetime) -> Outcome:
    """What an arrival becomes. With any finding nothing is taken: half an order would be a wrong one."""
    messages: list[dict[str, Any]] = []
    findings: list[Finding] = []
    fitting = [made for made in rules if made.topics is None or arrival.topic in made.topics]
    scope = Scope(payload=arrival.payload, headers=arrival.headers)
    for made in fitting:
        try:
            messages += _of_rule(made, arrival, scope, received_at)
        except Unmapped as error:
            findings += error.findings
    if len(messages) > EVENTS_MAX:
        told = f"It would become {len(messages):,} events, at most {EVENTS_MAX:,} are made of one delivery."
        findings.append(Finding(path="$", code="mapping.too_many", message=told))
    return Outcome(
        messages=() if findings else tuple(messages), findings=tuple(findings), fitted=bool(fitting)
    )


def _of_rule(made: Made, arrival: Arrival, scope: Scope, received_at: datetime) -> list[dict[str, Any]]:
    scopes = [scope] if made.each is None else items(made.each, scope)
    found, wrong = [], []
    for place, inner in enumerate(scopes):
        bounded(inner)
        try:
            if all(test(inner) for test in made.tests):
                found.append(_message(made, arrival, inner, place, received_at))
        except Unmapped as error:
            wrong += error.findings
    if wrong:
        raise Unmapped(wrong)
    return found


def _message(made: Made, arrival: Arrival, scope: Scope, place: int, received_at: datetime) -> dict[str, Any]:
    named: dict[str, Value] = {**made.fields}
    named |= {"event": made.event} if made.event else {}
    named |= {"messageId": made.message_id} if made.message_id else {}
    told = gathered({name: _as_text(value) for name, value in named.items()}, scope)
    bag = "traits" if made.rule.to in ("identify", "group") else "properties"
    inside = gathered(
        {bag: made.body}
        | ({"context": made.context} if made.context else {})
        | ({"timestamp": made.timestamp} if made.timestamp else {}),
        scope,
    )
    message = {"type": made.rule.to, **told, **inside}
    if made.rule.to in ("page", "screen") and "event" in message:
        message["name"] = message.pop("event")
    message.setdefault("messageId", f"{arrival.delivery}:{made.number}:{place}")
    message.setdefault("timestamp", received_at)
    return message


def _as_text(value: Value) -> Value:
    """Ids and names are texts, whatever the sender makes of them."""

    def text(scope: Scope) -> Any:
        found = value(scope)
        if found is NOTHING or found == "":
            return NOTHING
        try:
            return as_text(found)
        except NotConvertible as error:
            raise Unmapped([Finding(path=scope.where, code="mapping.text", message=str(error))]) from None

    return text
