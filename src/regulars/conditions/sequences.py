"""Steps one after the other: windows over the moments of facts, counted in microseconds."""

from collections.abc import Sequence as Many
from dataclasses import dataclass
from datetime import timedelta

from regulars.conditions.fitting import fit
from regulars.conditions.nodes import NotFollowed, Sequence, Step
from regulars.conditions.passes import FACT
from regulars.conditions.spans import Span, span_of
from regulars.conditions.statement import Statement, source_of

BEFORE = "partition by customer_id order by micros range between unbounded preceding and 1 preceding"
AFTER = "partition by customer_id order by micros range between 1 following and unbounded following"
TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """A relation of one row a customer: `times` it was so, and the moments at which time changes it."""

    statement: Statement
    alias: str
    span: Span

    @property
    def times(self) -> str:
        return f"coalesce({self.alias}.times, 0)"

    def changes(self) -> list[str]:
        if not self.statement.next_change:
            return []
        found = [self._at("coming", timedelta()), self._at("due", timedelta())]
        if self.span.far is not None:
            found.append(self._at("inside", self.span.far + TICK))
        if self.span.near is not None:
            found.append(self._at("outside", self.span.near + TICK))
        if self.span.turns_at is not None:
            turns = self.statement.bind(self.span.turns_at, "instant")
            found.append(f"case when {self.alias}.known is not null then {turns} end")
        return found

    def _at(self, column: str, passed: timedelta) -> str:
        moment = self.statement.dialect.moment(f"{self.alias}.{column}")
        after = self.statement.bind(self.statement.at + TICK, "instant")
        # Whatever it is, it lies ahead; null stays null.
        moment = f"({moment} + {self.statement.bind(passed, 'span')})" if passed else moment
        return f"case when {self.alias}.{column} is not null then greatest({moment}, {after}) end"


def sequence(statement: Statement, leaf: Sequence) -> Chain:
    span = span_of(leaf.window, statement.at, statement.zone)
    reached = _rows(statement, leaf.steps, span, last_moment="<")
    within = statement.bind(_micros(leaf.within_hours), "bigint")
    for place in range(1, len(leaf.steps)):
        before = "s0" if place == 1 else f"r{place - 1}"
        latest = f"max(case when {before} then micros end) over ({BEFORE}) as l{place}"
        reached = f"select step.*, {latest} from ({reached}) as step"
        follows = f"(s{place} and coalesce(micros - l{place} <= {within}, false)) as r{place}"
        reached = f"select step.*, {follows} from ({reached}) as step"
    return _chain(statement, span, reached, f"r{len(leaf.steps) - 1}", "false", within)


def not_followed(statement: Statement, leaf: NotFollowed) -> Chain:
    span = span_of(leaf.window, statement.at, statement.zone)
    rows = _rows(statement, (leaf.first, leaf.then), span, last_moment="<=")
    within = statement.bind(_micros(leaf.within_hours), "bigint")
    now = statement.dialect.micros(statement.now())
    coming = f"min(case when s1 then micros end) over ({AFTER}) as answer"
    alone = f"(s0 and not coalesce(answer - micros <= {within}, false))"
    reached = (
        f"select step.*, {alone} as alone, {alone} and micros + {within} <= {now} as over_ "
        f"from (select step.*, {coming} from ({rows}) as step) as step"
    )
    return _chain(statement, span, reached, "over_", "alone and not over_", within)


def _chain(statement: Statement, span: Span, reached: str, holds: str, waits: str, within: str) -> Chain:
    figures = f"count(case when {holds} then 1 end) as times"
    if statement.next_change:
        now = statement.dialect.micros(statement.now())
        end = statement.dialect.micros(statement.bind(span.end, "instant"))
        figures += (
            f", min(case when micros >= {now} then micros end) as coming"
            f", min(case when {waits} then micros end) + {within} as due"
            ", min(case when s0 then micros end) as inside"
            f", min(case when known and micros >= {end} then micros end) as outside"
            ", min(case when known then micros end) as known"
        )
    relation = f"select customer_id, {figures} from ({reached}) as step group by customer_id"
    return Chain(statement=statement, alias=statement.joined(relation), span=span)


def _rows(statement: Statement, steps: Many[Step], span: Span, *, last_moment: str) -> str:
    """One row a fact that may be a step, with a flag for each step that it may be."""
    return " union all ".join(
        _of_source(statement, of, steps, span, last_moment) for of in dict.fromkeys(one.of for one in steps)
    )


def _of_source(statement: Statement, of: str, steps: Many[Step], span: Span, last_moment: str) -> str:
    source = source_of(of)
    is_step = [_is_step(statement, step) if step.of == of else "false" for step in steps]
    now, at = statement.now(), f"{FACT}.at"
    first = [is_step[0], f"{at} < {statement.bind(span.end, 'instant')}"]
    flags = [" and ".join(first)]
    flags += [f"{one} and {at} {last_moment} {now}" for one in is_step[1:]]
    shown = [f"{statement.dialect.micros(at)} as micros"]
    shown += [f"coalesce({flag}, false) as s{place}" for place, flag in enumerate(flags)]
    kept = [f"{at} >= {statement.bind(span.start, 'instant')}"] if span.start else []
    if statement.next_change:
        shown.append(f"coalesce({is_step[0]}, false) as known")
    else:
        kept.append(f"{at} {last_moment} {now}")
    wanted = [one for one in is_step if one != "false"]
    kept.append(f"({' or '.join(wanted)})")
    names = {step.name for step in steps if step.of == of}
    return statement.facts(
        source, shown, kept, trait=span.trait, since=span.start, names=() if "" in names else sorted(names)
    )


def _is_step(statement: Statement, step: Step) -> str:
    source = source_of(step.of)
    asked = [f"{FACT}.name = {statement.bind(step.name, 'text')}"] if step.name else []
    asked += [fit(statement, source, one) for one in step.where]
    return f"({' and '.join(asked)})" if asked else "(true)"


def _micros(hours: float) -> int:
    return timedelta(hours=hours) // TICK
