"""Listings of customers: themselves, who is in a segment, what they agreed to, their traits and groups."""

from collections.abc import Iterator, Sequence
from typing import Any

from regulars import customers
from regulars.customers import conceal_text, masked_values
from regulars.db import Tx, value
from regulars.exports.listed_columns import (
    CURRENCY,
    CUSTOMER,
    PERIOD,
    PERSON,
    SINCE,
    amounts,
    flags,
    instants,
    integers,
    texts,
    values,
)
from regulars.exports.listed_statements import SQL
from regulars.exports.listing import Asked, Column, ColumnType, Filter, Listing, fetched, streamed
from regulars.insights import Narrowing, searched

TRAIT = "trait:"  # What the name of a trait's column begins with, as in the console.
SEARCH_PAGE = 500
TYPES: dict[str, ColumnType] = {"number": "number", "integer": "integer", "boolean": "flag"}
SEGMENT = Filter(name="segment", title="Segment")
GROUP_TYPE = Filter(name="group_type", title="Type of group")


def trait_columns(tx: Tx) -> tuple[Column, ...]:
    """One column for each declared or computed trait."""
    found = {one.path: one.type for one in customers.declared_traits(tx)}
    found |= dict.fromkeys(customers.computed_traits(tx), "number")
    return tuple(
        Column(name=f"{TRAIT}{path}", type=TYPES.get(kind, "text")) for path, kind in sorted(found.items())
    )


def customer_rows(tx: Tx, asked: Asked) -> Iterator[Sequence[Sequence[Any]]]:
    by = asked.filter
    approach = by["approach"] or value(tx, SQL.approach)
    programme = by["programme"] or value(tx, SQL.programme)
    narrowed = Narrowing(
        approach=approach,
        programme=programme,
        stage=by["stage"],
        tier=by["tier"],
        joined_since=by["joined_since"],
    )
    ids = _found(tx, by["q"], narrowed, contacts=asked.contacts) if by["q"] else None
    params = {**by, "approach": approach, "programme": programme, "ids": ids}
    paths = [column.name.removeprefix(TRAIT) for column in trait_columns(tx)]
    personal = frozenset() if asked.contacts else customers.personal_traits(tx)
    for batch in fetched(tx, SQL.customers, params):
        yield [_with_traits(row, paths, personal, contacts=asked.contacts) for row in batch]


def _found(tx: Tx, text: str, by: Narrowing, *, contacts: bool) -> list[int]:
    """Whom a search finds, as the list does."""
    ids: list[int] = []
    cursor: str | None = None
    while True:
        page = searched(tx, text, by, cursor, SEARCH_PAGE, contacts=contacts)
        ids += [one.customer_id for one in page.items]
        cursor = page.next
        if cursor is None:
            return ids


def _with_traits(
    row: Sequence[Any], paths: Sequence[str], personal: frozenset[str], *, contacts: bool
) -> list[Any]:
    traits = row[-1] if contacts else masked_values(row[-1], personal)
    return [*row[:-1], traits, *(_held(traits, path) for path in paths)]


def _held(traits: dict[str, Any], path: str) -> Any:
    found: Any = traits.get(path)
    if found is None and "." in path:
        found = traits
        for name in path.split("."):
            found = found.get(name) if isinstance(found, dict) else None
    return found


def trait_rows(tx: Tx, asked: Asked) -> Iterator[Sequence[Sequence[Any]]]:
    personal = customers.personal_traits(tx)
    for batch in fetched(tx, SQL.traits, asked.filter):
        if asked.contacts:
            yield batch
        else:
            yield [
                (row[0], row[1], masked_values({row[1]: row[2]}, personal)[row[1]], *row[3:]) for row in batch
            ]


def consents_top(tx: Tx) -> int:
    return int(value(tx, SQL.consents_top))


CUSTOMERS = Listing(
    name="customers",
    title="Customers",
    text="Everybody you know, with stage, points, orders and traits; a column for each declared trait.",
    permission="customers.view",
    columns=(
        *PERSON,
        *texts("stage"),
        *instants("stage_since"),
        *texts("tier"),
        *integers("points", "orders"),
        *amounts("spent"),
        CURRENCY,
        *instants("last_order_at", "created_at", "first_seen_at", "last_seen_at"),
        *flags("test"),
        Column(name="traits", type="json", text="Every trait, also those that nobody declared."),
    ),
    more=trait_columns,
    rows=customer_rows,
    masks=True,
    filters=(
        Filter(name="q", title="Name, id, e-mail or phone"),
        Filter(name="stage", title="Stage"),
        Filter(name="tier", title="Tier"),
        Filter(name="joined_since", title="Joined since", type="instant"),
        Filter(name="approach", title="Approach"),
        Filter(name="programme", title="Programme"),
    ),
)
SEGMENT_MEMBERS = Listing(
    name="segment-members",
    title="People in a segment",
    text="Who is in one segment now.",
    permission="customers.view",
    columns=(*PERSON, *texts("segment", "approach", "stage"), *instants("entered_at")),
    rows=streamed(SQL.segment_members),
    filters=(Filter(name="segment", title="Segment", required=True),),
)
SEGMENT_MOVES = Listing(
    name="segment-moves",
    title="Who came into segments and left them",
    text="Every stay in a segment or stage, also those that ended.",
    permission="customers.view",
    columns=(CUSTOMER, *texts("segment", "approach", "stage"), *instants("entered_at", "left_at")),
    rows=streamed(SQL.segment_moves),
    filters=(SEGMENT, SINCE),
)
LIST_ENTRIES = Listing(
    name="list-entries",
    title="People on lists",
    text="Who was put on one list or on any, when, and until when.",
    permission="customers.view",
    columns=(*PERSON, *texts("list"), *instants("added_at", "until")),
    rows=streamed(SQL.list_entries),
    filters=(Filter(name="list", title="List"),),
)
CONSENTS = Listing(
    name="consents",
    title="Consents",
    text="What was given and withdrawn, with basis, source and wording.",
    permission="customers.view",
    columns=(
        CUSTOMER,
        *texts("channel", "topic"),
        *flags("given"),
        *texts("basis", "source", "wording"),
        *instants("occurred_at"),
        *integers("position"),
    ),
    rows=streamed(SQL.consents),
    filters=(Filter(name="channel", title="Channel"), *PERIOD),
    top=consents_top,
)
TRAITS = Listing(
    name="trait-history",
    title="History of traits",
    text="What was told of each trait, when, and where it comes from.",
    permission="customers.view",
    columns=(
        CUSTOMER,
        *texts("name"),
        Column(name="value", type="json"),
        *instants("occurred_at"),
        *texts("source", "origin"),
        *instants("expires_at"),
        *flags("stands", "fits"),
    ),
    rows=trait_rows,
    masks=True,
    filters=(Filter(name="name", title="Trait"), *PERIOD),
)
GROUPS = Listing(
    name="groups",
    title="Groups and households",
    text="Each group with its traits.",
    permission="customers.view",
    columns=(
        *texts("type", "key"),
        Column(name="name", type="text", conceal=conceal_text),
        Column(name="traits", type="json", conceal=values),
        *instants("first_seen_at", "last_seen_at"),
    ),
    rows=streamed(SQL.groups),
    filters=(GROUP_TYPE,),
)
GROUP_MEMBERS = Listing(
    name="group-members",
    title="People in groups",
    text="Who belongs to which group.",
    permission="customers.view",
    columns=(
        *texts("type", "key"),
        Column(name="name", type="text", conceal=conceal_text),
        CUSTOMER,
        *instants("since"),
    ),
    rows=streamed(SQL.group_members),
    filters=(GROUP_TYPE,),
)
OF_CUSTOMERS = (
    CUSTOMERS,
    SEGMENT_MEMBERS,
    SEGMENT_MOVES,
    LIST_ENTRIES,
    CONSENTS,
    TRAITS,
    GROUPS,
    GROUP_MEMBERS,
)
