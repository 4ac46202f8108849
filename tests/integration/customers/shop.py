"""A small shop whose log is told what a test needs, with the readers that profiles take."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from regulars import access, customers, definitions, log, orders, wiring
from regulars.customers import Customer
from regulars.db import Database

AT = datetime(2025, 3, 1, 12, tzinfo=UTC)
SYSTEM = access.SYSTEM
COMPUTING = wiring.COMPUTING
READERS = (customers.reader(wiring.FOLLOW), orders.READER, COMPUTING.reader)


class Shop:
    def __init__(self, database: Database) -> None:
        self.database = database
        self.sequencer = log.Sequencer(database, customers.resolve)
        self.runners = [log.ReaderRunner(database, reader) for reader in READERS]
        self.told = 0
        self.at = AT

    def event(self, user_id: str | None = None, *, at: datetime | None = None, **more: Any) -> log.NewEvent:
        self.told += 1
        given: dict[str, Any] = {"source": "shop", **more}
        return log.NewEvent(message_id=f"m{self.told}", user_id=user_id, occurred_at=at or self.at, **given)

    def identify(self, user_id: str, at: datetime | None = None, **traits: Any) -> log.NewEvent:
        return self.event(user_id, at=at, type="identify", name="identify", properties=traits)

    def group(self, user_id: str | None, key: str, at: datetime | None = None, **traits: Any) -> log.NewEvent:
        context = {"groupId": key}
        return self.event(user_id, at=at, type="group", name="group", properties=traits, context=context)

    def tell(self, *events: log.NewEvent, at: datetime | None = None) -> None:
        with self.database.transaction() as tx:
            log.append(tx, events)
        self.read(at)

    def read(self, at: datetime | None = None) -> None:
        log.catch_up(self.database, self.sequencer, self.runners, at or self.at)

    def id(self, user_id: str) -> int:
        with self.database.transaction() as tx:
            found = customers.find(tx, "user_id", user_id)
            assert found is not None
            return found

    def customer(self, user_id: str) -> Customer:
        with self.database.transaction() as tx:
            return customers.get(tx, self.id(user_id))

    def traits(self, user_id: str) -> dict[str, Any]:
        return self.customer(user_id).traits

    def history(self, user_id: str, name: str) -> list[Any]:
        with self.database.transaction() as tx:
            return [told.value for told in customers.trait_history(tx, self.id(user_id), name)]

    def publish(self, kind: definitions.Kind[Any], key: str, body: Mapping[str, Any]) -> str:
        with self.database.transaction() as tx:
            definitions.save_draft(tx, SYSTEM, kind, key, body, at=self.at)
            done = definitions.publish(tx, SYSTEM, kind, key, at=self.at)
            assert isinstance(done, definitions.Published)
            return done.sentence
