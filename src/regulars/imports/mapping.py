"""A mapping: which column becomes what, and how its values are read; remembered as a definition."""

import re
from collections.abc import Mapping as Table
from typing import Annotated, Literal, get_args
from zoneinfo import ZoneInfo

import msgspec

from regulars.definitions import Kind, Lookup
from regulars.imports.target import FREE_TYPES, NEEDED, TARGETS, TYPES, WHATS, What, target_of
from regulars.kernel import Finding

FreeType = Literal["text", "number", "boolean", "date", "instant", "list", "json"]
SOURCE = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
PATH = re.compile(r"[^.\x00-\x1f]{1,80}(\.[^.\x00-\x1f]{1,80}){0,7}")
FORMATS = ("unix", "unix_ms")
Name = Annotated[str, msgspec.Meta(max_length=200)]

assert get_args(FreeType) == FREE_TYPES


class MappingBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How files with certain columns are read."""

    title: Name
    what: What
    columns: dict[Name, Name]  # Column of the file → field; a column that is not named here is left out.
    constants: dict[Name, Name] = {}  # Field → one value for every row, as currency: EUR.
    types: dict[Name, FreeType] = {}  # Column → how a trait or property is to be read; else as it looks.
    dates: dict[Name, Name] = {}  # Column → format such as %d.%m.%Y, or unix, or unix_ms.
    lists: dict[Name, Name] = {}  # Column → the sign between the members of its lists.
    zone: Name = "UTC"  # Of times that do not tell their own.
    decimal: Literal[".", ","] = "."
    source: Name = "import"  # What the events of the file name as their source.
    headers: tuple[Name, ...] = ()  # All columns of the file it was made for; by them it is found again.


def sentence(body: MappingBody) -> str:
    parts = ", ".join(f"{column} is {field}" for column, field in list(body.columns.items())[:8])
    more = f" and {len(body.columns) - 8} more" if len(body.columns) > 8 else ""  # noqa: PLR2004 - reads well
    constants = "".join(f"; {field} is always {value}" for field, value in body.constants.items())
    return f"{WHATS[body.what]} from a file: {parts}{more}{constants}"


def check(body: MappingBody) -> list[Finding]:
    """Everything that is wrong with a mapping by itself."""
    return [*_targets(body), *_needed(body), *_ways(body)]


def check_for(body: MappingBody, names: tuple[str, ...]) -> list[Finding]:
    """Also what does not fit a file with these columns."""
    lacking = [column for column in body.columns if column not in names]
    return [
        *check(body),
        *(
            _finding(
                f"columns.{column}",
                "no_column",
                f"The file has no column {column!r}. Leave it out, or choose another.",
            )
            for column in lacking
        ),
    ]


def _targets(body: MappingBody) -> list[Finding]:
    found: list[Finding] = []
    seen: dict[str, str] = {}
    for place, named in (("columns", body.columns), ("constants", {name: name for name in body.constants})):
        for key, name in named.items():
            path = f"{place}.{key}"
            if target_of(body.what, name) is None or not PATH.fullmatch(name):
                known = ", ".join(one.name for one in TARGETS[body.what])
                found.append(
                    _finding(
                        path, "no_field", f"{WHATS[body.what]} have no field {name!r}. They have: {known}."
                    )
                )
            elif name in seen:
                found.append(
                    _finding(
                        path, "twice", f"{name} comes from {seen[name]!r} already. Choose one of the two."
                    )
                )
            seen.setdefault(name, key)
    return found + _nested(seen)


def _nested(seen: Table[str, str]) -> list[Finding]:
    """A field cannot be a value and hold others at once."""
    return [
        _finding(f"columns.{seen[name]}", "nested", f"{name} holds {other}: it cannot be a value itself.")
        for name in seen
        for other in seen
        if other.startswith(f"{name}.") and name.startswith(("traits.", "properties."))
    ]


def _needed(body: MappingBody) -> list[Finding]:
    given = {*body.columns.values(), *body.constants}
    return [
        _finding(
            "columns", "needed", f"Say which column holds {_listed(group)}; without it no row can be used."
        )
        for group in NEEDED[body.what]
        if not given & set(group)
    ]


def _ways(body: MappingBody) -> list[Finding]:
    found = []
    if not SOURCE.fullmatch(body.source):
        message = "Write the source with small letters, digits, - and _."
        found.append(_finding("source", "source", message))
    try:
        ZoneInfo(body.zone)
    except (KeyError, ValueError, OSError):
        found.append(
            _finding("zone", "zone", f"There is no time zone {body.zone[:60]!r}; write one as Europe/Berlin.")
        )
    for column, form in body.dates.items():
        if form not in FORMATS and not ("%" in form and re.fullmatch(r"(%[A-Za-z%]|[^%'\\\x00])*", form)):
            message = f"Write the format of {column!r} as %d.%m.%Y, or unix, or unix_ms; found {form[:40]!r}."
            found.append(_finding(f"dates.{column}", "format", message))
    for column, sign in body.lists.items():
        if not 1 <= len(sign) <= 5:  # noqa: PLR2004 - signs
            found.append(_finding(f"lists.{column}", "separator", "Give one to five signs."))
    return found


def _listed(group: tuple[str, ...]) -> str:
    return group[0] if len(group) == 1 else f"{', '.join(group[:-1])} or {group[-1]}"


def _finding(path: str, code: str, message: str) -> Finding:
    return Finding(path=path, code=f"imports.{code}", message=message)


def validate(body: MappingBody, _lookup: Lookup) -> list[Finding]:
    return check(body)


MAPPING = Kind(
    name="import-mapping",
    title="Import mapping",
    plural="Import mappings",
    body=MappingBody,
    sentence=sentence,
    validate=validate,
)

__all__ = ["MAPPING", "TYPES", "MappingBody", "check", "check_for", "sentence"]
