"""A statement in the making: what is bound, what is joined, and which facts are read together."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any as Anything

from regulars.conditions.dialect import MOMENT, Dialect, Kind, is_day
from regulars.conditions.passes import FACT, Key, Part, Pass, rendered
from regulars.conditions.shared import Shared, read_once
from regulars.conditions.source import SOURCES, Source
from regulars.kernel import Invalid

# How many days back still counts as late; facts of each reach are read in a pass of their own.
REACHES = (10, 45, 130, 400)


class Statement:
    def __init__(
        self,
        dialect: Dialect,
        at: datetime,
        *,
        zone: str,
        only: Sequence[int] | None = None,
        next_change: bool = False,
    ) -> None:
        self.dialect, self.at, self.zone, self.next_change = dialect, at, zone, next_change
        self.params: dict[str, Anything] = {}
        self._bound: dict[tuple[str, str, str], str] = {}
        self._traits: dict[str, str] = {}
        self._passes: dict[Key, Pass] = {}
        self._joins: dict[str, str] = {}
        self._shared: dict[str, Shared] = {}  # By source.
        self.used: dict[str, set[str]] = {}  # Of each source that is read, the columns that are asked for.
        self.read: dict[str, Source] = {}
        self._begins = False  # Whether a trait says when something begins.
        self.ids = None if only is None else self.bind(list(only), "ids")

    def bind(self, value: Anything, kind: Kind) -> str:
        """The sign that stands for a value; the same one for the same value."""
        known = (kind, type(value).__name__, repr(value))
        if known not in self._bound:
            name = f"p{len(self.params)}"
            self.params[name] = self.dialect.value(value, kind)
            self._bound[known] = self.dialect.bound(name, kind)
        return self._bound[known]

    def now(self) -> str:
        return self.bind(self.at, "instant")

    def trait(self, name: str) -> str:
        """A trait of the customer as JSON; address.city is also the place inside the trait address."""
        found = self.dialect.found("customer.traits", name, self.bind)
        alias = self._traits.setdefault(found, f"t{len(self._traits)}")
        return f"customer.{alias}"

    def joined(self, relation: str) -> str:
        """The name of a relation of at most one row a customer, by customer_id."""
        return self._joins.setdefault(relation, f"j{len(self._joins)}")

    def use(self, source: Source, *columns: str) -> None:
        self.read[source.name] = source
        self.used.setdefault(source.name, set()).update(columns)

    @property
    def asks_traits(self) -> bool:
        return bool(self._traits) or self._begins

    def pass_of(
        self,
        source: Source,
        *,
        start: datetime | None = None,
        told: bool = False,
        trait: str | None = None,
    ) -> Pass:
        self.use(source)
        told = told and self.dialect.by_look_back
        # What was told is read once for all: to read it costs more than what is asked of it.
        late = source.has_moment and self.dialect.by_look_back and not told
        key = Key(source=source.name, reach=self._reach(start) if late else 0, told=told, trait=trait)
        if key not in self._passes:
            self._passes[key] = Pass(key=key, source=source, alias=f"g{len(self._passes)}")
        return self._passes[key]

    def _reach(self, start: datetime | None) -> int:
        if start is None:
            return len(REACHES)
        return sum(self.at - start > timedelta(days=days) for days in REACHES)

    def part(self, one: Part) -> list[str]:
        """What a fact of a part fulfils, in SQL."""
        kept = [f"{FACT}.at >= {self.bind(one.start, 'instant')}"] if one.start else []
        kept += [f"{FACT}.at < {self.bind(one.end, 'instant')}"] if one.end else []
        kept += [f"{FACT}.name = {self.bind(one.name, 'text')}"] if one.name else []
        return [*kept, *one.fits]

    def facts(
        self,
        source: Source,
        shown: Sequence[str],
        kept: Sequence[str] = (),
        *,
        trait: str | None = None,
        profiles: bool = False,
        since: datetime | None = None,
        names: Sequence[str] = (),
    ) -> str:
        """Facts of persons, or of the profiles they came under; of all customers or those that are asked.

        `since` and `names` are what `kept` says of moments and names; nothing: of any.
        """
        self.use(source)
        kept, joins, person = list(kept), "", f"{FACT}.customer_id"
        if self.ids is not None and self.dialect.reads_once:
            shared = self._shared.setdefault(
                source.name, Shared(source=source, alias=f"f{len(self._shared)}")
            )
            rows = shared.use([*shown, *kept, f"{FACT}.at" if trait else ""], since, names)
        else:
            rows = f"({self.dialect.rows(source)})"
            if source.by_atom and not profiles:
                joins, person = self.joined_person()
            if self.ids is not None:
                kept.append(f"{person} = any({self.ids})")
        if trait is not None:
            joins += (
                f" inner join ({self._beginnings(trait)}) as beginning on beginning.customer_id = {person}"
            )
            kept.append(f"{FACT}.at >= beginning.since")
        columns = ", ".join([f"{person} as customer_id", *shown])
        where = f" where {' and '.join(kept)}" if kept else ""
        return f"select {columns} from {rows} as {FACT}{joins}{where}"

    def joined_person(self) -> tuple[str, str]:
        """How the person of a profile's fact is found, and what it is called."""
        inner = self.dialect.name == "postgresql"
        join = (
            f" {'inner' if inner else 'left'} join {self.dialect.person_of()} as person "
            f"on person.customer_id = {FACT}.customer_id"
        )
        return join, "person.person_id" if inner else f"coalesce(person.person_id, {FACT}.customer_id)"

    def _beginnings(self, trait: str) -> str:
        """Of each customer the instant that a trait tells: of a day its first one."""
        self._begins = True
        dialect, zone = self.dialect, self.bind(self.zone, "text")
        found = dialect.found("customer.traits", trait, self.bind)
        words = f"select customer.customer_id, {found} as told from {self._customers()}"
        words = f"select customer_id, {dialect.text_of('customer.told')} as word from ({words}) as customer"
        return (
            f"select customer_id, case when {is_day('word', dialect)} then {dialect.day_start('word', zone)} "
            f"when {dialect.fits('word', MOMENT)} then {dialect.moment_of('word')} end as since "
            f"from ({words}) as customer"
        )

    def _customers(self) -> str:
        traits = self.dialect.json("customer.traits")
        whole = f"{self.dialect.customers()} as customer"
        if traits != "customer.traits":
            whole = f"(select customer_id, {traits} as traits from {whole}) as customer"
        return whole if self.ids is None else f"{whole} where customer.customer_id = any({self.ids})"

    def text(self, columns: Sequence[str]) -> str:
        traits = [f"{found} as {alias}" for found, alias in self._traits.items()]
        spine = f"select {', '.join(['customer.customer_id', *traits])} from {self._customers()}"
        joins = [(rendered(self, one), one.alias) for one in self._passes.values()]
        joins += list(self._joins.items())
        joined = "".join(
            f"\nleft join ({relation}) as {alias} on {alias}.customer_id = customer.customer_id"
            for relation, alias in joins
        )
        shared = ",\n".join(read_once(self, one) for one in self._shared.values())
        before = f"with {shared}\n" if shared else ""
        return (
            f"{before}select {', '.join(['customer.customer_id', *columns])}\n"
            f"from ({spine}) as customer{joined}"
        )


def source_of(name: str) -> Source:
    if name not in SOURCES:
        raise Invalid(f"There is no source {name!r} to measure. There are: {', '.join(sorted(SOURCES))}.")
    return SOURCES[name]
