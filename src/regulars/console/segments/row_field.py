"""One field of a row: where its value stands, how it is shown, and what it suggests."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from regulars.console.segments.fields import Control, Option

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field, named by its place below the condition."""

    at: tuple[str, ...]
    control: Control
    label: str  # For who does not see the words around it.
    options: tuple[Option, ...] = ()
    suggest: tuple[str, ...] = ()  # Which of the vocabulary's lists, as ("traits",).
    absent: Any = ""  # What it means when the JSON leaves it out.
    reshapes: bool = False  # Another choice asks for other fields.
    wide: bool = False


Part = str | Field


def is_field() -> Field:
    return Field(at=("is",), control="choice", label="What is asked", reshapes=True)


def choice_field(name: str, options: tuple[Option, ...]) -> Field:
    return Field(at=(name,), control="choice", label=name.capitalize(), options=options)


def whole_field(name: str) -> Field:
    return Field(at=(name,), control="whole", label=name.replace("_", " ").capitalize())


def hours_field() -> Field:
    return Field(at=("within_hours",), control="number", label="Hours")


def text_field(name: str, label: str, suggest: str = "") -> Field:
    return Field(at=(name,), control="text", label=label, suggest=(suggest,) if suggest else ())


def window_field(name: str, control: Control, label: str) -> Field:
    return Field(at=("window", name), control=control, label=label)


def trait_field() -> Field:
    return Field(at=("trait",), control="text", label="Trait", suggest=("traits",))


def value_field() -> Field:
    return Field(at=("value",), control="scalar", label="Value", suggest=("trait_values",))


def values_field() -> Field:
    return Field(
        at=("values",), control="scalars", label="Values", suggest=("trait_values",), absent=(), wide=True
    )
