"""Every component in every state on one page: looked at as a picture, and walked by the tests."""

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

from fastapi import FastAPI
from jinja2 import ChoiceLoader, FileSystemLoader
from starlette.responses import Response

from regulars.console import (
    Bar,
    ClockFace,
    Console,
    Estimate,
    Face,
    Found,
    Mark,
    Visiting,
    Visitor,
    chart_file,
    comparison,
    mount,
    page,
    pages,
    ranking,
    redirect,
    trend,
)
from regulars.console.parts import Approval, Chip, Column, Figure, Line, Moment, Tab
from regulars.console.rendering import environment
from regulars.kernel import (
    Conflict,
    Finding,
    Forbidden,
    Invalid,
    Money,
    NotFound,
    NotSignedIn,
    Points,
    Stale,
    TooMany,
)
from regulars.settings import Settings, read_settings

NOW = datetime(2025, 12, 28, 5, 0, tzinfo=UTC)
PASSWORD = "four plain words here"


class PlainGate:
    """Sessions in memory: the frame is under test here, not the rooms."""

    workspace = "gallery"

    def __init__(self, *, people: int = 1) -> None:
        self.people = people
        self.sessions: set[str] = set()
        self.tries = 0
        self.zone = "America/New_York"

    def visitor(self, token):
        if token not in self.sessions:
            return None
        wall = datetime.now(UTC)
        face = Face(name="Ada Lovelace", level="enables", function="marketing", zone=self.zone)
        clock = ClockFace(now=NOW, standing=True, may_advance=True)
        return Visitor(
            actor=SimpleNamespace(name="Ada", wall=wall),
            csrf=sha256(token.encode()).hexdigest(),
            face=face,
            clock=clock,
            waiting=3,
        )

    def may_see(self, actor, area):
        return area != "strategy"

    def needs_first_person(self):
        return self.people == 0

    def set_up(self, door, *, code, name, email, password, solo):
        if len(password) < 12:
            raise Invalid(
                "The first person could not be set up.",
                [Finding(path="password", code="short", message="Use at least 12 signs; 5 were found.")],
            )
        self.people = 1
        return self._session()

    def sign_in(self, door, *, email, password):
        self.tries += 1
        if self.tries > 5:
            raise TooMany("Too many tries from here: wait a minute and try again.")
        if password != PASSWORD:
            raise NotSignedIn("The e-mail address and the password do not belong together. Check both.")
        self.tries = 0
        return self._session()

    def invited(self, token):
        return "Grace"

    def accept(self, door, *, token, password):
        return self._session()

    def sign_out(self, token):
        self.sessions.discard(token)

    def _session(self):
        token = f"session-{len(self.sessions)}-of-the-gallery"
        self.sessions.add(token)
        return token


@dataclass(frozen=True, slots=True, kw_only=True)
class Gallery:
    figures: tuple
    tabs: tuple
    columns: tuple
    rows: tuple
    moments: tuple
    lines: tuple
    approvals: tuple
    charts: tuple
    findings: tuple


def sales_chart():
    days = [date(2025, 1, 5) + timedelta(days=7 * i) for i in range(52)]
    marks = [
        Mark(day=d, value=float(round(78000 + 12000 * math.sin(i / 6) + 400 * i)), finished=i < 50)
        for i, d in enumerate(days)
    ]
    return trend(
        key="sales",
        title="Sales a week",
        marks=marks,
        unit="USD",
        people=2469,
        definition="What customers paid, after discounts, by the week in which the order occurred.",
        href="/gallery/sales",
    )


def charts():
    days = [date(2025, 10, 1) + timedelta(days=i) for i in range(60)]
    shares = [
        Mark(
            day=d,
            value=base + i * slope,
            low=base + i * slope - 0.012,
            high=base + i * slope + 0.012,
            series=name,
        )
        for name, base, slope in (("Treated", 0.1, 0.0012), ("Held out", 0.09, 0.0006))
        for i, d in enumerate(days)
    ]
    return (
        sales_chart(),
        trend(key="share", title="Share who bought", marks=shares, unit="%", people=1204),
        ranking(
            key="stages",
            title="Customers by lifecycle stage",
            unit="customers",
            people=2469,
            bars=[
                Bar(label=n, value=v)
                for n, v in (("New", 84), ("Active", 1204), ("Loyal", 610), ("At risk", 322), ("Lapsed", 249))
            ],
        ),
        comparison(
            key="lift",
            title="Bought within 14 days",
            unit="%",
            arms=[
                Estimate(label="Treated", value=0.121, low=0.104, high=0.139, people=1084),
                Estimate(label="Held out", value=0.117, low=0.071, high=0.175, people=120, control=True),
            ],
        ),
        trend(key="nothing", title="Opens a day", marks=[], unit="opens"),
    )


def gallery() -> Gallery:
    chips = [
        Chip(href="/customers/cus_s4", name="Household 900", note="Gold"),
        Chip(href="/customers/cus_z8", name="Maria Del Carmen Fernández-Whitworth", note="At risk"),
        Chip(href="/customers/cus_3f", name="Jo Li", note="New"),
    ]
    rows = tuple(
        SimpleNamespace(
            chip=chip,
            spent=Money(n * 123457, "USD"),
            points=Points(n * 1204, "points"),
            last=NOW - timedelta(days=n * 9, hours=3),
            state=state,
            tone=tone,
        )
        for n, (chip, (state, tone)) in enumerate(
            zip(chips, (("Loyal", "good"), ("At risk", "waiting"), ("New", "live")), strict=True), 1
        )
    )
    return Gallery(
        figures=(
            Figure(
                label="Customers", value="2,469", note="801 with demographics", series=(3, 5, 4, 8, 9, 12, 14)
            ),
            Figure(
                label="Sales",
                value="$4.6 M",
                note="in the last 52 weeks",
                change="+4.2% on the 4 weeks before",
                tone="good",
            ),
            Figure(
                label="Points outstanding",
                value="1,204,332",
                note="worth $12,043.32",
                change="−1.1% on the week before",
                tone="bad",
            ),
            Figure(label="Lift", value="Too early to say", note="1,084 treated, 120 held out"),
        ),
        tabs=(
            Tab(title="How it goes", href="/gallery", active=True),
            Tab(title="Who gets it", href="/gallery/who", count=1204),
            Tab(title="Messages", href="/gallery/messages"),
            Tab(title="Changes", href="/gallery/changes"),
        ),
        columns=(
            Column(title="Customer"),
            Column(title="Stage"),
            Column(title="Spent", numeric=True),
            Column(title="Points", numeric=True),
            Column(title="Last order"),
        ),
        rows=rows,
        moments=(
            Moment(
                at=NOW - timedelta(hours=5),
                title="Order 31198",
                text="12 products at store 367",
                amount="$42.18",
                icon="shopping-cart",
                tone="live",
                href="/orders/1",
            ),
            Moment(
                at=NOW - timedelta(hours=5),
                title="Earned 84 points",
                amount="+84",
                icon="coins",
                tone="good",
                why="2 points for each of 42 whole dollars, because the tier is Gold.",
            ),
            Moment(
                at=NOW - timedelta(days=9),
                title="Not sent: We miss you",
                text="Held out of this campaign",
                icon="mail-off",
                why="The universal holdout keeps 10 in 100 customers without messages; the draw of 28 Dec 2024 put this one in it.",
            ),
        ),
        lines=(
            Line(path="window.days", before="30", after="14"),
            Line(path="holdout", before=None, after="0.1"),
            Line(path="subject", before="Come back!", after=None),
        ),
        approvals=(
            Approval(
                href="/approvals/apr_3",
                title="Send “We miss you” to the lapsed",
                asked_by="Grace Hopper",
                asked_at=NOW - timedelta(hours=2),
                expires_at=NOW + timedelta(days=3, minutes=1),
                effects=(
                    ("People", "1,204"),
                    ("Held out", "120"),
                    ("Cost", "$12.04"),
                    ("New liability", "none"),
                ),
                conflicts=("214 of them got a message in the last 3 days; the cap leaves them out.",),
                button="Approve sending to 1,204 people",
            ),
            Approval(
                href="/approvals/apr_4",
                title="Publish version 3 of the programme",
                asked_by="Ada Lovelace",
                asked_at=NOW - timedelta(days=1, minutes=1),
                expires_at=None,
                effects=(("Members", "2,469"),),
                may_decide=False,
                why_not="You asked for this yourself; somebody who enables or leads has to decide.",
            ),
        ),
        charts=charts(),
        findings=(Finding(path="name", code="missing", message="Give the segment a name."),),
    )


@dataclass(frozen=True)
class Workspaceless:
    """All of an App that the frame itself asks for."""

    settings: Settings


def server(gate: PlainGate | None = None) -> FastAPI:
    loader = environment().loader
    if not isinstance(loader, ChoiceLoader):
        own = FileSystemLoader(Path(__file__).parent / "templates")
        environment().loader = ChoiceLoader([loader, own])
    router = pages()

    @router.get("/gallery")
    @router.get("/")
    def show(visit: Visiting) -> Response:
        return page(visit, "gallery.html", gallery())

    @router.get("/gallery/sales")
    def sales(visit: Visiting, format: str = "csv") -> Response:  # noqa: A002 - the name in the address.
        return chart_file(sales_chart(), format)

    @router.get("/gallery/stream")
    def stream(visit: Visiting) -> Response:
        return visit.console.streams.respond(lambda: "<p>1,204 events arrived</p>", every_s=0.5)

    @router.post("/gallery/save")
    def save(visit: Visiting) -> Response:
        return redirect(visit, "/gallery", "Saved. 1,204 customers are in the segment now.")

    @router.get("/gallery/errors/{name}")
    def fail(visit: Visiting, name: str) -> Response:
        raise {
            "forbidden": Forbidden("Launching a campaign is for people who enable; you apply."),
            "not-found": NotFound("No customer has the id cus_zzz."),
            "stale": Stale("Grace saved version 4 while you were editing.", [("window.days", 30, 14)]),
            "conflict": Conflict("The campaign has been sent and cannot be edited."),
            "invalid": Invalid("2 things are missing.", gallery().findings),
            "too-many": TooMany("60 tries in a minute are the limit: wait a minute."),
            "fault": RuntimeError("the secret text of a fault"),
        }[name]

    def search(actor, asked):
        return [
            Found(title="Household 900", href="/gallery?found=900", kind="Customer", icon="user", note="Gold")
        ]

    console = Console(app=Workspaceless(settings=read_settings()), gate=gate or PlainGate())
    console.add(router, area="home", search=search)
    for area in ("customers", "segments", "campaigns", "loyalty", "experiments", "settings", "strategy"):
        console.areas.add(area)
    made = FastAPI(openapi_url=None)
    mount(console, made)
    return made
