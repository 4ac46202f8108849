"""What must hold before a single message is taken: a live template, one person, the data it asks for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from regulars import customers
from regulars.campaigns.carrying import channel_for
from regulars.db import Tx
from regulars.definitions import Definition, live
from regulars.kernel import Finding, Invalid
from regulars.templates import TEMPLATE, Template, asked_of_event, live_shelf, parts_written

CUSTOMER, USER, EMAIL, PHONE = "customer_id", "user_id", "email", "phone"


class Asked(Protocol):
    @property
    def template(self) -> str: ...
    @property
    def to(self) -> str: ...
    @property
    def data(self) -> Mapping[str, Any]: ...
    @property
    def channel(self) -> str | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    customer_id: int
    template: Template
    version: int
    channel: str


def ready(tx: Tx, given: Sequence[Asked], places: Sequence[int]) -> list[Ready]:
    """Each with what it needs; raises Invalid with all that is wrong, each at its place."""
    templates = {key: live(tx, TEMPLATE, key) for key in {one.template for one in given}}
    needed = {key: _needed(tx, found.body) for key, found in templates.items() if found is not None}
    people = _people(tx, {one.to for one in given})
    found: list[Finding] = []
    made: list[Ready] = []
    for place, one in zip(places, given, strict=True):
        template, whom = templates[one.template], people.get(one.to, ())
        wrong = [*_wrong_template(one, template), *_wrong_person(one, whom)]
        channel = None
        if template is not None:
            wrong += _wrong_data(one, needed[one.template])
            channel, said = channel_for(tx, template.body.medium, one.channel)
            wrong += [("channel", "messages.channel", said)] if channel is None else []
        found += [
            Finding(path=f"messages[{place}].{path}", code=code, message=said) for path, code, said in wrong
        ]
        if template is not None and channel is not None and len(whom) == 1:
            made.append(
                Ready(customer_id=whom[0], template=template.body, version=template.version, channel=channel)
            )
    if found:
        raise Invalid("Nothing was sent; mend what is named and hand it over again.", found)
    return made


def _wrong_template(one: Asked, template: Definition[Template] | None) -> list[tuple[str, str, str]]:
    if template is None:
        said = f"There is no live template {one.template[:80]!r}; publish it first."
        return [("template", "messages.template", said)]
    return []


def _wrong_person(one: Asked, whom: Sequence[int]) -> list[tuple[str, str, str]]:
    if not whom:
        said = f"Nobody is known by {one.to[:80]!r}; tell of the customer by identify first."
        return [("to", "messages.nobody", said)]
    if len(whom) > 1:
        said = f"{len(whom)} customers share {one.to[:80]!r}; name the one by cus_… or your own identifier."
        return [("to", "messages.several", said)]
    return []


def _needed(tx: Tx, body: Template) -> frozenset[str]:
    return asked_of_event(body, live_shelf(tx, parts_written(body)))


def _wrong_data(one: Asked, needed: frozenset[str]) -> list[tuple[str, str, str]]:
    missing = sorted(name for name in needed if not _has(one.data, name))
    return [
        ("data", "messages.data", f"The template asks for event.{name} without a default; give {name!r}.")
        for name in missing
    ]


def _has(data: Mapping[str, Any], name: str) -> bool:
    inside: Any = data
    for part in name.split("."):
        if not isinstance(inside, Mapping) or inside.get(part) is None:
            return False
        inside = inside[part]
    return True


def _people(tx: Tx, named: set[str]) -> dict[str, tuple[int, ...]]:
    """Who is meant by each, in a statement for each way of naming somebody."""
    by_kind: dict[str, list[str]] = {}
    for one in named:
        by_kind.setdefault(_kind_of(one), []).append(one)
    found: dict[str, tuple[int, ...]] = {}
    for kind, many in by_kind.items():
        found |= customers.find_many(tx, kind, many)
    return found


def _kind_of(text: str) -> str:
    if text.startswith("cus_"):
        return CUSTOMER
    if "@" in text:
        return EMAIL
    return PHONE if text.startswith("+") else USER
