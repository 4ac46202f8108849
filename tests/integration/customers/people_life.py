"""A small world for tests of identity: events are told, the reader runs, and people are looked at."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from psycopg import sql

from regulars import customers, log
from regulars.customers import Follow
from regulars.db import Database, values

AT = datetime(2025, 3, 1, 12, tzinfo=UTC)


class People:
    def __init__(
        self, database: Database, follow: Sequence[Follow] = (), others: Sequence[log.Reader] = ()
    ) -> None:
        self.database = database
        self.follow = tuple(follow)
        self.sequencer = log.Sequencer(database, customers.resolve)
        every = (customers.reader(self.follow), customers.SEARCH, *others)
        self.runners = [log.ReaderRunner(database, reader) for reader in every]
        self.told = 0

    def close(self) -> None:
        self.sequencer.close()

    def event(
        self, user_id: str | None = None, anonymous_id: str | None = None, *, minute: int = 0, **more: object
    ) -> log.NewEvent:
        self.told += 1
        given = {"message_id": f"m{self.told}", "name": "Page Viewed", "source": "shop"} | more
        return log.NewEvent(
            user_id=user_id, anonymous_id=anonymous_id, occurred_at=AT + timedelta(minutes=minute), **given
        )  # type: ignore[arg-type]

    def identify(
        self,
        user_id: str | None = None,
        anonymous_id: str | None = None,
        *,
        minute: int = 0,
        source: str = "shop",
        verified: bool | None = None,
        **traits: object,
    ) -> log.NewEvent:
        context = None if verified is None else {"verified": verified}
        return self.event(
            user_id, anonymous_id, minute=minute, type="identify", name="identify", properties=traits,
            source=source, context=context,
        )  # fmt: skip

    def alias(self, user_id: str, previous_id: str, *, minute: int = 0) -> log.NewEvent:
        context = {"previousId": previous_id}
        return self.event(user_id, minute=minute, type="alias", name="alias", context=context)

    def tell(self, *events: log.NewEvent) -> None:
        with self.database.transaction() as tx:
            log.append(tx, events)
        self.catch_up()

    def catch_up(self) -> None:
        log.catch_up(self.database, self.sequencer, self.runners, AT)

    def atom(self, name: str) -> int:
        """The atom of a user id, or of an anonymous id that begins with a."""
        kind = "anonymous_id" if name.startswith("a") else "user_id"
        with self.database.transaction() as tx:
            found = tx.execute(
                "select customer_id from customers.identifier where kind = %s and value = %s", (kind, name)
            ).fetchone()
        assert found is not None, name
        return int(found[0])

    def parts(self) -> set[frozenset[str]]:
        """The people there are, each as the set of its identifiers."""
        with self.database.transaction() as tx:
            found = values(
                tx,
                sql.SQL(
                    "select array_agg(value) from customers.identifier inner join customers.fact_person"
                    " using (customer_id) group by person_id"
                ),
            )
        return {frozenset(one) for one in found}

    def person(self, name: str) -> customers.Customer:
        with self.database.transaction() as tx:
            return customers.get(tx, self.atom(name))

    def found(self, text: str) -> list[str | None]:
        with self.database.transaction() as tx:
            return [customer.user_id for customer in customers.search(tx, text, contacts=True).items]

    def names_told(self) -> list[str]:
        with self.database.transaction() as tx:
            return values(
                tx, sql.SQL("select name from log.fact_event where source = 'regulars' order by position")
            )
