"""What caps and budgets leave of an award, each cut with its reason."""

from collections.abc import Iterator, Sequence

from regulars.loyalty.earning_rule import Cap, CapPer, EarningRule
from regulars.loyalty.exact import cut_down
from regulars.loyalty.member_state import CapKey, MemberState
from regulars.loyalty.model import Currency, Programme, amount_text
from regulars.loyalty.priced import Cut

PER = {
    "order": "an order",
    "day": "a day",
    "week": "a week",
    "month": "a month",
    "quarter": "a quarter",
    "year": "a year",
    "ever": "in all",
}


class Counter:
    """What counts towards caps and budgets, with what this basket earned so far."""

    def __init__(self, member: MemberState) -> None:
        self._member = member
        self._here: dict[tuple[str, str], int] = {}  # By rule and currency; the rule "" is all of them.

    def earned(self, rule: str, currency: str, per: CapPer) -> int:
        before = self._member.earned.get(CapKey(rule=rule, currency=currency, per=per), 0)
        return before + self._here.get((rule, currency), 0)

    def given(self, rule: EarningRule) -> int:
        return self._member.given.get(rule.key, 0) + self._here.get((rule.key, rule.currency), 0)

    def add(self, rule: EarningRule, points: int) -> None:
        for name in (rule.key, ""):
            key = (name, rule.currency)
            self._here[key] = self._here.get(key, 0) + points


def capped(
    programme: Programme, rule: EarningRule, parts: Sequence[int], counter: Counter, currency: Currency
) -> tuple[list[int], tuple[Cut, ...]]:
    """The parts of an award after every limit, cut from the last line backwards."""
    kept, cuts = list(parts), []
    for by, left, what in limits(programme, rule, counter, currency):
        before = sum(kept)
        if before > left:
            kept = cut_down(kept, left)
            after = sum(kept)
            said = f"{what} is {'reached' if by == 'cap' else 'used up'}: "
            said += f"{amount_text(after, currency).split(' ')[0]} instead of "
            said += amount_text(before, currency).split(" ")[0]
            cuts.append(Cut(by=by, points=before - after, words=said))
    return kept, tuple(cuts)


def limits(
    programme: Programme, rule: EarningRule, counter: Counter, currency: Currency
) -> Iterator[tuple[str, int, str]]:
    """What each limit leaves, in the order in which they cut."""
    for n, cap in enumerate(in_order(programme, rule)):
        by_rule = n < len(rule.caps)
        left = cap.points - counter.earned(rule.key if by_rule else "", rule.currency, cap.per)
        yield "cap", left, cap_words(cap, currency) + ("" if by_rule else " by all rules")
    if rule.budget is not None:
        left = rule.budget - counter.given(rule)
        yield "budget", left, f"the budget of {amount_text(rule.budget, currency)}"


def in_order(programme: Programme, rule: EarningRule) -> tuple[Cap, ...]:
    """The caps of a rule as they cut: its own of one order, its own of spans, the programme's."""
    own = sorted(rule.caps, key=lambda one: one.per != "order")
    return (*own, *(cap for cap in programme.caps if cap.currency == rule.currency))


def cap_words(cap: Cap, currency: Currency) -> str:
    return f"the cap of {amount_text(cap.points, currency)} {PER[cap.per]}"
