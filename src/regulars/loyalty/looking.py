"""A basket and a member as the rules of a programme look at them, each question answered once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars.kernel import local_day
from regulars.loyalty import factors as factor_rules
from regulars.loyalty.basket import Basket, BasketLine, Happening
from regulars.loyalty.earning_rule import EarningRule, Lines, Multiplier
from regulars.loyalty.factors import ONCE
from regulars.loyalty.line_figures import figures
from regulars.loyalty.line_match import ANY_LINE, left_out, why_not
from regulars.loyalty.member_state import MemberState
from regulars.loyalty.model import Programme
from regulars.loyalty.order_match import Reason, why_not_order, why_not_tier, why_not_who
from regulars.loyalty.priced import Skipped


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    percent: int
    names: tuple[str, ...]  # Of what applies, tiers first.


class Look:
    def __init__(
        self,
        programme: Programme,
        basket: Basket,
        member: MemberState,
        at: datetime,
        happening: Happening | None = None,
    ) -> None:
        self.programme, self.basket, self.member, self.happening = programme, basket, member, happening
        self.lines = basket.counted
        self._day = local_day(at, programme.zone)
        self._held = [f"{one.key}/{factor_rules.tier_of(one, member).name}" for one in programme.tier_sets]
        self._tiers, self._own = factor_rules.of_tiers(programme, member)
        self._left_out = [left_out(programme.left_out, line) for line in self.lines]
        self._matched: dict[Lines, list[str | None]] = {}
        self._factors: dict[tuple[int, ...], Factor] = {}
        self._by_line: dict[tuple[int, ...], list[Factor]] = {}  # By the multipliers that name a rule.
        self._multipliers: list[Multiplier] = []
        self.multipliers_left: list[Skipped] = []  # With the reason why they do not apply.
        for multiplier in programme.multipliers:
            self._judge(multiplier)

    def why_not(self, rule: EarningRule) -> Iterator[Reason]:
        """All that keeps the rule from the basket as a whole."""
        if rule.counts == "events" or self.happening is not None:
            yield from _why_not_event(rule, self.happening)
        elif rule.money and rule.money != self.basket.money:
            yield "money", f"only for orders in {rule.money}"
        yield from self._why_not(rule, f"rule/{rule.key}")

    def counting(self, rule: EarningRule) -> tuple[list[int], list[Skipped]]:
        """The numbers of the lines that count, and why the others do not."""
        counting: list[int] = []
        skipped: list[Skipped] = []
        for i, (line, reason) in enumerate(zip(self.lines, self._matching(rule.lines), strict=True)):
            code, said = "lines", reason
            if line.product in rule.excluded_products:
                code, said = "excluded", f"leaves out the product {line.product}"
            elif (out := self._left_out[i]) and not rule.counts_left_out:
                code, said = "left_out", f"{out} earns nothing in this programme"
            if said is None:
                counting.append(i)
            else:
                skipped.append(Skipped(rule=rule.key, line=line.key, code=code, words=said))
        return counting, skipped

    def figures(self, rule: EarningRule, lines: Sequence[BasketLine]) -> list[int]:
        """What is counted of each of these lines."""
        if self.happening is not None:
            return [self.happening.figures[rule.key]]
        return figures(rule.counts, lines)

    def factors(self, rule: EarningRule, lines: Sequence[int]) -> list[Factor]:
        """The factor of each of these lines."""
        if not rule.multiplied:
            return [PLAIN] * len(lines)
        naming = tuple(i for i, one in enumerate(self._multipliers) if not one.rules or rule.key in one.rules)
        if naming not in self._by_line:
            matching = [(i, self._matching(self._multipliers[i].lines)) for i in naming]
            self._by_line[naming] = [
                self._factor(tuple(i for i, matched in matching if matched[n] is None))
                for n in range(len(self.lines))
            ]
        return [self._by_line[naming][n] for n in lines]

    def _matching(self, lines: Lines) -> list[str | None]:
        """For each line of the basket why it is not meant, or None."""
        if lines not in self._matched:
            asks = lines != ANY_LINE
            self._matched[lines] = [why_not(lines, line) if asks else None for line in self.lines]
        return self._matched[lines]

    def _factor(self, applying: tuple[int, ...]) -> Factor:
        if applying not in self._factors:
            several = [self._multipliers[i] for i in applying]
            percents = [*self._own, *(factor_rules.percent(one) for one in several)]
            percent = factor_rules.combined(percents, self.programme.combined)
            names = (*self._tiers, *(one.key for one in several))
            self._factors[applying] = Factor(percent=percent, names=names)
        return self._factors[applying]

    def _judge(self, multiplier: Multiplier) -> None:
        reasons = list(self._why_not(multiplier, f"multiplier/{multiplier.key}"))
        self.multipliers_left += [
            Skipped(rule=multiplier.key, line=None, code=f"multiplier.{code}", words=said)
            for code, said in reasons
        ]
        if not reasons:
            self._multipliers.append(multiplier)

    def _why_not(self, asking: EarningRule | Multiplier, name: str) -> Iterator[Reason]:
        if self.happening is not None and asking.lines != ANY_LINE:
            yield "lines", "asks for lines, and an event has none"
        yield from why_not_order(asking.orders, self.basket, self._day)
        yield from why_not_tier(asking.tiers, self._held)
        yield from why_not_who(asking.who, name, self.member.holds)


def _why_not_event(rule: EarningRule, happening: Happening | None) -> Iterator[Reason]:
    if rule.counts != "events":
        yield "event", "earned by buying, not by an event"
    elif happening is None:
        yield "event", f"earned by the event {rule.event}, not by buying"
    elif happening.event != rule.event:
        yield "event", f"earned by the event {rule.event}"
    elif rule.key not in happening.figures:
        yield "event", "asks for other properties of the event"


PLAIN = Factor(percent=ONCE, names=())
