"""What the engines write differently; the compiler writes everything else once.

No value of a condition is ever in the text: a dialect gives the sign that stands for a bound one.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any as Anything
from typing import ClassVar, Literal

from regulars.conditions.source import Source

Kind = Literal[
    "text", "number", "bigint", "instant", "boolean", "span", "texts", "numbers", "booleans", "ids", "json"
]
Bind = Callable[[Anything, Kind], str]


def copied(name: str) -> str:
    """What a relation of PostgreSQL is called where it was copied to."""
    return f"copied_{name}"


YEAR = "([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])"
DATE = f"{YEAR}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?"
MOMENT = f"{DATE}[T ]{CLOCK}(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])"
# A number further from zero is none: two of them would be more than a double holds, and a sum would fail.
FARTHEST = "1e300"
NEVER_DAYS = "('02-30', '02-31', '04-31', '06-31', '09-31', '11-31')"


class Dialect(ABC):
    """The parts that all engines have in common."""

    name: ClassVar[str]
    types: ClassVar[Mapping[Kind, str]]
    counts_ever: ClassVar[bool] = False  # Whether totals of orders are kept.
    groups_first_by_profile: ClassVar[bool] = True
    by_look_back: ClassVar[bool] = True  # Whether facts of long ago are read apart from those of late.
    reads_once: ClassVar[bool] = False  # Whether facts of some who are asked are read once for all.

    @abstractmethod
    def bound(self, name: str, kind: Kind) -> str:
        """A bound value by its name, with its type."""

    def among(self, value: str, values: Sequence[Anything], kind: Kind, bind: Bind) -> str:
        return f"{value} in ({', '.join(bind(one, kind) for one in values)})"

    # JSON

    def json(self, text: str) -> str:
        """JSON that was copied as text, ready to be looked into."""
        return text

    @abstractmethod
    def inside(self, value: str, keys: Sequence[str], bind: Bind) -> str:
        """What stands inside objects by these keys, one in the other; null when nothing does."""

    def found(self, value: str, name: str, bind: Bind) -> str:
        """By a name as a whole, or else by its parts between points."""
        whole = self.inside(value, [name], bind)
        if "." not in name:
            return whole
        return f"coalesce({whole}, {self.inside(value, name.split('.'), bind)})"

    @abstractmethod
    def is_there(self, value: str) -> str: ...

    @abstractmethod
    def text_of(self, value: str) -> str:
        """The text that a JSON value is; null when it is another thing."""

    @abstractmethod
    def number_of(self, value: str) -> str:
        """The double that a JSON value is; null of another thing or one too far from zero."""

    @abstractmethod
    def boolean_of(self, value: str) -> str: ...

    def equals(self, value: str, wanted: Sequence[Anything], bind: Bind) -> str:
        """Whether a JSON value is one of some scalars, in type and value."""
        texts = [one for one in wanted if isinstance(one, str)]
        flags = [one for one in wanted if isinstance(one, bool)]
        numbers = [one for one in wanted if isinstance(one, int | float) and not isinstance(one, bool)]
        found = []
        if texts:
            found.append(self.among(self.text_of(value), texts, "text", bind))
        if flags:
            found.append(self.among(self.boolean_of(value), flags, "boolean", bind))
        if numbers:
            found.append(self.among(self.number_of(value), numbers, "number", bind))
        return f"({' or '.join(found)})" if found else "false"

    @abstractmethod
    def has(self, value: str, wanted: Sequence[Anything], bind: Bind) -> str:
        """Whether a JSON value is a list with one of some scalars as an element."""

    def as_key(self, value: str) -> str:
        """A text that is the same of equal scalars and of no others; null of what is no scalar."""
        number = f"{self.number_of(value)} + 0.0"  # Of a zero with a sign, one without.
        text = self.types["text"]
        return (
            f"coalesce('t' || {self.text_of(value)}, 'b' || cast({self.boolean_of(value)} as {text}), "
            f"'n' || cast({number} as {text}))"
        )

    # Texts

    def contains(self, text: str, part: str) -> str:
        return f"contains({text}, {part})"

    def begins(self, text: str, part: str) -> str:
        return f"starts_with({text}, {part})"

    @abstractmethod
    def ends(self, text: str, part: str) -> str: ...

    def by_code_points(self, text: str) -> str:
        """The text as it is put in an order."""
        return text

    @abstractmethod
    def fits(self, text: str, pattern: str) -> str:
        """Whether a text as a whole fits one of the patterns above."""

    # Moments

    @abstractmethod
    def micros(self, moment: str) -> str: ...

    @abstractmethod
    def moment(self, micros: str) -> str: ...

    @abstractmethod
    def moment_of(self, text: str) -> str:
        """The instant that a text of the shape of one tells; null when there is no such day."""

    @abstractmethod
    def day_start(self, text: str, zone: str) -> str:
        """The first instant of the local day that a text tells, which is known to be one."""

    @abstractmethod
    def local_day(self, moment: str, zone: str) -> str:
        """The local day of a moment, as 2026-03-01."""

    # Figures

    @abstractmethod
    def median(self, value: str) -> str: ...

    @abstractmethod
    def latest(self, moment: str, only: str, place: str) -> str:
        """Of the facts that a filter leaves, the moment of the last, the last but one, ... by its place."""

    def rounded(self, value: str) -> str:
        """A number without what doubles add to it when they are summed in another order."""
        return f"round({value}, 6)"

    @abstractmethod
    def bucket(self, salt: str) -> str: ...

    # Relations

    def rows(self, source: Source) -> str:
        """The SELECT of a source's facts."""
        return source.lake_rows or f"select * from {copied(source.name)}"

    def person_of(self) -> str:
        """The relation (customer_id, person_id) of profiles; who is not in it stands for himself."""
        return "persons"

    def once(self, facts: str) -> str:
        """A SELECT whose columns are worked out once, however often they are used."""
        return facts

    def customers(self) -> str:
        """The relation (customer_id, traits) of everybody."""
        return copied("customer")

    @staticmethod
    def value(value: Anything, kind: Kind) -> Anything:
        """A value as the engine's client takes it."""
        match kind:
            case "number":
                return float(value)
            case "numbers":
                return [float(one) for one in value]
            case _:
                return value


def is_day(text: str, dialect: Dialect) -> str:
    """Whether a text is a day that there is, as 2026-03-01."""
    day, year = f"substr({text}, 6, 5)", f"cast(substr({text}, 1, 4) as integer)"
    leap = f"(mod({year}, 4) = 0 and (mod({year}, 100) <> 0 or mod({year}, 400) = 0))"
    return (
        f"(case when {dialect.fits(text, DATE)} then {day} not in {NEVER_DAYS} and "
        f"(case when {day} = '02-29' then {leap} else true end) else false end)"
    )
