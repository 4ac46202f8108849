"""Data quality: how full each trait is, what does not fit its type, which contacts are none."""

from dataclasses import dataclass, replace

from starlette.responses import Response

from regulars import access, customers
from regulars.console.console import pages
from regulars.console.formats import percent
from regulars.console.landmarks import why_masked
from regulars.console.parts import Column, Figure
from regulars.console.visit import Visit, Visiting, page
from regulars.customers import Quality

router = pages()
TRAITS = (
    Column(title="Trait"),
    Column(title="Customers", numeric=True),
    Column(title="Share", numeric=True),
    Column(title="Told as"),
    Column(title="Example"),
    Column(title="From"),
    Column(title="Last told", numeric=True),
)
MISFITS = (
    Column(title="Trait"),
    Column(title="From"),
    Column(title="Values", numeric=True),
    Column(title="Customers", numeric=True),
    Column(title="Example"),
)
CONTACTS = (
    Column(title="Kind"),
    Column(title="Why it is none"),
    Column(title="From"),
    Column(title="Values", numeric=True),
    Column(title="Example"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityPage:
    quality: Quality | None  # None until it is worked out, after the page.
    figures: tuple[Figure, ...] = ()
    why_masked: str = ""
    traits_columns: tuple[Column, ...] = TRAITS
    misfit_columns: tuple[Column, ...] = MISFITS
    contact_columns: tuple[Column, ...] = CONTACTS


@router.get("/customers/quality")
def quality(visit: Visiting) -> Response:
    access.require(visit.actor, "customers.view")
    return page(visit, "customers/quality.html", QualityPage(quality=None))


@router.get("/customers/quality/figures")
def figures(visit: Visiting) -> Response:
    """The figures, loaded after the page."""
    access.require(visit.actor, "customers.view")
    with visit.app.database.transaction() as tx:
        found = customers.quality(tx)
        shown = masked(visit, found, customers.personal_traits(tx))
    return page(visit, "customers/quality.html", shown)


def masked(visit: Visit, found: Quality, personal: frozenset[str]) -> QualityPage:
    """Examples are somebody's: masked for who may not see contact details."""
    hidden = why_masked(visit.actor)
    if hidden:
        found = replace(
            found,
            traits=tuple(replace(t, example=_example(t.name, t.example, personal)) for t in found.traits),
            misfits=tuple(
                replace(m, example=_example(m.name, m.example or "", personal)) for m in found.misfits
            ),
            contacts=tuple(
                replace(c, example=customers.masked_text(c.example) or "") for c in found.contacts
            ),
        )
    return QualityPage(quality=found, figures=_figures(found), why_masked=hidden)


def _example(name: str, example: str, personal: frozenset[str]) -> str:
    if example.startswith(("{", "[")):
        return "…"  # What lies inside is not known to be free of contacts.
    return str(customers.masked_values({name: example}, personal)[name] or "")


def _figures(found: Quality) -> tuple[Figure, ...]:
    shares = {trait.name: trait.share for trait in found.traits}
    declared = sum(1 for trait in found.traits if trait.declared)
    return (
        Figure(label="With an e-mail", value=percent(shares.get("email", 0.0)), note="of all customers, now"),
        Figure(label="With a phone", value=percent(shares.get("phone", 0.0)), note="of all customers, now"),
        Figure(label="Traits told", value=f"{len(found.traits):,}", note=f"{declared:,} of them declared"),
        Figure(
            label="Do not fit",
            value=f"{sum(one.told for one in found.misfits):,}",
            note="values, all time",
        ),
        Figure(
            label="Contacts that are none",
            value=f"{sum(one.told for one in found.contacts):,}",
            note="all time",
        ),
    )
