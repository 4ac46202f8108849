"""What has been so without a break: told values, statements of consent, and stays, one after the other."""

from collections.abc import Sequence
from datetime import timedelta

from regulars.conditions.facts import SAID, TOLD
from regulars.conditions.nodes import Condition, Consented, HasBeen, InSegment, InStage, TraitLeaf
from regulars.conditions.passes import FACT
from regulars.conditions.spans import LATEST, days_back
from regulars.conditions.statement import Statement, source_of
from regulars.conditions.trait_leaves import trait_holds
from regulars.kernel import Invalid


def stays_of(condition: InSegment | InStage) -> list[str]:
    """What the stays that count are called."""
    if isinstance(condition, InSegment):
        return [condition.segment]
    return [f"{condition.approach}.{stage}" for stage in condition.stages]


def stays_now(statement: Statement, condition: InSegment | InStage) -> str:
    """Whether somebody is in, as it was seen."""
    alias = statement.joined(_stays(statement, stays_of(condition), None))
    return f"coalesce({alias}.lasts, false)"


def has_been(statement: Statement, node: HasBeen) -> str:
    return f"coalesce({_alias(statement, node)}.lasts, false)"


def has_been_changes(statement: Statement, node: HasBeen) -> list[str]:
    """Each time something was told since the beginning, the days count from there."""
    days = statement.bind(timedelta(days=node.days), "span")
    return [f"({_alias(statement, node)}.told_at + {days})"]


def _alias(statement: Statement, node: HasBeen) -> str:
    inner: Condition = node.condition
    if isinstance(inner, InSegment | InStage):
        return statement.joined(_stays(statement, stays_of(inner), node.days))
    if isinstance(inner, Consented):
        return statement.joined(_said(statement, inner, node.days))
    if isinstance(inner, TraitLeaf):
        return statement.joined(_told(statement, inner, node.days))
    raise Invalid(
        f"{type(inner).__name__} has no history; ask how long somebody has been in a segment of it."
    )


def _said(statement: Statement, leaf: Consented, days: int) -> str:
    """Of two statements at one moment, the withdrawal is the last word."""
    wanted = "given" if leaf.given else "not given"
    kept = [
        f"{FACT}.channel = {statement.bind(leaf.channel, 'text')}",
        f"{FACT}.topic = {statement.bind(leaf.topic, 'text')}",
        f"{FACT}.at <= {statement.now()}",
    ]
    statement.use(SAID, *SAID.columns)
    rows = statement.facts(SAID, [f"{FACT}.at", f"{FACT}.position", f"{wanted} as fits", "given"], kept)
    return _unbroken(
        statement, rows, "told.at, (case when told.given then 0 else 1 end), told.position", days
    )


def _told(statement: Statement, leaf: TraitLeaf, days: int) -> str:
    """Each value as long as it stood; of a place inside a trait, the trait's."""
    dialect, name = statement.dialect, leaf.trait
    told = dialect.json(f"{FACT}.told")
    names, value = [name], told
    if "." in name:
        head, *rest = name.split(".")
        names.append(head)
        inner = dialect.inside(told, rest, statement.bind)
        value = f"case when {FACT}.name = {statement.bind(name, 'text')} then {told} else {inner} end"
    kept = [
        dialect.among(f"{FACT}.name", names, "text", statement.bind),
        f"{FACT}.at <= {statement.now()}",
    ]
    statement.use(TOLD, "told", *TOLD.columns)
    rows = statement.facts(TOLD, [f"{FACT}.at", f"{FACT}.position", f"{FACT}.name", f"{value} as told"], kept)
    rows = f"select told.*, {trait_holds(statement, leaf, 'told.told')} as fits from ({rows}) as told"
    if len(names) == 1:
        return _unbroken(statement, rows, "told.at, told.position", days)
    return _unbroken(statement, rows, "told.at, told.position", days, by="told.customer_id, told.name")


def _unbroken(statement: Statement, rows: str, order: str, days: int, by: str = "told.customer_id") -> str:
    """Holds when what stood at the beginning and all that came since fits."""
    start = statement.bind(days_back(statement.at, days), "instant")
    following = f"lead(told.at) over (partition by {by} order by {order}) as until"
    rows = f"select told.*, {following} from ({rows}) as told"
    stands = f"(until is null or (until > {start} and until > told.at))"
    lasts = (
        f"select {by}, bool_and(fits) filter (where {stands}) and min(told.at) <= {start} as lasts, "
        f"min(told.at) filter (where told.at > {start}) as told_at from ({rows}) as told group by {by}"
    )
    if by == "told.customer_id":
        return lasts
    either = "bool_or(lasts) as lasts, min(told_at) as told_at"
    return f"select customer_id, {either} from ({lasts}) as told group by customer_id"


def _stays(statement: Statement, names: Sequence[str], days: int | None) -> str:
    """Stays that follow one another without a gap are one, as from one stage to another that is asked for."""
    now = statement.now()
    statement.use(source_of("stay"), "left_at")
    rows = statement.facts(
        source_of("stay"),
        [f"{FACT}.at", f"{FACT}.left_at"],
        [statement.dialect.among(f"{FACT}.name", names, "text", statement.bind), f"{FACT}.at <= {now}"],
    )
    if days is None:
        return (
            f"select customer_id, bool_or(left_at is null or left_at > {now}) as lasts "
            f"from ({rows}) as stay group by customer_id"
        )
    never = statement.bind(LATEST, "instant")
    start = statement.bind(days_back(statement.at, days), "instant")
    before = "partition by customer_id order by stay.at rows between unbounded preceding and 1 preceding"
    rows = f"select customer_id, stay.at, coalesce(left_at, {never}) as left_at from ({rows}) as stay"
    rows = f"select stay.*, max(left_at) over ({before}) as reached from ({rows}) as stay"
    rows = (
        "select stay.*, sum(case when reached >= stay.at then 0 else 1 end) over "
        "(partition by customer_id order by stay.at rows unbounded preceding) as island "
        f"from ({rows}) as stay"
    )
    islands = (
        f"select customer_id, min(stay.at) as at, max(left_at) as left_at from ({rows}) as stay "
        "group by customer_id, island"
    )
    return (
        f"select customer_id, bool_or(stay.at <= {start} and left_at > {now}) as lasts, "
        f"min(stay.at) filter (where stay.at > {start}) as told_at "
        f"from ({islands}) as stay group by customer_id"
    )
