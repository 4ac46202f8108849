"""A customer's traits: what stands, where it comes from and what it was; written and taken back by hand."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Form
from starlette.responses import Response

from regulars import access, customers
from regulars.console.console import pages
from regulars.console.landmarks import why_masked
from regulars.console.parts import Chip
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.customers import Customer, Declared, Told
from regulars.db import Tx
from regulars.kernel import Finding, Invalid, parse_public_id

router = pages()
# What the page's head and contact card show already.
SHOWN_ELSEWHERE = frozenset({"name", "first_name", "last_name", "firstName", "lastName", "email", "phone"})
VALUE_SIGNS_MAX = 2_000
SAVED = "Written. The page shows it as soon as it has been read, usually within a second."


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait:
    """One line of the card."""

    name: str
    title: str
    value: str
    words: str  # Where it comes from.
    at: datetime | None
    expires_at: datetime | None
    conflict: bool  # Something was told that does not fit the declared type.
    href: str  # Of its history.


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    value: str
    words: str
    at: datetime
    state: str
    position: int
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TraitPage:
    chip: Chip
    href: str  # Where the forms go.
    name: str  # Empty for a new one.
    title: str
    declared: Declared | None
    computed: str  # What it is computed from; empty for what was told.
    value: str  # What stands, as it is typed.
    standing: Former | None
    former: tuple[Former, ...]
    may_edit: bool
    why_not: str
    why_masked: str
    errors: dict[str, str]
    findings: tuple[Finding, ...] = ()


def trait_lines(tx: Tx, visit: Visit, customer: Customer) -> Iterator[Trait]:
    """Told and computed traits by name, masked for who may not see them."""
    declared = {one.path: one for one in customers.declared_traits(tx)}
    told = {one.name: one for one in customers.told_traits(tx, customer.customer_id)}
    computed = customers.computed_traits(tx)
    unfit = customers.unfit_traits(tx, customer.customer_id)
    shown = masked_traits(tx, visit, customer.traits)
    for name in sorted({*shown, *unfit} - SHOWN_ELSEWHERE):
        yield _line(customer, name, shown, told.get(name), computed, declared, conflict=name in unfit)


def _line(
    customer: Customer,
    name: str,
    shown: Mapping[str, Any],
    told: Told | None,
    computed: Mapping[str, Any],
    declared: Mapping[str, Declared],
    *,
    conflict: bool,
) -> Trait:
    made = computed.get(name)
    words = f"computed: {computed_words(made)}" if made else told.words if told else ""
    return Trait(
        name=name,
        title=declared[name].title if name in declared else made.title if made else title_of(name),
        value=plain(shown[name]) if name in shown else "nothing that fits",
        words=words,
        at=None if made or told is None else told.occurred_at,
        expires_at=told.expires_at if told and not made else None,
        conflict=conflict,
        href=f"/customers/{customer.id}/trait?{urlencode({'name': name})}",
    )


def computed_words(definition: Any) -> str:
    return customers.computed_sentence(definition.body)


def masked_traits(tx: Tx, visit: Visit, traits: Mapping[str, Any]) -> dict[str, Any]:
    if not why_masked(visit.actor):
        return dict(traits)
    return customers.masked_values(dict(traits), customers.personal_traits(tx))


def title_of(name: str) -> str:
    return name.replace("_", " ").capitalize()


def plain(value: Any) -> str:
    """A value in words, nested ones too."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "taken away"
    if isinstance(value, list):
        return ", ".join(plain(one) for one in value) or "an empty list"
    if isinstance(value, dict):
        return (
            " · ".join(f"{title_of(name)}: {plain(one)}" for name, one in value.items()) or "nothing inside"
        )
    return str(value)


@router.get("/customers/{customer_id}/trait")
def trait(visit: Visiting, customer_id: str, name: str = "") -> Response:
    """One trait with its history, beside the customer's page or as a page; without a name, a new one."""
    access.require(visit.actor, "customers.view")
    with visit.app.database.transaction() as tx:
        customer = customers.get(tx, parse_public_id("cus", customer_id))
        value = trait_page(tx, visit, customer, name[:200])
    return page(visit, "customers/trait.html", value)


def trait_page(
    tx: Tx, visit: Visit, customer: Customer, name: str, *, typed: str = "", wrong: Invalid | None = None
) -> TraitPage:
    declared = next((one for one in customers.declared_traits(tx) if one.path == name), None)
    made = customers.computed_traits(tx).get(name)
    history = customers.trait_history(tx, customer.customer_id, name) if name else []
    hidden = why_masked(visit.actor)
    lines = [_former(tx, visit, one) for one in history]
    standing = next((line for one, line in zip(history, lines, strict=True) if one.stands), None)
    may = access.allows(visit.actor, "customers.edit")
    visible = masked_traits(tx, visit, customer.traits)
    unmasked = name in visible and visible[name] == customer.traits[name]
    return TraitPage(
        chip=Chip(href=f"/customers/{customer.id}", name=customer.title),
        href=f"/customers/{customer.id}/trait",
        name=name,
        title=declared.title if declared else title_of(name) if name else "A new trait",
        declared=declared,
        computed=computed_words(made) if made else "",
        value=typed or (as_typed(customer.traits[name]) if unmasked else ""),
        standing=standing,
        former=tuple(line for line in lines if line is not standing),
        may_edit=may.outcome == "yes" and made is None,
        why_not="" if may.outcome == "yes" else may.reason,
        why_masked=hidden if name in visible and not unmasked else "",
        errors={finding.path: finding.message for finding in wrong.findings} if wrong else {},
        findings=tuple(wrong.findings) if wrong else (),
    )


def _former(tx: Tx, visit: Visit, one: Told) -> Former:
    state = "stands" if one.stands else "does not fit" if not one.fits else ""
    return Former(
        value=plain(masked_traits(tx, visit, {one.name: one.value})[one.name]),
        words=one.words,
        at=one.occurred_at,
        state=state,
        position=one.position,
        expires_at=one.expires_at,
    )


def as_typed(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@router.post("/customers/{customer_id}/trait")
def write(
    visit: Visiting,
    customer_id: str,
    name: Annotated[str, Form()],
    value: Annotated[str, Form()] = "",
    deed: Annotated[str, Form()] = "write",
) -> Response:
    """Write a trait, or take it away."""
    with visit.app.database.transaction() as tx:
        customer = customers.get(tx, parse_public_id("cus", customer_id))
        try:
            given = None if deed == "remove" else read_typed(tx, name, value)
            customers.correct_traits(
                tx, visit.actor, customer.customer_id, {name: given}, at=visit.app.now(tx)
            )
        except Invalid as wrong:
            shown = trait_page(tx, visit, customer, name[:200], typed=value, wrong=wrong)
            return page(visit, "customers/trait.html", shown, status=422)
    return redirect(visit, f"/customers/{customer.id}", SAVED)


@router.post("/customers/{customer_id}/trait/restore")
def restore(
    visit: Visiting,
    customer_id: str,
    name: Annotated[str, Form()],
    position: Annotated[int, Form()],
) -> Response:
    """Tell a former value again."""
    with visit.app.database.transaction() as tx:
        customer = customers.get(tx, parse_public_id("cus", customer_id))
        at = visit.app.now(tx)
        told = customers.restore_trait(tx, visit.actor, customer.customer_id, name, position, at=at)
    said = f"Back to what was told on {told.occurred_at:%-d %B %Y}. {SAVED}"
    return redirect(visit, f"/customers/{customer.id}", said)


def read_typed(tx: Tx, name: str, text: str) -> Any:
    """What was typed, as the declared type has it; undeclared, JSON is read as JSON."""
    if len(text) > VALUE_SIGNS_MAX:
        message = f"Write at most {VALUE_SIGNS_MAX:,} signs; found {len(text):,}."
        raise Invalid("It is too long.", [Finding(path="value", code="traits.long", message=message)])
    kind = next((one.type for one in customers.declared_traits(tx) if one.path == name), None)
    if kind in ("text", "date", "time", "money") and not text.lstrip().startswith("{"):
        return text.strip()
    try:
        found = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return text.strip()
    return found if found is not None else text.strip()


def _no_constant(text: str) -> Any:
    raise ValueError(text)  # NaN and Infinity are no values that can be kept.
