"""What a basket earns by a programme: a function of programme, basket, member and instant alone.

Computing twice changes nothing. The bulk statements of earning give the same, to the point.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from regulars.loyalty.basket import Basket, BasketLine, Happening
from regulars.loyalty.capping import Counter, capped
from regulars.loyalty.earning_rule import EarningRule
from regulars.loyalty.exact import handed_out, rounded
from regulars.loyalty.factors import ONCE
from regulars.loyalty.looking import Factor, Look
from regulars.loyalty.member_state import MemberState
from regulars.loyalty.model import UNNAMED, Programme
from regulars.loyalty.order_match import Reason
from regulars.loyalty.paying import payable
from regulars.loyalty.priced import Earned, LinePart, Priced, Skipped


@dataclass(frozen=True, slots=True, kw_only=True)
class Exact:
    """What lines earn by a rule before rounding, over one denominator."""

    lines: Sequence[BasketLine]
    figures: Sequence[int]
    factors: Sequence[Factor]
    numerators: Sequence[int]
    denominator: int


def evaluate(programme: Programme, basket: Basket, member: MemberState, at: datetime) -> Priced:
    """Rules in their written order; each award by line, and what is not awarded with the reason."""
    return _evaluated(Look(programme, basket, member, at))


def _evaluated(look: Look) -> Priced:
    programme, counter = look.programme, Counter(look.member)
    awards: list[Earned] = []
    skipped: list[Skipped] = []
    for rule in programme.earning:
        reasons = list(look.why_not(rule))
        skipped += [Skipped(rule=rule.key, line=None, code=code, words=said) for code, said in reasons]
        if not reasons:
            award = by_rule(look, rule, counter, skipped)
            awards += [award] if award else []
    skipped += look.multipliers_left
    return _told(look, awards, skipped)


def evaluate_event(programme: Programme, happening: Happening, member: MemberState, at: datetime) -> Priced:
    """The same of an event: each rule that counts it, its figure as one line."""
    return _evaluated(Look(programme, happening.basket, member, at, happening))


def by_rule(look: Look, rule: EarningRule, counter: Counter, skipped: list[Skipped]) -> Earned | None:
    exact = counted(look, rule, skipped)
    if not any(exact.numerators):
        return None
    points, carried = whole(rule, exact, look.member.carried.get(rule.key, Fraction()))
    currency = look.programme.currency(rule.currency) or UNNAMED
    kept, cuts = capped(look.programme, rule, points, counter, currency)
    skipped += [Skipped(rule=rule.key, line=None, code=cut.by, words=cut.words) for cut in cuts]
    total = sum(kept)
    if not sum(points):
        said = "comes to less than a whole one"
        skipped.append(Skipped(rule=rule.key, line=None, code="too_little", words=said))
    if not total and not carried:
        return None
    counter.add(rule, total)
    return Earned(
        rule=rule.key,
        currency=rule.currency,
        points=total,
        parts=tuple(_parts(exact, points, kept)),
        cuts=cuts,
        carried=str(carried),
        title=rule.name or rule.key,
    )


def counted(look: Look, rule: EarningRule, skipped: list[Skipped]) -> Exact:
    """The lines that count, those of a figure or factor of nothing left out with the reason."""
    numbers, found = look.counting(rule)
    skipped += found
    lines = [look.lines[n] for n in numbers]
    taken: list[tuple[BasketLine, int, Factor]] = []
    for line, figure, factor in zip(
        lines, look.figures(rule, lines), look.factors(rule, numbers), strict=True
    ):
        if figure > 0 and factor.percent:
            taken.append((line, figure, factor))
        else:
            code, said = ("nothing", "comes to nothing") if figure <= 0 else ("factor", "is multiplied by 0")
            skipped.append(Skipped(rule=rule.key, line=line.key, code=code, words=said))
    return Exact(
        lines=[line for line, _, _ in taken],
        figures=[figure for _, figure, _ in taken],
        factors=[factor for _, _, factor in taken],
        numerators=[figure * rule.points * factor.percent for _, figure, factor in taken],
        denominator=rule.per_minor * ONCE,
    )


def whole(rule: EarningRule, exact: Exact, carried: Fraction) -> tuple[list[int], Fraction]:
    """Points by line, and what rounding leaves for the next order."""
    if rule.rounded_per == "line":
        return [rounded(one, exact.denominator, rule.rounding) for one in exact.numerators], Fraction()
    asked = Fraction(sum(exact.numerators), exact.denominator)
    if rule.carry:
        asked += carried
    total = rounded(asked.numerator, asked.denominator, rule.rounding)
    points = handed_out(total, exact.numerators, exact.denominator)
    return points, asked - total if rule.carry else Fraction()


def _parts(exact: Exact, points: Sequence[int], kept: Sequence[int]) -> Iterator[LinePart]:
    for line, figure, factor, whole_points, left in zip(
        exact.lines, exact.figures, exact.factors, points, kept, strict=True
    ):
        yield LinePart(
            line=line.key,
            figure=figure,
            factor=factor.percent,
            multipliers=factor.names,
            points=left,
            cut=whole_points - left,
        )


def _told(look: Look, awards: Sequence[Earned], skipped: Sequence[Skipped]) -> Priced:
    """Who is no member earns only when earning makes them one; else it is said what it would be."""
    programme, member = look.programme, look.member
    pays = payable(programme, look.basket, member) if look.happening is None else None
    welcome = programme.welcome.points if programme.welcome else 0
    if member.relation == "member":
        return Priced(awards=tuple(awards), skipped=tuple(skipped), payable=pays)
    earns = any(award.points for award in awards)
    if member.relation == "customer" and programme.join != "enrolment":
        joins = earns or programme.join == "first_active"
        return Priced(
            awards=tuple(awards),
            skipped=tuple(skipped),
            payable=pays,
            joins=joins,
            welcome=welcome if joins else 0,
        )
    code, said = NOT_MEMBER[member.relation]
    out = Skipped(rule="", line=None, code=code, words=said)
    return Priced(skipped=(out, *skipped), payable=pays, with_joining=tuple(awards), welcome=welcome)


NOT_MEMBER: dict[str, Reason] = {
    "customer": ("not_member", "earns nothing before enrolling"),
    "stranger": ("unknown", "nobody is named; members earn what is told here"),
}
