"""What is typed into a campaign's form, and the body that it means."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from starlette.datastructures import FormData

from regulars import campaigns, definitions
from regulars.campaigns import Campaign
from regulars.conditions import Filter
from regulars.console.segments.suggestions import Vocabulary
from regulars.console.segments.typed import EVERYBODY, tree_of
from regulars.console.segments.typed import Typed as Asked
from regulars.console.segments.typed import typed_of as asked_of
from regulars.kernel import Finding, Invalid, fold

TEXTS = ("title", "purpose", "segment", "template", "channel", "goal")
WHOLE = "*"
NOTHING = Asked(tree=EVERYBODY)
OWN = "*"  # Chosen as the audience: a condition of the campaign's own.
NUMBERS = {"held_out_percent": "a share from 0 to 50", "expected_percent": "a share above 0 and below 100"}
REQUIRED = {
    "title": "Give the campaign a name.",
    "purpose": "Say in a sentence what it is for; it stands above its results.",
    "segment": "Choose who is to get it.",
    "template": "Choose what is said.",
    "goal": "Name the event that counts as success.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """The form's fields, as they were typed."""

    title: str = ""
    key: str = ""
    purpose: str = ""
    segment: str = ""
    template: str = ""
    topic: str = ""  # Empty: the message's own; WHOLE: none, the channel as a whole.
    channel: str = "recording"
    held_out_percent: str = "10"
    goal: str = campaigns.ORDER_COMPLETED
    window_days: str = "28"
    expected_percent: str = "10"
    send_at: str = ""
    exclude: tuple[str, ...] = ()
    asked: Asked = NOTHING  # The condition, kept also while a segment is chosen.
    resend: str = ""  # As JSON, instead of both; made by the button of an earlier campaign.
    local_time: str = ""
    late: str = ""
    priority: str = "50"
    uncapped: str = ""
    attribution_days: str = ""
    where_property: str = ""
    where_test: str = "equals"
    where_value: str = ""
    where_more: str = ""  # Further filters of the goal as JSON, which the form has no row for.

    @property
    def asks(self) -> bool:
        """Whether it goes to whom a condition of its own finds."""
        return self.segment == OWN and not self.resend


def read(form: FormData, vocabulary: Vocabulary) -> Typed:
    """The form as it was sent, with what was typed into the condition."""
    given = {one.name: form.get(one.name, "") for one in fields(Typed)}
    texts = {name: text for name, text in given.items() if isinstance(text, str) and name in PLAIN}
    asked = asked_of(form, vocabulary) if "was" in form else NOTHING
    exclude = tuple(one for one in form.getlist("exclude") if isinstance(one, str))
    return Typed(**texts, exclude=exclude, asked=asked)


PLAIN = frozenset(one.name for one in fields(Typed)) - {"exclude", "asked"}


def typed_of(body: Campaign, zone: ZoneInfo, *, key: str, title: str | None = None) -> Typed:
    at = body.send_at if body.local_time else body.send_at and body.send_at.astimezone(zone)
    first = body.goal_where[0] if body.goal_where else None
    return Typed(
        title=title or body.title,
        key=key,
        purpose=body.purpose,
        segment=OWN if body.condition is not None else body.segment,
        template=body.template,
        topic=WHOLE if body.topic == "" else body.topic or "",
        channel=body.channel,
        held_out_percent=f"{body.held_out_percent:g}",
        goal=body.goal,
        window_days=str(body.window_days),
        expected_percent=f"{body.expected_percent:g}",
        send_at=f"{at:%Y-%m-%dT%H:%M}" if at else "",
        exclude=body.exclude,
        asked=Asked(tree=tree_of(definitions.canonical(body).get("condition") or EVERYBODY["condition"])),
        resend=said(body.resend) if body.resend is not None else "",
        local_time="on" if body.local_time else "",
        late=body.late or "",
        priority=str(body.priority),
        uncapped="" if body.capped else "on",
        attribution_days=str(body.attribution_days or ""),
        where_property=first.property if first else "",
        where_test=first.test if first else "equals",
        where_value=shown_value(first) if first else "",
        where_more=said(body.goal_where[1:]) if body.goal_where[1:] else "",
    )


def said(part: object) -> str:
    return json.dumps(msgspec.to_builtins(part), ensure_ascii=False)


def shown_value(one: Filter) -> str:
    if one.values:
        return ", ".join(str(value) for value in one.values)
    return "" if one.value is None else str(one.value)


def body_of(typed: Typed, zone: ZoneInfo, unread: Sequence[Finding] = ()) -> dict[str, Any]:
    """The body as data; raises Invalid with each number and moment that cannot be read.

    `unread` is what is wrong with the condition.
    """
    body: dict[str, Any] = {name: getattr(typed, name).strip() for name in TEXTS}
    if typed.asks:
        body |= {"segment": "", "condition": typed.asked.tree["condition"]}
    if typed.topic:
        body["topic"] = "" if typed.topic == WHOLE else typed.topic
    found = list(unread)
    body |= _more(typed, found)
    for name, what in NUMBERS.items():
        try:
            body[name] = float(getattr(typed, name).replace("%", "").strip())
        except ValueError:
            found.append(wrong(name, f"Give {what}, as in 10."))
    try:
        body["window_days"] = int(typed.window_days.strip())
    except ValueError:
        found.append(wrong("window_days", "Give a whole number of days, as in 28."))
    try:
        if typed.send_at.strip():
            given = datetime.fromisoformat(typed.send_at.strip())
            # Of a local hour only day and hour count, whatever zone stands beside them.
            body["send_at"] = given.replace(tzinfo=UTC if typed.local_time else zone)
    except ValueError:
        found.append(wrong("send_at", "Give day and time as 2026-01-15T09:00, or leave it empty."))
    instead = bool(body.get("condition") or body.get("resend"))
    needed = {name: text for name, text in REQUIRED.items() if not (instead and name == "segment")}
    found += [wrong(name, text) for name, text in needed.items() if not body[name]]
    if found:
        raise Invalid("Please check what you entered.", found)
    return body


def _more(typed: Typed, found: list[Finding]) -> dict[str, Any]:
    """What is there beside the first questions, as far as it was filled in."""
    more: dict[str, Any] = {}
    if typed.resend.strip():
        more["resend"] = _json(typed, "resend", found)
    for name, least, most in (("priority", 0, 100), ("attribution_days", 1, 90)):
        text = getattr(typed, name).strip()
        if text and (not text.isdecimal() or not least <= int(text) <= most):
            found.append(wrong(name, f"Give a whole number from {least} to {most}."))
        elif text:
            more[name] = int(text)
    if typed.exclude:
        more["exclude"] = [key for key in typed.exclude if key]
    if typed.local_time:
        more["local_time"] = True
    if typed.late:
        more["late"] = typed.late
    if typed.uncapped:
        more["capped"] = False
    where = [*_first_filter(typed), *(_json(typed, "where_more", found) if typed.where_more.strip() else [])]
    return more | ({"goal_where": where} if where else {})


def _json(typed: Typed, name: str, found: list[Finding]) -> Any:
    try:
        return json.loads(getattr(typed, name))
    except ValueError as broken:
        found.append(wrong(name, f"This cannot be read as JSON: {broken}."))
        return [] if name == "where_more" else None


def _first_filter(typed: Typed) -> list[dict[str, Any]]:
    if not typed.where_property.strip():
        return []
    one: dict[str, Any] = {"property": typed.where_property.strip(), "test": typed.where_test}
    text = typed.where_value.strip()
    if typed.where_test in ("one_of", "none_of"):
        one["values"] = [scalar(part.strip()) for part in text.split(",") if part.strip()]
    elif typed.where_test not in ("exists", "missing"):
        one["value"] = scalar(text)
    return [one]


def scalar(text: str) -> str | float | bool:
    """What was typed, as a number or yes and no where it is one.

    >>> scalar("50"), scalar("true"), scalar("tea")
    (50.0, True, 'tea')
    """
    if text in ("true", "false"):
        return text == "true"
    try:
        return float(text)
    except ValueError:
        return text


def wrong(path: str, message: str) -> Finding:
    return Finding(path=path, code="campaigns.form", message=message)


def slug(title: str) -> str:
    """A key out of a name.

    >>> slug("Win back: Spring!")
    'win-back-spring'
    """
    return re.sub(r"[^a-z0-9]+", "-", fold(title)).strip("-")[:60]
