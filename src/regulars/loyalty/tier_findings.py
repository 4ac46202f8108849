"""What is wrong with tier sets."""

from collections.abc import Iterator

from regulars.kernel import Finding
from regulars.loyalty import findings as wrong
from regulars.loyalty.findings import PERIOD_MAX
from regulars.loyalty.model import Programme
from regulars.loyalty.tier_set import TierSet

MONTHS_MAX = 120
DAYS_MAX = 366


def of_tier_set(programme: Programme, one: TierSet, path: str) -> Iterator[Finding]:
    yield from wrong.filled(f"{path}.key", one.key)
    if "/" in one.key:
        message = f"A key has no stroke, since a tier is written as in club/Gold; found {one.key!r}."
        yield Finding(path=f"{path}.key", code="stroke", message=message)
    yield from _qualifying(programme, one, path)
    yield from _window(one, path)
    yield from wrong.within(f"{path}.grace_days", one.grace_days, 0, DAYS_MAX, "days")
    yield from wrong.within(f"{path}.notice_days", one.notice_days, 0, DAYS_MAX, "days")
    yield from _steps(one, path)


def _qualifying(programme: Programme, one: TierSet, path: str) -> Iterator[Finding]:
    if one.counts in ("collected", "balance"):
        spendable = one.counts == "balance"
        yield from wrong.currency(programme, one.currency, f"{path}.currency", spendable=spendable)
    if one.counts == "spend":
        yield from wrong.iso_money(f"{path}.money", one.money)
    elif one.money:
        yield _beside(f"{path}.money", "spend")
    if one.counts == "events":
        yield from wrong.filled(f"{path}.event", one.event)
    elif one.event:
        yield _beside(f"{path}.event", "events")


def _beside(path: str, counts: str) -> Finding:
    message = f"This is asked where a set counts {counts}; count that, or leave it empty."
    return Finding(path=path, code="not_counted", message=message)


def _window(one: TierSet, path: str) -> Iterator[Finding]:
    for name in ("window_days", "valid_days"):
        yield from wrong.within(f"{path}.{name}", getattr(one, name), 1, PERIOD_MAX, "days")
    yield from wrong.within(f"{path}.window_months", one.window_months, 1, MONTHS_MAX, "months")
    yield from wrong.within(f"{path}.valid_windows", one.valid_windows, 0, MONTHS_MAX, "windows")
    if one.window == "trait":
        yield from wrong.filled(f"{path}.window_trait", one.window_trait)
    elif one.window_trait:
        message = "This is asked where the window begins at a trait; choose that window, or leave it empty."
        yield Finding(path=f"{path}.window_trait", code="not_counted", message=message)
    if one.takes_effect == "next_window" and one.window == "rolling":
        message = "A rolling window has no next one; let tiers take effect at once, or choose another window."
        yield Finding(path=f"{path}.takes_effect", code="rolling", message=message)


def _steps(one: TierSet, path: str) -> Iterator[Finding]:
    yield from wrong.unique(f"{path}.tiers", [tier.name for tier in one.tiers])
    if not one.tiers or one.tiers[0].threshold != 0:
        message = "The first tier is everybody's: its threshold is 0."
        yield Finding(path=f"{path}.tiers[0].threshold", code="first", message=message)
    for i, (lower, upper) in enumerate(zip(one.tiers, one.tiers[1:], strict=False)):
        if upper.threshold <= lower.threshold:
            message = (
                f"{upper.name} begins at {upper.threshold:,}, not above {lower.name} ({lower.threshold:,})."
            )
            yield Finding(path=f"{path}.tiers[{i + 1}].threshold", code="overlap", message=message)
    for i, tier in enumerate(one.tiers):
        yield from wrong.factor(f"{path}.tiers[{i}].multiplier", tier.multiplier)
        yield from wrong.unique(f"{path}.tiers[{i}].benefits", [benefit.key for benefit in tier.benefits])
        for n, benefit in enumerate(tier.benefits):
            yield from wrong.filled(f"{path}.tiers[{i}].benefits[{n}].text", benefit.text)
