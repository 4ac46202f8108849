"""A programme as its builder shows it: sections of sentences with blanks, and what is wrong at each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from regulars.console.programmes.blanks import Blank, written
from regulars.console.segments.drawing import Input, Line, Node, inputs
from regulars.console.segments.fields import Control, Option, is_date, without_doubles
from regulars.console.segments.suggestions import About, Suggested, Vocabulary
from regulars.console.segments.tree import MISSING, Path, at, text_of
from regulars.console.stepping import Tree

Can = tuple[tuple[str, str], ...]  # What a button sends, and its words.


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    title: str
    kinds: Can


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One rule, multiplier or set of tiers."""

    path: str
    title: str
    name: Blank | None = None
    lines: tuple[Line, ...] = ()
    whom: Node | None = None  # The condition of customers, where there is one.
    steps: tuple[tuple[str, str, str], ...] = ()  # What can be done with it: name, words, icon.
    adds: tuple[Menu, ...] = ()
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    key: str
    title: str
    text: str
    lines: tuple[Line, ...] = ()
    blocks: tuple[Block, ...] = ()
    adds: tuple[Menu, ...] = ()
    wrong: tuple[str, ...] = ()

    @property
    def blanks(self) -> Iterator[Blank]:
        """Every blank but those of conditions, in the order of the page."""
        return (one for one in self.named if isinstance(one, Blank))

    @property
    def named(self) -> Iterator[Input]:
        """Every field of the section, those of conditions too."""
        return (one for _, fields in self.parts for one in fields)

    @property
    def parts(self) -> Iterator[tuple[str, tuple[Input, ...]]]:
        """Its fields by what they are of: the section itself, or one of its blocks."""
        yield self.title, tuple(blank for line in self.lines for blank in _of_line(line))
        for block in self.blocks:
            name = (block.name,) if block.name else ()
            blanks = tuple(blank for line in block.lines for blank in _of_line(line))
            yield block.title, (*name, *blanks, *(inputs(block.whom) if block.whom else ()))

    @property
    def faults(self) -> int:
        blocks = sum(len(one.wrong) for one in self.blocks)
        return len(self.wrong) + blocks + sum(len(one.wrong) for one in self.named)


def _of_line(line: Line) -> Iterator[Blank]:
    yield from (part for part in line.parts if isinstance(part, Blank))
    for below in line.lines:
        yield from _of_line(below)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coin:
    code: str
    name: str
    scale: int


@dataclass(slots=True, kw_only=True)
class Pen:
    """What drawing one tree needs, and the lists of suggestions that came up."""

    tree: Tree
    vocabulary: Vocabulary
    wrong: Mapping[str, list[str]] = field(default_factory=dict)
    used: dict[About, str] = field(default_factory=dict)

    @property
    def coins(self) -> tuple[Coin, ...]:
        found = self.tree.get("currencies")
        listed = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
        return tuple(
            Coin(
                code=str(one.get("code", "")),
                name=str(one.get("name") or one.get("code", "")),
                scale=one["scale"] if type(one.get("scale")) is int and 0 <= one["scale"] <= 7 else 0,  # noqa: PLR2004
            )
            for one in listed
        )

    def coin(self, code: object) -> Coin:
        every = self.coins
        unknown = Coin(code=str(code), name=str(code), scale=0)
        return next((one for one in every if one.code == code), unknown)

    @property
    def zone(self) -> str:
        return str(self.tree.get("zone", "UTC"))

    def there(self, path: Path) -> bool:
        return at(self.tree, path) not in (MISSING, None)

    def items(self, path: Path) -> list[Any]:
        found = at(self.tree, path)
        return found if isinstance(found, list) else []

    def faults(self, path: Path) -> tuple[str, ...]:
        return tuple(self.wrong.get(text_of(path), ()))

    def blank(
        self,
        path: Path,
        control: Control,
        label: str,
        *,
        options: tuple[Option, ...] = (),
        suggest: About = (),
        absent: Any = "",
        reshapes: bool = False,
        wide: bool = False,
        currency: str = "",
        scale: int = 0,
    ) -> Blank:
        value = at(self.tree, path)
        value = absent if value is MISSING else value
        if control == "date" and not is_date(value if value is not None else ""):
            control = "text"
        if control == "ticks" and not isinstance(value, list | tuple):
            control = "json"
        shown = written(control, value, scale=scale, currency=currency, zone=self.zone)
        ticked = tuple(str(one) for one in value) if control == "ticks" else ()
        there = ticked if control == "ticks" else (shown,)
        known = {one.value for one in options}
        strange = tuple(
            Option(value=one, title=f"{one} (not known here)" if one else "Choose…")
            for one in there
            if one not in known
        )
        return Blank(
            name=text_of(path),
            control=control,
            label=label,
            shown=shown,
            value=value,
            options=without_doubles((*options, *strange)) if options or control == "ticks" else (),
            ticked=ticked,
            suggest=self.used.setdefault(suggest, f"suggest-{len(self.used)}") if suggest else "",
            about=suggest,
            currency=currency,
            scale=scale,
            zone=self.zone,
            reshapes=reshapes,
            wide=wide,
            wrong=self.faults(path),
        )

    def text(self, path: Path, label: str, suggest: About = (), *, wide: bool = False) -> Blank:
        return self.blank(path, "text", label, suggest=suggest, wide=wide)

    def decimal(self, path: Path, label: str, absent: str = "") -> Blank:
        return self.blank(path, "decimal", label, absent=absent)

    def money(self, path: Path, label: str = "Money") -> Blank:
        return self.blank(path, "code", label, suggest=("currencies",))

    def texts(self, path: Path, label: str, suggest: About = ()) -> Blank:
        return self.blank(path, "texts", label, suggest=suggest, absent=(), wide=True)

    def whole(self, path: Path, label: str, absent: Any = "") -> Blank:
        return self.blank(path, "whole", label, absent=absent)

    def amount(self, path: Path, label: str, code: object, absent: Any = "") -> Blank:
        return self.blank(path, "amount", label, absent=absent, scale=self.coin(code).scale)

    def choice(
        self, path: Path, label: str, choices: tuple[Option, ...], absent: Any = "", *, reshapes: bool = False
    ) -> Blank:
        return self.blank(path, "choice", label, options=choices, absent=absent, reshapes=reshapes)

    def flag(self, path: Path, label: str, yes: str, no: str, *, absent: bool = False) -> Blank:
        both = (Option(value="true", title=yes), Option(value="false", title=no))
        return self.blank(path, "flag", label, options=both, absent=absent)

    def currency(self, path: Path, label: str = "Currency", absent: str = "points") -> str | Blank:
        """A choice where there are several, else the only one's name."""
        value = at(self.tree, path)
        code = absent if value is MISSING else value
        every = self.coins
        if len(every) == 1 and every[0].code == code:
            return every[0].name
        listed = tuple(Option(value=one.code, title=one.name) for one in every)
        return self.choice(path, label, listed, absent=absent, reshapes=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    sections: tuple[Section, ...]
    vocabulary: Vocabulary
    used: Mapping[About, str]

    @property
    def suggestions(self) -> Iterator[tuple[str, tuple[Suggested, ...]]]:
        """Looked up when they are shown: not while somebody types."""
        return ((name, self.vocabulary.suggested(about)) for about, name in self.used.items())

    @property
    def labels(self) -> dict[str, str]:
        """What each field is called where it stands."""
        return {one.name: one.label for section in self.sections for one in section.named}

    @property
    def places(self) -> dict[str, str]:
        """The same from afar, as in "Rule 1, points"."""
        return {
            one.name: f"{where}, {one.label[:1].lower()}{one.label[1:]}"
            for section in self.sections
            for where, fields in section.parts
            for one in fields
        }


MANY = ("currencies", "caps", "velocity")  # Lists: another item can always be added.


def menus(pen: Pen, title: str, optional: tuple[tuple[str, str], ...]) -> tuple[Menu, ...]:
    """What can be added to a section, in one menu."""
    kinds = tuple(
        (f"more {name}", words)
        for name, words in optional
        if name in MANY or not pen.there(tuple(name.split(".")))
    )
    return (Menu(title=title, kinds=kinds),) if kinds else ()
