"""What became of the messages of a source, in figures that say what they are of; machines apart."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from regulars.db import Tx, rows, value
from regulars.experiments import Interval, Proportion, wilson
from regulars.kernel import NotFound
from regulars.messaging import SourceName, find_source
from regulars.responses.statements import FIGURES

OPENED = (
    "People who loaded the picture, looked at the page or clicked; machines left out. Only those who allow "
    "it can be seen to open."
)
DOMAINS_MAX = 50
LINKS_MAX = 100
HOURS = 48  # The last stands for all that came later.


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    name: str
    title: str
    definition: str  # To be printed beside it.
    count: int
    of: int

    @property
    def share(self) -> float | None:
        return self.count / self.of if self.of else None

    @property
    def interval(self) -> Interval | None:
        """Wilson's score interval, 95 %."""
        return wilson(Proportion(count=self.count, of=self.of)) if self.of else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Messages, one a person and source; every part is a part of what stands above it."""

    sent: int = 0  # Handed over; of those in doubt, the ones something came back of.
    delivered: int = 0  # Sent and not bounced.
    deferred: int = 0  # Told to wait at least once.
    bounced: int = 0
    bounced_hard: int = 0
    bounced_soft: int = 0  # Came back for now, and nothing says that it arrived later.
    counted: int = 0  # Left with a pixel and links of ours: their readers allow it.
    opened: int = 0  # By a person: the pixel, the view as a page, or a click.
    machine_opened: int = 0
    clicked: int = 0  # By a person, any link.
    machine_clicked: int = 0
    unsubscribed: int = 0
    complained: int = 0

    @property
    def rates(self) -> tuple[Rate, ...]:
        return tuple(
            Rate(
                name=name,
                title=title,
                definition=definition,
                count=getattr(self, count),
                of=getattr(self, of),
            )
            for name, title, count, of, definition in RATES
        )


# Name, title, what is counted, of what, and what is printed beside it.
RATES = (
    ("delivery", "Delivered", "delivered", "sent", "Sent and not bounced; the spam folder counts."),
    ("bounce", "Bounced", "bounced", "sent", "Came back, for good or for now."),
    ("hard_bounce", "Bounced for good", "bounced_hard", "sent", "Came back for good."),
    ("open", "Opened", "opened", "delivered", OPENED),
    ("click", "Clicked", "clicked", "delivered", "People who followed a link; machines left out."),
    ("click_to_open", "Clicked, of openers", "clicked", "opened", "Of people who opened, those who clicked."),
    ("unsubscribe", "Unsubscribed", "unsubscribed", "delivered", "People who stopped by a link of it."),
    ("complaint", "Complained", "complained", "delivered", "People who called it spam, as mailboxes tell."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainFigures:
    domain: str  # Of the address that people have now; empty: they have none any more.
    figures: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkFigures:
    link: str  # Empty: all links that only one person each was sent.
    people: int
    machines: int
    times: int  # Every click of a person.


@dataclass(frozen=True, slots=True, kw_only=True)
class HourFigures:
    hour: int  # After sending; the last of them and all later ones together.
    opened: int
    clicked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    domain: str
    sent: int
    delivered: int
    deferred: int
    bounced: int
    bounced_hard: int
    bounced_soft: int
    opened: int
    machine_opened: int
    clicked: int
    machine_clicked: int
    unsubscribed: int
    complained: int

    def figures(self, counted: int = 0) -> Figures:
        told = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "domain"}
        return Figures(**told, counted=counted)


def figures(tx: Tx, *names: SourceName) -> Figures:
    """The figures of some sources together; a source that sent nothing yet counts nothing."""
    (found,) = rows(tx, FIGURES.figures, _Row, **named(names))
    ids = [one for one in (_source_id(tx, name) for name in names) if one is not None]
    counted = int(value(tx, FIGURES.counted, source_ids=ids))
    return found.figures(counted)


def by_domain(tx: Tx, *names: SourceName, limit: int = DOMAINS_MAX) -> list[DomainFigures]:
    """The same by the domain of people's addresses, the largest first; `counted` is not told by it."""
    found = rows(tx, FIGURES.by_domain, _Row, **named(names), limit=limit)
    return [DomainFigures(domain=one.domain, figures=one.figures()) for one in found]


def by_link(tx: Tx, *names: SourceName, limit: int = LINKS_MAX) -> list[LinkFigures]:
    """Who followed which link, the most followed first."""
    return rows(tx, FIGURES.by_link, LinkFigures, **named(names), limit=limit)


def by_hour(tx: Tx, *names: SourceName) -> list[HourFigures]:
    """How many people first opened, and first clicked, in which hour after their message left."""
    return rows(tx, FIGURES.by_hour, HourFigures, **named(names), last=HOURS)


def named(names: Sequence[SourceName]) -> dict[str, Any]:
    return {
        "kinds": [one.kind for one in names],
        "keys": [one.key for one in names],
        "versions": [one.version for one in names],
        "steps": [one.step for one in names],
    }


def _source_id(tx: Tx, name: SourceName) -> int | None:
    try:
        return find_source(tx, name).source_id
    except NotFound:
        return None
