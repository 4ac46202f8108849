"""Sets of tiers: what counts, over which span, and each tier with its benefits."""

from collections.abc import Iterator
from typing import Any

from regulars.console.programmes import words
from regulars.console.programmes.blanks import Blank
from regulars.console.programmes.earning import steps
from regulars.console.programmes.pen import Block, Menu, Pen, Section
from regulars.console.segments.drawing import Line
from regulars.console.segments.tree import Path, at, text_of


def tiers(pen: Pen) -> Section:
    others = len(pen.items(("more_tier_sets",)))
    first = (_set(pen, ("tier_set",), 0, 1),) if pen.there(("tier_set",)) else ()
    more = tuple(_set(pen, ("more_tier_sets", number), number, others) for number in range(others))
    return Section(
        key="tiers",
        title="Tiers",
        text="Steps that members climb. The first set is the one they are shown.",
        blocks=(*first, *more),
        adds=(Menu(title="Tiers", kinds=(("tiers", "Another set of tiers" if first else "Tiers"),)),),
        wrong=pen.faults(("more_tier_sets",)),
    )


def _set(pen: Pen, path: Path, number: int, count: int) -> Block:
    one = at(pen.tree, path)
    one = one if isinstance(one, dict) else {}
    shown = path == ("tier_set",)
    can = [("remove", "Remove", "trash")] if shown else steps(number, count)
    return Block(
        path=text_of(path),
        title="The tiers members see" if shown else "More tiers",
        name=pen.text((*path, "name"), "What the set is called"),
        lines=(
            _counted(pen, path, one),
            _window(pen, path, one),
            *_lowered(pen, path),
            *_tiers(pen, path, one),
        ),
        steps=tuple(step for step in can if step[0] != "copy"),
        adds=(Menu(title="Tiers", kinds=((f"more {text_of((*path, 'tiers'))}", "Another tier"),)),),
        wrong=(*pen.faults(path), *pen.faults((*path, "tiers"))),
    )


def _counted(pen: Pen, path: Path, one: dict[str, Any]) -> Line:
    counts = one.get("counts", "collected")
    parts: list[str | Blank] = [
        pen.choice((*path, "counts"), "What counts", words.QUALIFIED, "collected", reshapes=True)
    ]
    if counts in ("collected", "balance") and len(pen.coins) > 1:
        parts += ["of", pen.currency((*path, "currency"))]
    if counts == "spend":
        parts += ["in", pen.money((*path, "money"))]
    if counts == "events":
        parts += ["called", pen.text((*path, "event"), "Event", ("names", "event"), wide=True)]
    return Line(path=f"{text_of(path)}-counts", lead="Members rise by", parts=tuple(parts))


def _window(pen: Pen, path: Path, one: dict[str, Any]) -> Line:
    kind = one.get("window", "rolling")
    window = pen.choice((*path, "window"), "Over", words.TIER_WINDOW, "rolling", reshapes=True)
    if kind == "rolling":
        parts: tuple[str | Blank, ...] = (
            pen.whole((*path, "window_days"), "Days", absent=365),
            "days; a tier is safe for",
            pen.whole((*path, "valid_days"), "Safe days", absent=365),
            "days",
        )
    else:
        trait = ("in", pen.text((*path, "window_trait"), "Trait", ("traits",))) if kind == "trait" else ()
        parts = (
            *trait,
            "of",
            pen.whole((*path, "window_months"), "Months", absent=12),
            "months; a tier is safe for",
            pen.whole((*path, "valid_windows"), "More spans", absent=1),
            "more spans",
        )
    return Line(path=f"{text_of(path)}-window", lead="over", parts=(window, *parts))


def _lowered(pen: Pen, path: Path) -> Iterator[Line]:
    yield Line(
        path=f"{text_of(path)}-lowered",
        lead="Who has too little then",
        parts=(
            pen.choice((*path, "downgrade"), "Then", words.DOWNGRADES, "one_step"),
            "after",
            pen.whole((*path, "grace_days"), "Days of grace", absent=0),
            "days of grace, and is told",
            pen.whole((*path, "notice_days"), "Days before", absent=0),
            "days before",
        ),
    )
    yield Line(
        path=f"{text_of(path)}-effect",
        lead="A new tier holds",
        parts=(
            pen.choice((*path, "takes_effect"), "It holds", words.EFFECT, "at_once"),
            "and a return",
            pen.flag(
                (*path, "returns_demote"),
                "A return",
                "may lower it at once",
                "lowers nobody before the review",
            ),
        ),
    )


def _tiers(pen: Pen, path: Path, one: dict[str, Any]) -> Iterator[Line]:
    for number, _ in enumerate(pen.items((*path, "tiers"))):
        here = (*path, "tiers", number)
        yield Line(
            path=text_of(here),
            lead=f"{number + 1}.",
            parts=(
                pen.text((*here, "name"), "Name of the tier"),
                "from",
                _threshold(pen, (*here, "threshold"), one),
                "earns",
                pen.decimal((*here, "multiplier"), "Times the points", "1"),
                "times the points",
            ),
            removable=True,
            lines=tuple(_benefits(pen, (*here, "benefits"))),
            more=((text_of((*here, "benefits")), "A benefit"),),
        )


def _threshold(pen: Pen, path: Path, one: dict[str, Any]) -> Blank:
    counts = one.get("counts", "collected")
    if counts == "spend":
        return pen.blank(path, "minor", "From", currency=str(one.get("money", "")))
    if counts in ("collected", "balance"):
        return pen.amount(path, "From", one.get("currency", "points"))
    return pen.whole(path, "From")


def _benefits(pen: Pen, path: Path) -> Iterator[Line]:
    for number in range(len(pen.items(path))):
        here = (*path, number)
        text = pen.text((*here, "text"), "Benefit as members read it", wide=True)
        yield Line(path=text_of(here), lead="gives", parts=(text,), removable=True)
