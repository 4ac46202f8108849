"""The written rules of docs/explanation/conditions.md, each with the people that show it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from regulars.conditions import Condition
from regulars.conditions import nodes as c
from regulars.conditions import windows as w
from tests.integration.conditions.history import (
    Entry,
    Event,
    Line,
    Order,
    Person,
    Said,
    Stay,
    Told,
)

AT = datetime(2025, 6, 1, 12, tzinfo=UTC)
DAY, HOUR, TICK = timedelta(days=1), timedelta(hours=1), timedelta(microseconds=1)
EVENT = c.Measured(of="event")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Of these people, those whose name is in `true` fit and the others do not."""

    name: str
    asked: Condition
    people: Mapping[str, Person]
    true: str  # Names, with blanks between.
    at: datetime = AT
    zone: str = "UTC"


def had(**traits: Any) -> Person:
    return Person(
        told=tuple(Told(at=AT - 90 * DAY, name=name, value=value) for name, value in traits.items())
    )


def lived(*told: tuple[float, Any], name: str = "plan") -> Person:
    """Told so many days before the instant."""
    return Person(told=tuple(Told(at=AT - days * DAY, name=name, value=value) for days, value in told))


def did(*moments: datetime, name: str = "Seen", **told: Any) -> Person:
    return Person(events=tuple(Event(at=at, name=name, told=told) for at in moments))


def steps(*happened: tuple[str, timedelta]) -> Person:
    return Person(events=tuple(Event(at=AT - back, name=name) for name, back in happened))


def bought(*orders: Order) -> Person:
    return Person(orders=orders)


def order(days: float = 1, total: int = 100, **more: Any) -> Order:
    return Order(at=AT - days * DAY, total=total, **more)


def told(test: str, value: Any = None, values: tuple[Any, ...] = (), of: str = "p") -> Condition:
    return c.Measured(of="event", where=(c.Filter(property=of, test=test, value=value, values=values),))  # type: ignore[arg-type]


def within(window: w.Window) -> Condition:
    return c.Measured(of="event", window=window)


def spent(minor: int, comparison: Any = "at_least") -> Condition:
    return c.OrderSum(comparison=comparison, minor=minor, currency="EUR")


def said(*words: tuple[float, bool], channel: str = "email") -> Person:
    return Person(said=tuple(Said(at=AT - days * DAY, given=given, channel=channel) for days, given in words))


def stayed(*stays: tuple[str, float, float | None]) -> Person:
    return Person(
        stays=tuple(
            Stay(segment=key, entered=AT - since * DAY, left=None if until is None else AT - until * DAY)
            for key, since, until in stays
        )
    )


def figure(kind: Any, comparison: Any, value: float) -> Condition:
    return c.Measured(of="event", figure=kind, property="p", comparison=comparison, value=value)


SEEN_THEN_ADDED = c.Sequence(steps=(c.Step(name="Seen"), c.Step(name="Added")), within_hours=24)
LEFT_BEHIND = c.NotFollowed(first=c.Step(name="Added"), then=c.Step(name="Paid"), within_hours=24)
VALUES = {"one": did(AT - DAY, p=1), "text": did(AT - DAY, p="1"), "yes": did(AT - DAY, p=True),
          "null": did(AT - DAY, p=None), "none": did(AT - DAY), "never": Person()}  # fmt: skip
# Berlin's 30 March has 23 hours; its midnight is 23:00 UTC of the day before.
SPRING = datetime(2025, 3, 30, 10, tzinfo=UTC)
SPRING_DAY = {
    "eve": did(datetime(2025, 3, 29, 22, 59, 59, tzinfo=UTC)),
    "midnight": did(datetime(2025, 3, 29, 23, tzinfo=UTC)),
    "hours": did(SPRING - 24 * HOUR),
}
RULES = (
    # Nulls and missing values
    Rule(name="null is missing", asked=told("missing"), people=VALUES, true="null none"),
    Rule(name="nothing differs from everything", asked=told("differs", 1), people=VALUES, true="text yes null none"),
    Rule(name="none of fits what is missing", asked=told("none_of", values=(1, "1")), people=VALUES, true="yes null none"),
    Rule(name="equal in type and value", asked=told("equals", 1.0), people=VALUES, true="one"),
    Rule(name="a missing trait fits nothing",
         asked=c.Any(conditions=(c.TraitExists(trait="x"), c.TraitNumber(trait="x", comparison="at_most", value=9),
                                 c.TraitText(trait="x", how="contains", value="a"), c.TraitHas(trait="x", values=("a",)),
                                 c.TraitDate(trait="x", how="before", date="2025-01-01"))),
         people={"nobody": Person(), "null": had(x=None), "wrong": had(x={"a": 1})}, true="wrong"),
    Rule(name="not of nothing is true", asked=c.Not(condition=c.TraitEquals(trait="x", value="a")),
         people={"nobody": Person(), "a": had(x="a")}, true="nobody"),
    Rule(name="a text that looks like a number is none", asked=c.TraitNumber(trait="x", comparison="at_least", value=1),
         people={"text": had(x="5"), "number": had(x=5), "flag": had(x=True)}, true="number"),
    Rule(name="capitals and accents count", asked=c.TraitText(trait="x", how="starts_with", value="é"),
         people={"small": had(x="été"), "capital": had(x="Été"), "plain": had(x="ete")}, true="small"),
    Rule(name="a name with a point comes before the way inside", asked=c.TraitEquals(trait="a.b", value=1),
         people={"inside": had(a={"b": 1}), "named": had(**{"a.b": 1}), "both": had(**{"a": {"b": 1}, "a.b": 2})},
         true="inside named"),
    Rule(name="only a list has elements", asked=c.TraitHas(trait="x", values=("a",)),
         people={"list": had(x=["b", "a"]), "text": had(x="a"), "deep": had(x=[["a"]])}, true="list"),
    Rule(name="contains asks texts and lists", asked=told("contains", "a"),
         people={"part": did(AT - DAY, p="cat"), "element": did(AT - DAY, p=["a"]), "longer": did(AT - DAY, p=["cat"])},
         true="part element"),
    Rule(name="a number is not before a text", asked=told("at_least", 2),
         people={"number": did(AT - DAY, p=3), "text": did(AT - DAY, p="3"), "less": did(AT - DAY, p=1)}, true="number"),
    Rule(name="texts of dates compare as texts", asked=told("at_most", "2025-03-01"),
         people={"before": did(AT - DAY, p="2024-12-31"), "on": did(AT - DAY, p="2025-03-01"),
                 "moment": did(AT - DAY, p="2025-03-01T10:00Z"), "number": did(AT - DAY, p=2024)}, true="before on"),
    # Figures
    Rule(name="counts and sums of nothing are zero", asked=figure("sum", "exactly", 0),
         people={"nobody": Person(), "texts": did(AT - DAY, p="3"), "some": did(AT - DAY, p=3)}, true="nobody texts"),
    Rule(name="a maximum of nothing compares as false",
         asked=c.Any(conditions=(figure("maximum", "at_most", 9), figure("maximum", "at_least", -9))),
         people={"nobody": Person(), "texts": did(AT - DAY, p="3"), "some": did(AT - DAY, p=3)}, true="some"),
    Rule(name="an average leaves out what is no number", asked=figure("average", "exactly", 2),
         people={"mixed": Person(events=(*did(AT - DAY, p=1).events, *did(AT - DAY, p=3).events,
                                         *did(AT - DAY, p="9").events, *did(AT - DAY).events))}, true="mixed"),
    Rule(name="distinct counts scalars by type and value", asked=figure("distinct", "exactly", 2),
         people={"two": Person(events=tuple(did(AT - DAY, p=one).events[0] for one in (1, 1.0, "1", None, [1])))}, true="two"),
    Rule(name="sums keep six digits", asked=figure("sum", "exactly", 0.3),
         people={"thirds": Person(events=tuple(did(AT - n * HOUR, p=0.1).events[0] for n in (1, 2, 3)))}, true="thirds"),
    Rule(name="a number beyond 1e300 is none",
         asked=c.Any(conditions=(figure("sum", "at_least", 2), figure("average", "at_least", 2), figure("maximum", "at_least", 2),
                                 figure("distinct", "at_least", 2), told("more_than", 2),
                                 c.TraitNumber(trait="x", comparison="at_least", value=2))),
         people={"twice": did(AT - DAY, AT - HOUR, p=1.5e308), "beside": Person(events=(*did(AT - DAY, p=1.5e308).events,
                                                                                       *did(AT - DAY, p=1).events)),
                 "trait": had(x=1.5e308), "still": did(AT - DAY, AT - HOUR, p=1e300)}, true="still"),
    # Windows
    Rule(name="the first instant of a window counts, the last does not", asked=within(w.Between(near=1, far=7)),
         people={"first": did(AT - 7 * DAY), "before": did(AT - 7 * DAY - TICK), "last": did(AT - DAY),
                 "inside": did(AT - DAY - TICK)}, true="first inside"),
    Rule(name="what happens at the instant is not past", asked=within(w.Ever()),
         people={"now": did(AT), "just": did(AT - TICK), "ahead": did(AT + DAY)}, true="just"),
    Rule(name="what is dated ahead counts when its moment has come", asked=within(w.Last(days=2)), at=AT + DAY + TICK,
         people={"ahead": did(AT + DAY)}, true="ahead"),
    Rule(name="a day of a window has 24 hours", asked=within(w.Last(days=1)), at=SPRING, zone="Europe/Berlin",
         people=SPRING_DAY, true="eve midnight hours"),
    Rule(name="a calendar day begins at local midnight", asked=within(w.Calendar(unit="day")), at=SPRING,
         zone="Europe/Berlin", people=SPRING_DAY, true="midnight"),
    Rule(name="a day without midnight begins with its first instant", asked=within(w.Calendar(unit="day")),
         at=datetime(2025, 9, 7, 12, tzinfo=UTC), zone="America/Santiago",
         people={"before": did(datetime(2025, 9, 7, 3, 59, 59, tzinfo=UTC)), "first": did(datetime(2025, 9, 7, 4, tzinfo=UTC))},
         true="first"),
    Rule(name="a zone may be half an hour off", asked=within(w.Dates(first="2025-06-01", last="2025-06-01")),
         zone="Asia/Kolkata",
         people={"before": did(datetime(2025, 5, 31, 18, 29, 59, tzinfo=UTC)), "first": did(datetime(2025, 5, 31, 18, 30, tzinfo=UTC))},
         true="first"),
    Rule(name="weeks begin on Monday", asked=within(w.Calendar(unit="week")),
         people={"sunday": did(datetime(2025, 5, 25, 23, 59, tzinfo=UTC)), "monday": did(datetime(2025, 5, 26, tzinfo=UTC))},
         true="monday"),
    Rule(name="the last quarter is whole", asked=within(w.Calendar(unit="quarter", back=1)),
         people={"before": did(datetime(2024, 12, 31, 23, tzinfo=UTC)), "first": did(datetime(2025, 1, 1, tzinfo=UTC)),
                 "after": did(datetime(2025, 4, 1, tzinfo=UTC))}, true="first"),
    Rule(name="a window since a trait begins with its moment", asked=within(w.Since(trait="joined")),
         people={"at": Person(told=had(joined="2025-05-30").told, events=did(datetime(2025, 5, 30, tzinfo=UTC)).events),
                 "before": Person(told=had(joined="2025-05-30T00:00:01Z").told, events=did(datetime(2025, 5, 30, tzinfo=UTC)).events),
                 "no date": Person(told=had(joined="soon").told, events=did(AT - DAY).events),
                 "untold": did(AT - DAY)}, true="at"),
    # Days
    Rule(name="in the last days includes today and the first of them", asked=c.TraitDate(trait="x", how="in_last", days=2),
         people={"today": had(x="2025-06-01"), "first": had(x="2025-05-30"), "before": had(x="2025-05-29"),
                 "tomorrow": had(x="2025-06-02")}, true="today first"),
    Rule(name="a moment lies on its local day", asked=c.TraitDate(trait="x", how="on", date="2025-06-01"), zone="America/New_York",
         people={"evening": had(x="2025-06-02T03:59:59Z"), "night": had(x="2025-06-02T04:00:00Z")}, true="evening"),
    Rule(name="what is no date is on no day",
         asked=c.Any(conditions=(c.TraitDate(trait="x", how="before", date="2199-01-01"),
                                 c.TraitDate(trait="x", how="more_than_ahead", days=1))),
         people={"day": had(x="2025-02-28"), "no day": had(x="2025-02-30"), "no zone": had(x="2025-02-28T10:00:00"),
                 "short": had(x="2025-2-28"), "number": had(x=20250228), "word": had(x="now")}, true="day"),
    Rule(name="29 February returns on the 28th", asked=c.Anniversary(trait="x", days=1), at=datetime(2025, 2, 27, 12, tzinfo=UTC),
         people={"leap": had(x="2000-02-29"), "28th": had(x="1990-02-28"), "1 March": had(x="1990-03-01")}, true="leap 28th"),
    Rule(name="an anniversary goes round the year", asked=c.Anniversary(trait="x", days=2), at=datetime(2025, 12, 31, 12, tzinfo=UTC),
         people={"today": had(x="1980-12-31"), "new_year": had(x="1980-01-01"), "third": had(x="1980-01-03")}, true="today new_year"),
    # Orders
    Rule(name="a cancelled order is none", asked=c.OrderCount(comparison="at_least", number=1),
         people={"cancelled": bought(order(status="cancelled")), "refunded": bought(order(status="refunded", refunded=100))},
         true="refunded"),
    Rule(name="sums are less what was given back", asked=spent(100),
         people={"whole": bought(order()), "part": bought(order(status="part_refunded", refunded=1)),
                 "cancelled": bought(order(status="cancelled"))}, true="whole"),
    Rule(name="a return at the till takes off", asked=spent(60, "exactly"),
         people={"returned": bought(order(total=100), order(total=-40)), "only": bought(order(total=-40))}, true="returned"),
    Rule(name="nothing bought sums to zero", asked=spent(0, "at_most"),
         people={"nobody": Person(), "minus": bought(order(total=-1)), "some": bought(order(total=1))}, true="nobody minus"),
    Rule(name="currencies are never mixed", asked=spent(100),
         people={"other": bought(order(currency="JPY")), "same": bought(order())}, true="same"),
    Rule(name="lines have the fate of their order",
         asked=c.Measured(of="order_line", where=(c.Filter(property="product", value="tea"),)),
         people={"open": bought(order(lines=(Line(product="tea"),))),
                 "cancelled": bought(order(status="cancelled", lines=(Line(product="tea"),)))}, true="open"),
    Rule(name="who never ordered is neither long nor short since",
         asked=c.Any(conditions=(c.DaysSinceLastOrder(comparison="at_least", days=7),
                                 c.DaysSinceLastOrder(comparison="less_than", days=7))),
         people={"nobody": Person(), "exactly": bought(order(days=7))}, true="exactly"),
    Rule(name="so many days ago to the microsecond", asked=c.DaysSinceLastOrder(comparison="at_least", days=7),
         people={"exactly": bought(order(days=7)), "less": bought(Order(at=AT - 7 * DAY + TICK, total=1))}, true="exactly"),
    Rule(name="who came back is so for the window", asked=c.Returned(within_days=7, after_days=30),
         people={"back": bought(order(days=40), order(days=7)), "over": bought(order(days=40), order(days=7.5)),
                 "short": bought(order(days=36), order(days=7)), "first": bought(order(days=3))}, true="back"),
    Rule(name="a rhythm is the median gap", asked=c.OffRhythm(times=2),
         people={"at twice": bought(*(order(days=n) for n in (8, 12, 20))), "off": bought(*(order(days=n) for n in (9, 12, 14))),
                 "even": bought(*(order(days=n) for n in (5, 6, 9, 30, 31))), "two": bought(order(days=50), order(days=51))},
         true="off even"),
    # Sequences
    Rule(name="a step at the same moment is not after", asked=SEEN_THEN_ADDED,
         people={"same": steps(("Seen", DAY), ("Added", DAY)), "after": steps(("Seen", DAY), ("Added", DAY - TICK)),
                 "before": steps(("Added", DAY), ("Seen", HOUR))}, true="after"),
    Rule(name="a step exactly at the end counts", asked=SEEN_THEN_ADDED,
         people={"end": steps(("Seen", 3 * DAY), ("Added", 2 * DAY)), "late": steps(("Seen", 3 * DAY), ("Added", 2 * DAY - TICK))},
         true="end"),
    Rule(name="each step counts from the one before",
         asked=c.Sequence(steps=(c.Step(name="Seen"), c.Step(name="Added"), c.Step(name="Paid")), within_hours=24),
         people={"chain": steps(("Seen", 5 * DAY), ("Added", 4 * DAY), ("Paid", 3 * DAY)),
                 "gap": steps(("Seen", 5 * DAY), ("Added", 4 * DAY), ("Paid", 2 * DAY))}, true="chain"),
    Rule(name="only the first step stands in the window",
         asked=c.Sequence(steps=SEEN_THEN_ADDED.steps, within_hours=72, window=w.Between(near=3, far=7)),
         people={"first_in": steps(("Seen", 4 * DAY), ("Added", 2 * DAY)), "first out": steps(("Seen", 8 * DAY), ("Added", 6 * DAY))},
         true="first_in"),
    Rule(name="not followed waits until the time is over", asked=LEFT_BEHIND,
         people={"over": steps(("Added", DAY)), "waiting": steps(("Added", DAY - TICK)),
                 "in time": steps(("Added", 3 * DAY), ("Paid", 2 * DAY)), "late": steps(("Added", 3 * DAY), ("Paid", 2 * DAY - TICK)),
                 "at the instant": steps(("Added", DAY), ("Paid", 0 * DAY))}, true="over late"),
    # What has lasted
    Rule(name="a value must stand at the beginning", asked=c.HasBeen(condition=c.TraitEquals(trait="plan", value="gold"), days=3),
         people={"since": lived((3, "gold")), "short": lived((2.9, "gold")), "broken": lived((9, "gold"), (2, "tin"), (1, "gold")),
                 "again": lived((9, "gold"), (1, "gold")), "lost": lived((9, "gold"), (1, None))}, true="since again"),
    Rule(name="the last word on consent lasts", asked=c.HasBeen(condition=c.Consented(channel="email"), days=3),
         people={"since": said((3, True)), "withdrew": said((9, True), (1, False)), "tie": said((9, True), (1, True), (1, False)),
                 "sms": said((9, True), channel="sms")}, true="since"),
    Rule(name="stays without a gap are one", asked=c.HasBeen(condition=c.InStage(approach="rings", stages=("in", "mid")), days=3),
         people={"moved": stayed(("rings.in", 9, 2), ("rings.mid", 2, None)),
                 "gap": stayed(("rings.in", 9, 2), ("rings.out", 2, 1), ("rings.mid", 1, None)),
                 "left": stayed(("rings.in", 9, 0))}, true="moved"),
    # Said, listed, drawn
    Rule(name="of two words at one moment the withdrawal counts", asked=c.Consented(channel="email"),
         people={"both": said((1, False), (1, True)), "later": said((2, False), (1, True))}, true="later"),
    Rule(name="a pause lasts until its instant", asked=c.Wished(wish="pause"),
         people={"lasts": Person(said=(Said(at=AT - DAY, given=False, about="pause", until=AT + TICK),)),
                 "over": Person(said=(Said(at=AT - DAY, given=False, about="pause", until=AT),)),
                 "open": Person(said=(Said(at=AT - DAY, given=False, about="pause"),))}, true="lasts open"),
    Rule(name="an entry of a list may end", asked=c.Listed(segment="vips"),
         people={"on": Person(lists=(Entry(segment="vips"),)), "over": Person(lists=(Entry(segment="vips", until=AT),)),
                 "other": Person(lists=(Entry(segment="staff"),))}, true="on"),
    Rule(name="everybody is in one bucket of ten thousand", asked=c.Bucket(salt="s", first=0, below=10_000),
         people={"anybody": Person()}, true="anybody"),
    Rule(name="nobody is in a bucket of both halves",
         asked=c.All(conditions=(c.Bucket(salt="s", first=0, below=5000), c.Bucket(salt="s", first=5000, below=10_000))),
         people={"anybody": Person()}, true=""),
    # People
    Rule(name="what profiles of one person did counts together", asked=c.Measured(of="event", value=2),
         people={"merged": Person(atoms=2, events=(Event(at=AT - DAY, name="Seen", atom=0), Event(at=AT - DAY, name="Seen", atom=1)))},
         true="merged"),
    Rule(name="steps of two profiles follow each other", asked=SEEN_THEN_ADDED,
         people={"merged": Person(atoms=2, events=(Event(at=AT - DAY, name="Seen", atom=1), Event(at=AT - HOUR, name="Added")))},
         true="merged"),
    Rule(name="test customers are answered like others", asked=c.All(conditions=()),
         people={"test": Person(test=True), "other": Person()}, true="test other"),
    Rule(name="all of nothing is everybody, any of nothing nobody",
         asked=c.All(conditions=(c.All(conditions=()), c.Not(condition=c.Any(conditions=())))), people={"anybody": Person()},
         true="anybody"),
    Rule(name="only what is tracked is an event", asked=EVENT,
         people={"own": Person(events=(Event(at=AT - DAY, name="Seen", tracked=False),)), "tracked": did(AT - DAY)}, true="tracked"),
)  # fmt: skip
