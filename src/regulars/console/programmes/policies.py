"""The sections about members, limits, validity, sharing and the start."""

from collections.abc import Iterator
from typing import Any

from regulars.console.programmes import narrowing, words
from regulars.console.programmes.earning import cap
from regulars.console.programmes.pen import Pen, Section, menus
from regulars.console.programmes.periods import period
from regulars.console.segments.drawing import Line
from regulars.console.segments.tree import Path, at, text_of


def basics(pen: Pen) -> Section:
    joined = (
        pen.choice(("join",), "How people join", words.JOINING, "first_earn"),
        "under version",
        pen.blank(("terms_version",), "code", "Version of the terms", absent="1"),
        "of the terms",
    )
    worth = pen.flag(("sandbox",), "Worth", "have no worth: it is for trying out", "are real")
    optional = (
        ("welcome", "Points for joining"),
        ("birthday", "Points for the birthday"),
        ("currencies", "Another currency"),
    )
    return Section(
        key="basics",
        title="Basics",
        text="Who promises it, whose calendar counts, and who belongs to it.",
        lines=(
            Line(
                path="basics-who",
                lead="It is offered by",
                parts=(
                    pen.text(("legal_entity",), "Legal entity", wide=True),
                    "and its days are those of",
                    pen.text(("zone",), "Time zone", ("zones",)),
                ),
            ),
            Line(path="basics-join", lead="People join", parts=joined),
            *(_currency(pen, number) for number in range(len(pen.items(("currencies",))))),
            Line(path="basics-worth", lead="Its points", parts=(worth,)),
            *_gifts(pen),
        ),
        adds=menus(pen, "And", optional),
        wrong=(*pen.faults(()), *pen.faults(("currencies",))),
    )


def _currency(pen: Pen, number: int) -> Line:
    path: Path = ("currencies", number)
    return Line(
        path=text_of(path),
        lead="It gives" if number == 0 else "and",
        parts=(
            pen.text((*path, "name"), "Called, in the plural"),
            "with the code",
            pen.text((*path, "code"), "Code"),
            "which are",
            pen.choice((*path, "kind"), "Kind", words.KINDS_OF_CURRENCY, "spendable"),
            "and have",
            pen.whole((*path, "scale"), "Digits after the point", absent=0),
            "digits after the point",
        ),
        removable=number > 0,
    )


def _gifts(pen: Pen) -> Iterator[Line]:
    if pen.there(("welcome",)):
        yield Line(path="welcome", lead="Who joins gets", parts=_award(pen, ("welcome",)), removable=True)
    if pen.there(("birthday",)):
        yield Line(
            path="birthday",
            lead="Once a year, on the day in",
            parts=(
                pen.blank(("birthday", "trait"), "text", "Trait", suggest=("traits",), absent="birthday"),
                ", members get",
                *_award(pen, ("birthday", "award")),
                "after",
                pen.whole(("birthday", "member_days"), "Days of membership", absent=0),
                "days of membership",
            ),
            removable=True,
        )


def _award(pen: Pen, path: Path) -> tuple[Any, ...]:
    coin = at(pen.tree, (*path, "currency"))
    coin = coin if isinstance(coin, str) else "points"
    return (pen.amount((*path, "points"), "Points", coin), pen.currency((*path, "currency")))


def limits(pen: Pen) -> Section:
    caps = pen.items(("caps",))
    lines = []
    for number, one in enumerate(caps):
        path: Path = ("caps", number)
        coin = one.get("currency", "points") if isinstance(one, dict) else "points"
        drawn = cap(pen, path, coin)
        named = (*drawn.parts[:1], pen.currency((*path, "currency")), *drawn.parts[1:])
        lines.append(Line(path=drawn.path, lead=drawn.lead, parts=named, removable=True))
    lines += [_velocity(pen, number) for number in range(len(pen.items(("velocity",))))]
    optional = (("caps", "Points of one member"), ("velocity", "Too much in a short time"))
    return Section(
        key="limits",
        title="Limits",
        text="What one member gets at most, and what looks like abuse. A rule's own limits stand with it.",
        lines=tuple(lines),
        adds=menus(pen, "A limit", optional),
        wrong=(*pen.faults(("caps",)), *pen.faults(("velocity",))),
    )


def _velocity(pen: Pen, number: int) -> Line:
    path: Path = ("velocity", number)
    return Line(
        path=text_of(path),
        lead="more than",
        parts=(
            pen.whole((*path, "more_than"), "More than"),
            pen.choice((*path, "watches"), "What is watched", words.WATCHED, "earned_points"),
            "of one member in",
            pen.whole((*path, "hours"), "Hours"),
            "hours are",
            pen.choice((*path, "does"), "What happens", words.VELOCITY_DOES, "review"),
        ),
        removable=True,
    )


def validity(pen: Pen) -> Section:
    lines = []
    if pen.there(("starts",)):
        lines.append(
            Line(
                path="starts",
                lead="Points wait",
                parts=(*period(pen, ("starts",)), "before they can be spent"),
                removable=True,
            )
        )
    else:
        lines.append(Line(path="no-starts", parts=("Points can be spent at once.",)))
    if pen.there(("activated_by",)):
        event = pen.text(("activated_by",), "Event", ("names", "event"), wide=True)
        lines.append(Line(path="activated_by", lead="or until the event", parts=(event,), removable=True))
    if pen.there(("valid",)):
        lines.append(
            Line(path="valid", lead="Then they are valid for", parts=period(pen, ("valid",)), removable=True)
        )
    else:
        lines.append(Line(path="no-valid", parts=("They are valid for ever.",)))
    if pen.there(("inactive_after",)):
        lines.append(
            Line(
                path="inactive_after",
                lead="All end when the member neither earned nor spent for",
                parts=period(pen, ("inactive_after",)),
                removable=True,
            )
        )
    if pen.there(("notice_days",)):
        lines.append(
            Line(
                path="notice_days",
                lead="Members are told",
                parts=(pen.whole(("notice_days",), "Days before"), "days before points end"),
                removable=True,
            )
        )
    optional = (
        ("starts", "A waiting time"),
        ("activated_by", "An event that ends the waiting"),
        ("valid", "An end of validity"),
        ("inactive_after", "An end after inactivity"),
        ("notice_days", "A notice before points end"),
    )
    return Section(
        key="validity",
        title="Validity",
        text="When points can be spent, and until when.",
        lines=tuple(lines),
        adds=menus(pen, "Validity", optional),
        wrong=pen.faults(("valid",)) + pen.faults(("starts",)) + pen.faults(("inactive_after",)),
    )


def sharing(pen: Pen) -> Section:
    gifts = pen.flag(("gifts",), "Gifts", "may give points to each other", "cannot give points away")
    pooled = pen.choice(("pooling",), "Sharing", words.POOLING, "none")
    return Section(
        key="sharing",
        title="Sharing",
        text="Households and gifts.",
        lines=(
            Line(path="sharing-pool", lead="In this programme", parts=(pooled,)),
            Line(path="sharing-gifts", lead="Members", parts=(gifts,)),
        ),
    )


def start(pen: Pen) -> Section:
    lines = []
    if pen.there(("begins",)):
        lines.append(
            Line(
                path="begins",
                lead="This version holds from",
                parts=(pen.blank(("begins",), "moment", "From"), f"in {pen.zone}"),
                removable=True,
            )
        )
    else:
        lines.append(Line(path="no-begins", parts=("This version holds from its publishing on.",)))
    if pen.there(("only_for", "stores")):
        stores = pen.texts(("only_for", "stores"), "In stores", narrowing.STORES)
        lines.append(
            Line(path="only_for.stores", lead="at first only in stores", parts=(stores,), removable=True)
        )
    if pen.there(("only_for", "percent")):
        share = pen.whole(("only_for", "percent"), "Per cent")
        lines.append(
            Line(
                path="only_for.percent",
                lead="at first only for",
                parts=(share, "% of customers, drawn at random"),
                removable=True,
            )
        )
    optional = (
        ("begins", "A moment it begins"),
        ("only_for.stores", "Only some stores at first"),
        ("only_for.percent", "Only a random share at first"),
    )
    return Section(
        key="start",
        title="Start",
        text="When this version begins, and where first. All else goes on by the version before.",
        lines=tuple(lines),
        adds=menus(pen, "Start", optional),
        wrong=pen.faults(("only_for",)),
    )
