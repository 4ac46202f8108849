"""What is wrong with a programme, each thing at its place."""

from collections.abc import Iterator
from typing import Any

from regulars.kernel import Finding
from regulars.loyalty import findings as wrong
from regulars.loyalty.model import Programme
from regulars.loyalty.policy_findings import of_policies
from regulars.loyalty.rule_findings import of_caps, of_lines, of_multiplier, of_rule
from regulars.loyalty.tier_findings import of_tier_set

SCALE_MAX = 7
RULES_MAX = 500


def validate(programme: Programme, _lookup: Any = None) -> list[Finding]:
    return list(findings(programme))


def findings(programme: Programme) -> Iterator[Finding]:
    yield from named(programme)
    yield from of_currencies(programme)
    yield from of_earning(programme)
    yield from of_policies(programme)
    sets = programme.tier_sets
    paths = ["tier_set"] if programme.tier_set else []
    paths += [f"more_tier_sets[{i}]" for i in range(len(programme.more_tier_sets))]
    for tier_set, path in zip(sets, paths, strict=True):
        yield from of_tier_set(programme, tier_set, path)
    if len(sets) > 1:
        yield from wrong.unique("more_tier_sets", [one.key for one in sets])


def named(programme: Programme) -> Iterator[Finding]:
    for path in ("name", "legal_entity", "terms_version"):
        yield from wrong.filled(path, getattr(programme, path))
    if not wrong.known_zone(programme.zone):
        message = f"{programme.zone!r} is no time zone; write one such as America/New_York."
        yield Finding(path="zone", code="unknown", message=message)


def of_currencies(programme: Programme) -> Iterator[Finding]:
    if not programme.currencies:
        yield Finding(path="currencies", code="empty", message="A programme needs a currency, as points.")
    yield from wrong.unique("currencies", [one.code for one in programme.currencies])
    for i, currency in enumerate(programme.currencies):
        yield from wrong.filled(f"currencies[{i}].name", currency.name)
        if not 0 <= currency.scale <= SCALE_MAX:
            message = f"A scale is 0 to {SCALE_MAX} digits; found {currency.scale}."
            yield Finding(path=f"currencies[{i}].scale", code="range", message=message)


def of_earning(programme: Programme) -> Iterator[Finding]:
    yield from wrong.unique("earning", [rule.key for rule in programme.earning])
    yield from wrong.unique("multipliers", [one.key for one in programme.multipliers])
    for name in ("earning", "multipliers"):
        if len(getattr(programme, name)) > RULES_MAX:
            message = f"A programme has at most {RULES_MAX}; take out what earns nothing any more."
            yield Finding(path=name, code="too_many", message=message)
    for i, rule in enumerate(programme.earning):
        yield from of_rule(programme, rule, f"earning[{i}]")
    for i, one in enumerate(programme.multipliers):
        yield from of_multiplier(programme, one, f"multipliers[{i}]")
    if programme.left_out is not None:
        yield from of_lines(programme.left_out, "left_out")
        if any(getattr(programme.left_out, f"not_{name}") for name in ("products", "categories", "brands")):
            message = (
                "What is left out is listed by what it is; name it among products, categories or brands."
            )
            yield Finding(path="left_out", code="not", message=message)
    yield from of_caps(programme.caps, "caps", by_currency=True)
    for i, cap in enumerate(programme.caps):
        yield from wrong.currency(programme, cap.currency, f"caps[{i}].currency")
