"""What a batch of messages says: each reader's variables and letter, and the template said to them."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from regulars.channels import Message
from regulars.customers import Customer, by_ids
from regulars.db import Query, Statements, Tx, value
from regulars.definitions import get
from regulars.messaging.ahead import FetchOf, NotAsked
from regulars.messaging.ledger import Claimed, Outcome, again_at
from regulars.messaging.source import Source
from regulars.orders import for_messages, products_for_messages
from regulars.templates import TEMPLATE, Abort, Prepared, keys, prepared_for


class Sql(Statements, file="rendering.sql"):
    title: Query


SQL = Sql()
# Further variables of these customers, such as tier and points.
Variables = Callable[[Tx, Sequence[int]], Mapping[int, Mapping[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Whom one send goes to, and where."""

    send_id: int
    customer_id: int
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What one message carries and no other does, such as the links of its reader."""

    variables: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


# The letters of these recipients of a source, by send; who needs none is left out.
Letters = Callable[[Tx, Source, Sequence[Recipient]], Mapping[int, Letter]]
PLAIN = Letter()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """What is to be said to whom."""

    source: Source
    template: Prepared
    fetch_of: FetchOf  # By send.
    at: datetime
    claimed: Sequence[Claimed]
    addresses: Mapping[int, str]  # By send.
    tracked: AbstractSet[int]  # Customers of whom opens and clicks may be counted.


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    messages: Sequence[Message]
    aborted: Mapping[int, Outcome]


def nothing_more(_tx: Tx, _customer_ids: Sequence[int]) -> Mapping[int, Mapping[str, Any]]:
    return {}


def plain_letters(_tx: Tx, _source: Source, _to: Sequence[Recipient]) -> Mapping[int, Letter]:
    return {}


def title_of(tx: Tx, source: Source) -> str:
    """What people call the campaign that asks for it; its key where it has no title."""
    found = value(tx, SQL.title, kind=source.kind, key=source.key)
    return str(found or source.key)


def template_of(tx: Tx, source: Source) -> Prepared:
    return prepared_for(tx, get(tx, TEMPLATE, source.template_key, source.template_version).body)


def render(tx: Tx, variables: Variables, letters: Letters, asked: Rendering) -> Made:
    """Say the template to all of them; who it declines for is aborted, and nobody else."""
    if not asked.claimed:
        return Made(messages=(), aborted={})
    source = asked.source
    people = by_ids(tx, [row.customer_id for row in asked.claimed])
    said = _said(tx, asked.template, people, variables(tx, list(people)))
    by_letter = letters(
        tx,
        source,
        [
            Recipient(send_id=row.send_id, customer_id=row.customer_id, address=asked.addresses[row.send_id])
            for row in asked.claimed
        ],
    )
    shared = {"campaign": {"key": source.key, "title": title_of(tx, source)}}
    products = _products(tx, asked.template, said, asked.claimed)
    messages: list[Message] = []
    aborted: dict[int, Outcome] = {}
    for row in asked.claimed:
        letter = by_letter.get(row.send_id, PLAIN)
        own = {
            **shared,
            **said[row.customer_id],
            "event": row.data or {},
            "entry": row.entry,
            **letter.variables,
        }
        try:
            messages.append(_message(asked, row, people[row.customer_id], own, products, letter))
        except NotAsked as late:
            aborted[row.send_id] = Outcome(
                send_id=row.send_id,
                state="queued",
                reason="fetching",
                detail=str(late),
                not_before=again_at(asked.at, 0, None),
            )
        except Abort as wish:
            aborted[row.send_id] = Outcome(
                send_id=row.send_id, state="skipped", reason="aborted", detail=str(wish)
            )
    return Made(messages=messages, aborted=aborted)


def _message(
    asked: Rendering,
    row: Claimed,
    person: Customer,
    variables: Mapping[str, Any],
    products: Mapping[str, Mapping[str, Any]],
    letter: Letter,
) -> Message:
    language, fetch = language_of(person.traits), asked.fetch_of(row.send_id)
    made = asked.template.render(variables, products, language=language, fetch=fetch)
    return Message(
        send_id=row.send_id,
        customer_id=row.customer_id,
        address=asked.addresses[row.send_id],
        subject=made.subject,
        preheader=made.preheader,
        text=made.text,
        html=made.html,
        link=made.link,
        image=made.image,
        at=asked.at,
        transactional=asked.source.purpose == "transactional",
        more=letter.headers,
        tracked=row.customer_id in asked.tracked,
    )


def _said(
    tx: Tx,
    template: Prepared,
    people: Mapping[int, Customer],
    more: Mapping[int, Mapping[str, Any]],
) -> dict[int, dict[str, Any]]:
    bought = for_messages(tx, list(people)) if template.says_last_order else {}
    return {
        number: variables_of(person, {**bought.get(number, {}), **more.get(number, {})})
        for number, person in people.items()
    }


def _products(
    tx: Tx, template: Prepared, said: Mapping[int, Mapping[str, Any]], claimed: Sequence[Claimed]
) -> Mapping[str, Mapping[str, Any]]:
    """Return all products that a batch of messages looks up, in one statement."""
    if not template.lookups:
        return {}
    asked = {
        key
        for row in claimed
        for key in keys(template.lookups, {**said[row.customer_id], "event": row.data or {}})
    }
    return products_for_messages(tx, sorted(asked)) if asked else {}


def language_of(traits: Mapping[str, Any]) -> str:
    """The language a customer reads, as far as they said."""
    said = traits.get("language") or traits.get("locale")
    return said if isinstance(said, str) else ""


def variables_of(person: Customer, more: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a template can ask for; what is not known is left out, so that it counts as missing."""
    given = {
        "id": person.id,
        "name": person.name,
        "first_name": person.traits.get("first_name") or (person.name or "").partition(" ")[0] or None,
        "email": person.email,
        "phone": person.phone,
    }
    customer = {name: content for name, content in given.items() if content is not None}
    return {**more, "customer": customer, "traits": person.traits}
