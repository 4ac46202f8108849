"""Data quality: the rules, how full each trait is, what does not fit its type, which contacts are none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from starlette.responses import Response

from regulars import access, customers
from regulars.console.console import pages
from regulars.console.customer_quality_trait import concerned_href
from regulars.console.formats import percent
from regulars.console.landmarks import why_masked
from regulars.console.parts import Column, Figure
from regulars.console.visit import Visit, Visiting, page
from regulars.customers import Quality, RuleState
from regulars.kernel import local_day

router = pages()
SPARK_DAYS = 180
RULES = (
    Column(title="Rule"),
    Column(title="How it stands"),
    Column(title="Now", numeric=True),
    Column(title="At least", numeric=True),
    Column(title="Concerned", numeric=True),
    Column(title="Owner"),
)
TRAITS = (
    Column(title="Trait"),
    Column(title="Customers", numeric=True),
    Column(title="Share", numeric=True),
    Column(title="In half a year", numeric=True),
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
class RuleRow:
    state: RuleState
    share: str
    at_least: str
    href: str  # To the customers concerned; empty when nobody is.


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityPage:
    quality: Quality | None  # None until it is worked out, after the page.
    rules: tuple[RuleRow, ...] = ()
    sparks: Mapping[str, Sequence[float]] = field(default_factory=dict)  # By trait.
    rules_columns: tuple[Column, ...] = RULES
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
        since = local_day(visit.app.now(tx), visit.app.zone) - timedelta(days=SPARK_DAYS)
        rules = tuple(_rule_row(rule) for rule in customers.quality_rules(tx))
        shown = replace(shown, rules=rules, sparks=customers.quality_sparks(tx, since))
    return page(visit, "customers/quality.html", shown)


def _rule_row(rule: RuleState) -> RuleRow:
    body, stands = rule.body, rule.standing
    days = body.days if body.measure == "freshness" else 0
    href = concerned_href(body.measure, body.trait, source=body.source, days=days)
    return RuleRow(
        state=rule,
        share=percent(stands.share, 1) if stands and stands.share is not None else "–",
        at_least=percent(body.at_least, 1),
        href=href if stands and stands.concerned else "",
    )


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
