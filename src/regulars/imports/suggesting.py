"""A mapping suggested: by the exports that are known, else by what columns are usually called."""

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from regulars.imports.layout import Column, Layout
from regulars.imports.mapping import MappingBody
from regulars.imports.target import NEEDED, PREFIXES, TARGETS, Target, What, target_of
from regulars.kernel import fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An export of another system, told by columns that only it has together."""

    title: str
    what: What
    has: tuple[str, ...]
    columns: dict[str, str]
    leaves: tuple[str, ...] = ()  # What means nothing outside that system.
    others: str = "traits."  # Where columns go that nobody knows.
    types: dict[str, Any] | None = None


KNOWN = (
    Known(
        title="Klaviyo: profiles",
        what="customers",
        has=("Email", "Klaviyo ID"),
        columns={
            "Email": "email",
            "Klaviyo ID": "traits.klaviyo_id",
            "External ID": "user_id",
            "Phone Number": "phone",
            "Profile Created On": "traits.created_at",
            "Organization": "traits.company",
            "Source": "traits.source",
            "Latitude": "traits.address.latitude",
            "Longitude": "traits.address.longitude",
            "Email Marketing Consent": "consent.email",
            "Email Marketing Consent Timestamp": "consent.email.at",
            "SMS Marketing Consent": "consent.sms",
            "SMS Marketing Consent Timestamp": "consent.sms.at",
            "Email Suppressions": "suppressed.email",
            "Last Active": "traits.last_active",
            "First Active": "traits.first_active",
        },
        leaves=(
            "IP Address", "Historic Customer Lifetime Value", "Predicted Customer Lifetime Value",
            "Total Customer Lifetime Value", "Historic Number Of Orders", "Predicted Number Of Orders",
            "Average Days Between Orders", "Average Order Value", "Churn Risk Prediction",
            "Expected Date Of Next Order", "Last Open", "Last Click", "Date Added",
            "Email Suppressions Timestamp",
        ),
    ),
    Known(
        title="Customer.io: people",
        what="customers",
        has=("cio_id",),
        columns={
            "id": "user_id",
            "email": "email",
            "created_at": "traits.created_at",
            "unsubscribed": "traits.unsubscribed",
            "cio_id": "traits.cio_id",
        },
        leaves=("cio_subscription_preferences", "_cio_subscription_preferences_computed", "_relationships"),
    ),
    Known(
        title="Shopify: orders",
        what="orders",
        has=("Name", "Financial Status", "Lineitem quantity", "Lineitem price"),
        columns={
            "Name": "order_id",
            "Email": "email",
            "Currency": "currency",
            "Total": "total",
            "Shipping": "shipping",
            "Taxes": "tax",
            "Discount Code": "coupon",
            "Created at": "occurred_at",
            "Lineitem sku": "line.product_id",
            "Lineitem name": "line.name",
            "Lineitem quantity": "line.quantity",
            "Lineitem price": "line.price",
            "Lineitem discount": "line.discount",
            "Vendor": "line.brand",
            "Location": "store_id",
            "Financial Status": "properties.financial_status",
        },
        others="",
    ),
    Known(
        title="Shopify: customers",
        what="customers",
        has=("Customer ID", "First Name", "Last Name", "Accepts Email Marketing"),
        columns={
            "Customer ID": "user_id",
            "Email": "email",
            "Accepts Email Marketing": "consent.email",
            "Accepts SMS Marketing": "consent.sms",
            "Phone": "phone",
            "Tags": "traits.tags",
            "Note": "traits.note",
        },
        leaves=("Total Spent", "Total Orders", "Default Address Phone", "Default Address Province Code"),
    ),
    Known(
        title="Segment: tracked events",
        what="events",
        has=("messageId", "timestamp"),
        columns={
            "messageId": "message_id",
            "userId": "user_id",
            "anonymousId": "anonymous_id",
            "event": "event",
            "type": "type",
            "timestamp": "occurred_at",
            "properties": "properties",
            "traits": "traits",
            "context": "context",
        },
        others="",
    ),
)  # fmt: skip
# What tells what a file holds, when nobody says: the fields that only this thing has.
TELLING: tuple[tuple[What, tuple[str, ...]], ...] = (
    ("balances", ("points",)),
    ("orders", ("order_id", "occurred_at")),
    ("consents", ("channel", "given")),
    ("events", ("event", "occurred_at")),
    ("stores", ("store_id", "name")),
    ("products", ("product_id", "name")),
    ("customers", ("email",)),
)
# Whoever is told with these is described, and not counted.
PERSONAL = {"traits.first_name", "traits.last_name", "traits.birthday", "traits.gender"}
NO_LETTERS = re.compile(r"[\W_]+")
SPACED = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
HEADERS_MAX = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    mapping: MappingBody
    from_where: str  # For people: by which the mapping was chosen.
    certain: bool  # Whether it was a known export, and not names alone.


def suggest(layout: Layout, *, name: str, what: What | None = None, zone: str = "UTC") -> Suggestion:
    """The mapping that fits the columns best; it may lack something that only a person knows."""
    known = known_export(layout)
    if known is not None and what in (None, known.what):
        columns = _of_known(known, layout)
        body = _body(layout, columns, name=name, what=known.what, zone=zone)
        return Suggestion(mapping=body, from_where=f"It looks like an export of {known.title}.", certain=True)
    chosen = what or told(layout)
    columns = by_names(layout, chosen)
    body = _body(layout, columns, name=name, what=chosen, zone=zone)
    return Suggestion(mapping=body, from_where="Suggested by the names of the columns.", certain=False)


def known_export(layout: Layout) -> Known | None:
    folded = {fold(name) for name in layout.names}
    return next((one for one in KNOWN if all(fold(name) in folded for name in one.has)), None)


def told(layout: Layout) -> What:
    """What the columns speak of; customers, if nothing tells."""
    people = PERSONAL & set(by_names(layout, "customers").values())
    for what, fields in TELLING:
        if set(fields) <= set(by_names(layout, what).values()) and not (what != "orders" and people):
            return what
    return "customers"


def _of_known(known: Known, layout: Layout) -> dict[str, str]:
    wanted = {fold(column): field for column, field in known.columns.items()}
    left = {fold(name) for name in known.leaves}
    found = {c.name: wanted[fold(c.name)] for c in layout.columns if fold(c.name) in wanted}
    usual = by_names(layout, known.what)
    for column in layout.columns:
        if column.name in found or fold(column.name) in left:
            continue
        field = usual.get(column.name, "")
        if field.startswith("traits.") and field not in found.values() and known.others:
            found[column.name] = field
        elif known.others and column.guess != "empty" and not column.name.startswith("_"):
            free = f"{known.others}{slug(column.name)}"
            if free not in found.values():
                found[column.name] = free
    return found


def by_names(layout: Layout, what: What) -> dict[str, str]:
    """Each field at most once, from the column whose name fits it best; what is left becomes a trait."""
    scores = sorted(
        (
            (score, place, number, column, target)
            for place, column in enumerate(layout.columns)
            for number, target in enumerate(TARGETS[what])
            if (score := _score(what, column, target))
        ),
        key=lambda found: (-found[0], found[1], found[2]),
    )
    # Who calls a column as the field is called means it.
    found = {c.name: c.name for c in layout.columns if "." in c.name and target_of(what, c.name) is not None}
    for _, _, _, column, target in scores:
        if column.name not in found and target.name not in found.values():
            found[column.name] = target.name
    prefix = next(iter(PREFIXES[what]), "")
    for column in layout.columns:
        free = f"{prefix}{slug(column.name)}"
        if prefix and column.name not in found and column.guess != "empty" and free not in found.values():
            found[column.name] = free
    names = set(found.values())
    return {
        column: field
        for column, field in found.items()
        if not (
            field.startswith(("traits.", "properties.")) and any(o.startswith(f"{field}.") for o in names)
        )
    }


def _score(what: What, column: Column, target: Target) -> int:
    """How well a name fits: 3 as itself, 2 as one of its usual names, 0 not at all or not by its values."""
    own = {plain(target.name), plain(target.name.rsplit(".", 1)[-1]), plain(target.title)}
    usual = [plain(one) for one in usual_names(what).get(target.name, ())]
    name = plain(column.name)
    if target.type == "agreed" and column.guess not in ("boolean", "text", "empty", "number"):
        return 0
    if target.type in ("number", "money", "whole") and column.guess not in ("number", "empty", "text"):
        return 0
    if name in own:
        return 100
    if name == "id" and target.name == "user_id":
        return 1
    # Of usual names, the earlier is the more usual: created at is when an order was made, updated at hardly.
    return 90 - min(usual.index(name), 80) if name in usual else 0


@cache
def _usual_names() -> dict[str, dict[str, list[str]]]:
    text = (resources.files("regulars.imports") / "usual_names.yaml").read_text(encoding="utf-8")
    read: dict[str, dict[str, list[str]]] = yaml.safe_load(text)
    return read


def usual_names(what: What) -> dict[str, list[str]]:
    """Field → what columns for it are usually called, the more usual first."""
    return _usual_names()[what]


def plain(name: str) -> str:
    """A name without case, accents and signs.

    >>> plain("E-Mail"), plain("firstName"), plain("Größe (cm)")
    ('e mail', 'first name', 'grosse cm')
    """
    return NO_LETTERS.sub(" ", fold(SPACED.sub(" ", name))).strip()


def slug(name: str) -> str:
    return plain(name).replace(" ", "_")[:60] or "column"


def _body(layout: Layout, columns: dict[str, str], *, name: str, what: What, zone: str) -> MappingBody:
    used = [column for column in layout.columns if column.name in columns]
    lists = {c.name: _separator(c) for c in used if columns[c.name] == "traits.tags" and c.guess != "json"}
    commas = sum(c.decimal == "," for c in used)
    return MappingBody(
        title=name.rsplit(".", 1)[0][:200] or name,
        what=what,
        columns=columns,
        dates={c.name: c.format for c in used if c.format},
        lists=lists,
        zone=zone,
        decimal="," if commas else ".",
        headers=layout.names[:HEADERS_MAX],
    )


def _separator(column: Column) -> str:
    return next((sign for sign in (";", "|", ",") if any(sign in one for one in column.examples)), ",")


def lacks(body: MappingBody) -> list[tuple[str, ...]]:
    """The groups of fields of which none is given yet."""
    given = {*body.columns.values(), *body.constants}
    return [group for group in NEEDED[body.what] if not given & set(group)]
