"""What is wrong with a programme, each thing at its place."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from regulars.kernel import Finding, Invalid
from regulars.loyalty.earning_rule import EarningRule
from regulars.loyalty.model import Programme
from regulars.loyalty.period import Period, shifted
from regulars.loyalty.tier_set import TierSet

PERIOD_MAX = 36_500
SCALE_MAX = 7
POINTS_MAX = 10**9
MULTIPLIER_MAX = 100


def validate(programme: Programme, _lookup: Any = None) -> list[Finding]:
    return list(findings(programme))


def findings(programme: Programme) -> Iterator[Finding]:
    yield from named(programme)
    if not programme.currencies:
        yield Finding(path="currencies", code="empty", message="A programme needs a currency, as points.")
    yield from unique("currencies", [c.code for c in programme.currencies])
    for i, currency in enumerate(programme.currencies):
        if not 0 <= currency.scale <= SCALE_MAX:
            yield Finding(path=f"currencies[{i}].scale", code="range", message="A scale is 0 to 7 digits.")
    yield from unique("earning", [rule.key for rule in programme.earning])
    for i, rule in enumerate(programme.earning):
        yield from of_rule(programme, rule, f"earning[{i}]")
    yield from of_periods(programme)
    if programme.tier_set:
        yield from of_tiers(programme, programme.tier_set)


def named(programme: Programme) -> Iterator[Finding]:
    for path in ("name", "legal_entity", "terms_version"):
        if not getattr(programme, path).strip():
            yield Finding(path=path, code="empty", message="Write something here.")
    if not known_zone(programme.zone):
        message = f"{programme.zone!r} is no time zone; write one such as America/New_York."
        yield Finding(path="zone", code="unknown", message=message)


def known_zone(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def unique(path: str, keys: Sequence[str]) -> Iterator[Finding]:
    for key, count in Counter(keys).items():
        if count > 1 or not key:
            yield Finding(
                path=path, code="repeated", message=f"{key!r} stands {count} times; give each its own."
            )


def of_rule(programme: Programme, rule: EarningRule, path: str) -> Iterator[Finding]:
    if not 0 < rule.points <= POINTS_MAX:
        yield Finding(path=f"{path}.points", code="range", message=f"Award between 1 and {POINTS_MAX:,}.")
    if programme.currency(rule.currency) is None:
        message = f"The programme has no currency {rule.currency!r}."
        yield Finding(path=f"{path}.currency", code="unknown", message=message)
    if len(rule.money) != 3 or not rule.money.isascii() or not rule.money.isupper():  # noqa: PLR2004 - ISO 4217
        message = f"{rule.money!r} is no ISO currency; write one such as USD."
        yield Finding(path=f"{path}.money", code="unknown", message=message)
    try:
        positive = rule.per_minor > 0
    except Invalid:
        positive = False
    if not positive:
        message = f"Points are awarded per an amount above zero such as 1.00; found {rule.per!r}."
        yield Finding(path=f"{path}.per", code="range", message=message)


def of_periods(programme: Programme) -> Iterator[Finding]:
    for path in ("starts", "valid"):
        period: Period | None = getattr(programme, path)
        if period is not None and not 0 <= period.count <= PERIOD_MAX:
            yield Finding(path=f"{path}.count", code="range", message=f"Between 0 and {PERIOD_MAX:,}.")
            return
    if programme.valid is None or not known_zone(programme.zone):
        return
    noon = datetime(2024, 1, 31, 12, tzinfo=UTC)
    try:
        over = shifted(noon, programme.valid, programme.zone) <= noon
    except (ValueError, OverflowError):
        yield Finding(path="valid.count", code="range", message="That is beyond the calendar.")
        return
    if over:
        yield Finding(path="valid", code="range", message="Points would expire before they can be spent.")


def of_tiers(programme: Programme, tier_set: TierSet) -> Iterator[Finding]:
    if programme.currency(tier_set.currency) is None:
        message = f"The programme has no currency {tier_set.currency!r}."
        yield Finding(path="tier_set.currency", code="unknown", message=message)
    for path in ("window_days", "valid_days"):
        if not 0 < getattr(tier_set, path) <= PERIOD_MAX:
            yield Finding(
                path=f"tier_set.{path}", code="range", message=f"Between 1 and {PERIOD_MAX:,} days."
            )
    yield from unique("tier_set.tiers", [tier.name for tier in tier_set.tiers])
    if not tier_set.tiers or tier_set.tiers[0].threshold != 0:
        message = "The first tier is everybody's: its threshold is 0."
        yield Finding(path="tier_set.tiers[0].threshold", code="first", message=message)
    for i, (lower, upper) in enumerate(zip(tier_set.tiers, tier_set.tiers[1:], strict=False)):
        if upper.threshold <= lower.threshold:
            message = (
                f"{upper.name} begins at {upper.threshold:,}, not above {lower.name} ({lower.threshold:,})."
            )
            yield Finding(path=f"tier_set.tiers[{i + 1}].threshold", code="overlap", message=message)
    for i, tier in enumerate(tier_set.tiers):
        if not fitting_multiplier(tier.multiplier):
            message = (
                f"A multiplier is 0 to {MULTIPLIER_MAX} with at most two digits; found {tier.multiplier!r}."
            )
            yield Finding(path=f"tier_set.tiers[{i}].multiplier", code="range", message=message)


def fitting_multiplier(text: str) -> bool:
    try:
        number = Decimal(text)
        return 0 <= number <= MULTIPLIER_MAX and number * 100 == int(number * 100)
    except (InvalidOperation, ValueError, OverflowError):
        return False
