"""A shop with a few people, orders and members, whose lists are exported; jobs run in this process."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from regulars import access, connections, customers, definitions, exports, log, loyalty
from regulars.access import SYSTEM, Actor
from regulars.app import App, assemble
from regulars.db import Database
from regulars.exports import Run, Wanted
from regulars.jobs import Worker
from regulars.settings import read_settings

AT = datetime(2026, 3, 10, 12, tzinfo=UTC)
STAFF = (
    ("lea", "Lea Leads", 5, "marketing"),
    ("max", "Max Applies", 3, "marketing"),
    ("pia", "Pia Privacy", 4, "privacy"),
    ("sam", "Sam Looks", 1, "marketing"),
)


@dataclass
class Wall:
    """A wall clock that a test moves."""

    at: datetime = AT

    def now(self) -> datetime:
        return self.at


@dataclass(frozen=True, kw_only=True)
class Stand:
    app: App
    wall: Wall

    @property
    def home(self) -> Path:
        return self.app.settings.folder

    @property
    def database(self) -> Database:
        return self.app.database

    def actor(self, who: str) -> Actor:
        with self.database.transaction() as tx:
            found = access.person_by_email(tx, f"{who}@example.invalid")
            assert found
            return access.actor_of(tx, found.person_id, "console")

    def ask(self, who: str, listing: str, form: Any = "csv", **wanted: Any) -> Run:
        with self.database.transaction() as tx:
            asked = Wanted(listing=listing, format=form, **wanted)
            return exports.ask(tx, self.app.exports, self.actor(who), asked)

    def work(self) -> None:
        Worker(self.database, self.app.jobs).run_waiting()

    def again(self, run: Run) -> Run:
        with self.database.transaction() as tx:
            return exports.get(tx, run.run_id)

    def made(self, who: str, listing: str, form: Any = "csv", **wanted: Any) -> Path:
        """The file of an export that somebody asked for."""
        run = self.ask(who, listing, form, **wanted)
        self.work()
        run = self.again(run)
        assert run.state == "done", run
        return self.app.exports.file_of(run)

    def rows(self, who: str, listing: str, **wanted: Any) -> list[dict[str, str]]:
        return read_csv(self.made(who, listing, **wanted).read_bytes())

    def publish(self, key: str, secret: str = "", **body: Any) -> None:
        plain = {"title": "A file", "place": "out", "every": "daily at 02:30", "listing": "orders", **body}
        with self.database.transaction() as tx:
            kind = self.app.exports.kind
            before = definitions.versions(tx, kind, key)
            definitions.save_draft(
                tx, SYSTEM, kind, key, plain, at=AT, etag=before[0].etag if before else None
            )
            definitions.publish(tx, SYSTEM, kind, key, at=AT)
            if secret:
                name = exports.secret_name(key)
                body = definitions.live(tx, kind, key).body  # type: ignore[union-attr]
                place = exports.keeper_of(body)
                connections.set_secret(
                    tx, SYSTEM, self.app.vault, name, secret, at=AT, now=self.wall.now(), place=place
                )

    def look(self, at: datetime | None = None) -> list[int]:
        if at is not None:
            self.wall.at = at
        return self.app.export_due()

    def runs(self, key: str | None = None) -> list[Run]:
        with self.database.transaction() as tx:
            return list(exports.runs(tx, export_key=key).items)

    def tell(self, *events: log.NewEvent) -> None:
        with self.database.transaction() as tx:
            log.append(tx, list(events))
        self.app.catch_up(AT)

    def audited(self, action: str) -> list[Mapping[str, Any]]:
        with self.database.transaction() as tx:
            found = tx.execute(
                "select a.name, v.after from audit.entry e join audit.actor a using (actor_id) "
                "left join audit.value v using (value_id) where e.action = %s order by e.entry_id",
                (action,),
            ).fetchall()
        return [{"by": name, **(after or {})} for name, after in found]


def open_stand(database: Database, home: Path, **settings: Any) -> Stand:
    wall = Wall()
    made = assemble(read_settings(home=home, **settings), database)
    app = App(settings=made.settings, database=database, zone="America/New_York", wall=wall)
    with database.transaction() as tx:
        log.stand(tx, AT)
        for email, name, level, function in STAFF:
            access.add_person(
                tx, SYSTEM, email=f"{email}@example.invalid", name=name, level=level, function=function, at=AT
            )
    return Stand(app=app, wall=wall)


def open_shop(stand: Stand) -> None:
    """A programme, a declared trait, three people, and what they bought."""
    club = loyalty.points_club(name="Club", legal_entity="Shop", zone="UTC", money="EUR")
    plan = customers.TraitBody(name="Plan", trait="plan", type="text")
    secret = customers.TraitBody(name="Allergy", trait="allergy", type="text", personal="sensitive")
    with stand.database.transaction() as tx:
        for kind, key, body in (
            (loyalty.PROGRAMME, "club", club),
            (customers.TRAIT, "plan", plan),
            (customers.TRAIT, "allergy", secret),
        ):
            definitions.save_draft(tx, SYSTEM, kind, key, body, at=AT)  # type: ignore[arg-type]
            definitions.publish(tx, SYSTEM, kind, key, at=AT)  # type: ignore[arg-type]
    stand.tell(*people(), *purchases())


def people() -> Iterator[log.NewEvent]:
    traits = (
        {
            "name": "Anna Abel",
            "email": "anna@shop.example",
            "phone": "+4915112345678",
            "plan": "gold",
            "allergy": "nuts",
        },
        {"name": '=HYPERLINK("x")', "email": "ben@shop.example", "plan": 'a,"b"\nc'},
        {"name": "Čeněk Ω 🙂"},
    )
    for number, one in enumerate(traits, 1):
        yield log.NewEvent(
            message_id=f"i{number}", type="identify", name="identify", occurred_at=AT - timedelta(days=9),
            user_id=f"u{number}", properties=one, source="shop",
        )  # fmt: skip


def purchases() -> Iterator[log.NewEvent]:
    for number in range(1, 7):
        yield order(number)
    yield order(7, day=0)  # Since the programme is there.


def order(
    number: int, *, currency: str = "EUR", price: str = "12.34", day: int | None = None
) -> log.NewEvent:
    return log.NewEvent(
        message_id=f"o{number}", name="Order Completed", user_id=f"u{number % 3 + 1}", source="shop",
        occurred_at=AT - timedelta(days=number if day is None else day),
        properties={
            "order_id": f"A-{number}", "currency": currency, "total": float(price),
            "products": [{"product_id": "bread", "name": "Bread", "quantity": 1, "price": float(price)}],
        },
    )  # fmt: skip


def read_csv(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))
