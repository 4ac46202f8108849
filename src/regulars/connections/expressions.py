"""Expressions: data that says how a value of an event is made of a payload.

A text that begins with $ is a path; another text, a number, true and false stand for themselves; an object
with one name is one of the operations below. What is not there is left out, never null.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from regulars.connections.conversions import CONVERSIONS, NotConvertible, as_number, as_text
from regulars.connections.paths import MEMBERS_MAX, NOTHING, BadPath, Path, Scope, as_key, read_path
from regulars.kernel import Finding

DEPTH_MAX = 16
ITEMS_MAX = 2_000
BRACES_MAX = 20


class Unmapped(Exception):
    """A payload does not give what a mapping asks; `findings` say where in the payload."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(findings[0].message if findings else "")
        self.findings = findings


Value = Callable[[Scope], Any]


class Reading:
    """Reads expressions and collects what is wrong with them, each with its place in the definition."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def wrong(self, path: str, message: str, code: str = "mapping.expression") -> Value:
        self.findings.append(Finding(path=path, code=code, message=message))
        return nothing

    def expression(self, plain: Any, path: str, depth: int = 0) -> Value:
        if depth > DEPTH_MAX:
            return self.wrong(path, f"Expressions are nested at most {DEPTH_MAX} deep.")
        if isinstance(plain, str) and plain.startswith("$"):
            return self.path(plain, path)
        if plain is None:
            return nothing
        if isinstance(plain, str | int | float | bool | Decimal):
            return _constant(plain)
        if isinstance(plain, Mapping):
            return self._operation(plain, path, depth)
        return self.wrong(path, "A list is written as {all: [...]} or {each: path, to: expression}.")

    def path(self, plain: Any, path: str) -> Value:
        found = self.read_path(plain, path)
        return found.get if found else nothing

    def read_path(self, plain: Any, path: str) -> Path | None:
        try:
            return read_path(plain if isinstance(plain, str) else "")
        except BadPath as error:
            self.wrong(path, str(error), "mapping.path")
            return None

    def members(self, plain: Any, path: str, depth: int = 0) -> Value:
        """An object whose every value is an expression."""
        if not isinstance(plain, Mapping):
            return self.wrong(path, "Write names with an expression each.")
        made = {str(name): self.expression(one, f"{path}.{name}", depth + 1) for name, one in plain.items()}
        return lambda scope: gathered(made, scope)

    def _operation(self, plain: Mapping[str, Any], path: str, depth: int) -> Value:
        name = next((one for one in OPERATIONS if one in plain), None)
        if name is None:
            known = ", ".join(OPERATIONS)
            given = ", ".join(str(one) for one in plain) or "nothing"
            return self.wrong(path, f"An operation is one of {known}; found {given[:80]}.")
        besides = set(plain) - {name} - BESIDES.get(name, frozenset())
        if besides:
            return self.wrong(path, f"{name} knows no {', '.join(sorted(map(str, besides)))}.")
        return OPERATIONS[name](self, plain, f"{path}.{name}", depth + 1)


def nothing(_scope: Scope) -> Any:
    return NOTHING


def gathered(made: Mapping[str, Value], scope: Scope) -> dict[str, Any]:
    """Every value that is there; all that is wrong is raised together."""
    found, wrong = {}, []
    for name, value in made.items():
        try:
            one = value(scope)
        except Unmapped as error:
            wrong += [_under(name, finding) for finding in error.findings]
            continue
        if one is not NOTHING:
            found[name] = one
    if wrong:
        raise Unmapped(wrong)
    return found


def _under(name: str, finding: Finding) -> Finding:
    told = finding.message
    return (
        finding
        if told.startswith("For ")
        else Finding(path=finding.path, code=finding.code, message=f"For {name}: {told}")
    )


def _constant(plain: Any) -> Value:
    value = Decimal(str(plain)) if isinstance(plain, float) else plain
    return lambda _scope: value


def _constant_operation(reading: Reading, plain: Mapping[str, Any], path: str, _depth: int) -> Value:
    value = plain["constant"]
    if value is None:
        return reading.wrong(path, "A constant is a text, a number, true, false, a list or an object.")
    return _constant(value)


def _first(reading: Reading, plain: Mapping[str, Any], path: str, depth: int) -> Value:
    choices = _list_of(reading, plain["first"], path, depth)

    def value(scope: Scope) -> Any:
        return next((v for one in choices if (v := one(scope)) is not NOTHING and v != ""), NOTHING)

    return value


def _all(reading: Reading, plain: Mapping[str, Any], path: str, depth: int) -> Value:
    members = _list_of(reading, plain["all"], path, depth)
    return lambda scope: [v for one in members if (v := one(scope)) is not NOTHING]


def _text(reading: Reading, plain: Mapping[str, Any], path: str, depth: int) -> Value:
    """ "Order {$.name}": with any part missing, nothing."""
    template = plain["text"]
    if not isinstance(template, str) or (template.startswith("$") and "{" not in template):
        inner = reading.expression(template, path, depth)
        return _converted(inner, CONVERSIONS["text"], "text", _path_of(template))
    parts = _parts(reading, template, path)

    def value(scope: Scope) -> Any:
        texts = [part if isinstance(part, str) else _plain_text(part, scope) for part in parts]
        return NOTHING if any(text is NOTHING for text in texts) else "".join(map(str, texts))

    return value


def _parts(reading: Reading, template: str, path: str) -> list[str | Path]:
    parts: list[str | Path] = []
    rest = template
    while "{" in rest and len(parts) < 2 * BRACES_MAX:
        before, _, inside = rest.partition("{")
        inner, closed, rest = inside.partition("}")
        found = reading.read_path(inner.strip(), path) if closed else None
        if not closed:
            reading.wrong(path, "A { of the text has no }.")
        parts += [before] if found is None else [before, found]
    return [*parts, rest]


def _plain_text(path: Path, scope: Scope) -> Any:
    value = path.get(scope)
    if value is NOTHING or value == "":
        return NOTHING
    try:
        return as_text(value)
    except NotConvertible as error:
        raise Unmapped([Finding(path=path.shown(scope), code="mapping.text", message=str(error))]) from None


def _conversion(name: str) -> Callable[..., Value]:
    def make(reading: Reading, plain: Mapping[str, Any], path: str, depth: int) -> Value:
        inner = reading.expression(plain[name], path, depth)
        return _converted(inner, CONVERSIONS[name], name, _path_of(plain[name]))

    return make


def _time(reading: Reading, plain: Mapping[str, Any], path: str, depth: int) -> Value:
    """Text without a zone counts in `zone`, which is UTC if not given."""
    try:
        zone = ZoneInfo(str(plain.get("zone", "UTC")))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return reading.wrong(path, f"{str(plain['zone'])[:40]!r} is no zone; write one as Europe/Berlin.")
    inner = reading.expression(plain["time"], path, depth)

    def convert(value: Any) -> Any:
        found: datetime = CONVERSIONS["time"](value)
        return (found.replace(tzinfo=zone) if found.tzinfo is None else found).astimezone(UTC)

    return _converted(inner, convert, "time", _path_of(plain["time"]))


def _required(reading: Reading, plain: Mapping[str, Any], path: str, depth: int) -> Value:
    inner = reading.expression(plain["required"], path, depth)
    where = _path_of(plain["required"])

    def value(scope: Scope) -> Any:
        found = inner(scope)
        if found is NOTHING or found == "":
            place = where.shown(scope) if where else scope.where
            raise Unmapped([Finding(path=place, code="mapping.missing", message="It is missing.")])
        return found

    return value


def _sum(reading: Reading, plain: Mapping[str, Any], path: str, depth: int) -> Value:
    """The sum of a list, as of "$.lines[*].total", or of several expressions; of an empty list nothing."""
    asked = plain["sum"]
    if isinstance(asked, list):
        return _folded(_list_of(reading, asked, path, depth), lambda numbers: sum(numbers, Decimal(0)))
    inner = reading.expression(asked, path, depth)
    where = _path_of(asked)

    def value(scope: Scope) -> Any:
        found = inner(scope)
        members = found if isinstance(found, list) else [] if found is NOTHING else [found]
        numbers = [_number(one, where, scope) for one in members]
        return sum(numbers, Decimal(0)) if numbers else NOTHING

    return value


def _subtract(reading: Reading, plain: Mapping[str, Any], path: str, depth: int) -> Value:
    members = _list_of(reading, plain["subtract"], path, depth)
    return _folded(members, lambda numbers: numbers[0] - sum(numbers[1:], Decimal(0)))


def _multiply(reading: Reading, plain: Mapping[str, Any], path: str, depth: int) -> Value:
    def product(numbers: list[Decimal]) -> Decimal:
        made = Decimal(1)
        for number in numbers:
            made *= number
        return made

    return _folded(_list_of(reading, plain["multiply"], path, depth), product, needs_all=True)


def _negative(reading: Reading, plain: Mapping[str, Any], path: str, depth: int) -> Value:
    inner = [reading.expression(plain["negative"], path, depth)]
    return _folded(inner, lambda numbers: -numbers[0], needs_all=True)


def _folded(
    members: list[Value], fold: Callable[[list[Decimal]], Decimal], *, needs_all: bool = False
) -> Value:
    """Arithmetic on several values. The first must be there, of a product all."""

    def value(scope: Scope) -> Any:
        found = [one(scope) for one in members]
        if not found or found[0] is NOTHING or (needs_all and NOTHING in found):
            return NOTHING
        numbers = [Decimal(0) if one is NOTHING else _number(one, None, scope) for one in found]
        try:
            return fold(numbers)
        except ArithmeticError:
            told = "What comes out has too many digits."
            raise Unmapped([Finding(path=scope.where, code="mapping.number", message=told)]) from None

    return value


def _each(reading: Reading, plain: Mapping[str, Any], path: str, depth: int) -> Value:
    """A list, of each member of another; within `to`, $item is the member."""
    source = reading.read_path(plain["each"], path)
    to = reading.expression(plain.get("to"), f"{path.rsplit('.', 1)[0]}.to", depth)
    if source is None:
        return nothing

    def value(scope: Scope) -> Any:
        found, wrong = [], []
        for inner in items(source, scope):
            bounded(inner)
            try:
                one = to(inner)
            except Unmapped as error:
                wrong += error.findings
                continue
            found += [] if one is NOTHING else [one]
        if wrong:
            raise Unmapped(wrong)
        return found

    return value


def bounded(scope: Scope) -> None:
    """Raise Unmapped when a delivery makes too much work: lists within lists may have no end."""
    if scope.work.left < 0:
        told = f"The mapping goes through more than {MEMBERS_MAX:,} members of lists; let it look at fewer."
        raise Unmapped([Finding(path=scope.where, code="mapping.too_many", message=told)])


def items(source: Path, scope: Scope) -> list[Scope]:
    """A scope for each member of a list of the payload; raises Unmapped when it is something else."""
    found, where = source.get(scope), source.shown(scope)
    if found is NOTHING:
        return []
    if not isinstance(found, list) or len(found) > ITEMS_MAX:
        told = f"A list of at most {ITEMS_MAX:,} was expected."
        raise Unmapped([Finding(path=where, code="mapping.list", message=told)])
    return [scope.at(number, member, where.replace("[*]", "")) for number, member in enumerate(found)]


def _object(reading: Reading, plain: Mapping[str, Any], path: str, depth: int) -> Value:
    return reading.members(plain["object"], path, depth)


def _unless(reading: Reading, plain: Mapping[str, Any], path: str, depth: int) -> Value:
    """`then`, where the other is not there: an id for a guest."""
    other = reading.expression(plain["unless"], path, depth)
    then = reading.expression(plain.get("then"), f"{path.rsplit('.', 1)[0]}.then", depth)
    return lambda scope: NOTHING if other(scope) not in (NOTHING, "") else then(scope)


def _except(reading: Reading, plain: Mapping[str, Any], path: str, depth: int) -> Value:
    """A value, unless it is one of these: a 0 that stands for none."""
    these = plain["except"]
    if not isinstance(these, list):
        return reading.wrong(path, "Give a list of the values that stand for none.")
    inner = reading.expression(plain.get("of"), f"{path.rsplit('.', 1)[0]}.of", depth)
    none = {as_key(one) for one in these}

    def value(scope: Scope) -> Any:
        found = inner(scope)
        return NOTHING if found is NOTHING or as_key(found) in none else found

    return value


def _lookup(reading: Reading, plain: Mapping[str, Any], path: str, depth: int) -> Value:
    """Another value for each text; what is not named takes `else`, or is left out."""
    inner = reading.expression(plain["lookup"], path, depth)
    table = plain.get("in")
    if not isinstance(table, Mapping):
        return reading.wrong(path, "Give `in`: the texts, with the value of each.")
    known = {str(key): value for key, value in table.items()}
    otherwise = plain.get("else")
    return lambda scope: known.get(as_key(inner(scope)) or "", NOTHING if otherwise is None else otherwise)


def _list_of(reading: Reading, plain: Any, path: str, depth: int) -> list[Value]:
    if not isinstance(plain, list) or not plain:
        reading.wrong(path, "Give a list of expressions.")
        return []
    return [reading.expression(one, f"{path}[{number}]", depth) for number, one in enumerate(plain)]


def _converted(inner: Value, convert: Callable[[Any], Any], name: str, where: Path | None) -> Value:
    def value(scope: Scope) -> Any:
        found = inner(scope)
        if found is NOTHING:
            return NOTHING
        try:
            return convert(found)
        except NotConvertible as error:
            place = where.shown(scope) if where else scope.where
            raise Unmapped([Finding(path=place, code=f"mapping.{name}", message=str(error))]) from None

    return value


def _number(found: Any, where: Path | None, scope: Scope) -> Decimal:
    try:
        return as_number(found)
    except NotConvertible as error:
        place = where.shown(scope) if where else scope.where
        raise Unmapped([Finding(path=place, code="mapping.number", message=str(error))]) from None


def _path_of(plain: Any) -> Path | None:
    """The path that a simple expression looks at, for findings; of several the first."""
    if isinstance(plain, Mapping) and plain:
        return _path_of(next(iter(plain.values())))
    if isinstance(plain, list) and plain:
        return _path_of(plain[0])
    try:
        return read_path(plain) if isinstance(plain, str) and plain.startswith("$") else None
    except BadPath:
        return None


OPERATIONS: dict[str, Callable[[Reading, Mapping[str, Any], str, int], Value]] = {
    "first": _first,
    "text": _text,
    "number": _conversion("number"),
    "money": _conversion("money"),
    "time": _time,
    "bool": _conversion("bool"),
    "lower": _conversion("lower"),
    "upper": _conversion("upper"),
    "trim": _conversion("trim"),
    "words": _conversion("words"),
    "sum": _sum,
    "subtract": _subtract,
    "multiply": _multiply,
    "negative": _negative,
    "each": _each,
    "all": _all,
    "object": _object,
    "lookup": _lookup,
    "unless": _unless,
    "except": _except,
    "required": _required,
    "constant": _constant_operation,
}
BESIDES = {
    "time": frozenset({"zone"}),
    "each": frozenset({"to"}),
    "lookup": frozenset({"in", "else"}),
    "unless": frozenset({"then"}),
    "except": frozenset({"of"}),
}
