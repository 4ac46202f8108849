"""Customers as the sequencer's hook and the reader keep them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from psycopg import sql

from regulars import customers, log
from regulars.db import Database, Tx, run, values
from regulars.kernel import NotFound

AT = datetime(2025, 3, 1, 12, tzinfo=UTC)


class Life:
    def __init__(self, database: Database) -> None:
        self.database = database
        self.sequencer = log.Sequencer(database, customers.resolve)
        self.runners = [log.ReaderRunner(database, r) for r in (customers.reader(), customers.SEARCH)]
        self.told = 0

    def event(self, user_id: str | None = None, *, at: datetime = AT, **more: object) -> log.NewEvent:
        self.told += 1
        message_id = f"m{self.told}"
        return log.NewEvent(message_id=message_id, user_id=user_id, occurred_at=at, source="shop", **more)  # type: ignore[arg-type]

    def identify(self, user_id: str, at: datetime = AT, **traits: object) -> log.NewEvent:
        return self.event(user_id, at=at, type="identify", name="identify", properties=traits)

    def tell(self, *events: log.NewEvent) -> None:
        with self.database.transaction() as tx:
            log.append(tx, events)
        log.catch_up(self.database, self.sequencer, self.runners, AT)

    def customer(self, user_id: str) -> customers.Customer:
        with self.database.transaction() as tx:
            customer_id = customers.find(tx, "user_id", user_id)
            assert customer_id is not None
            return customers.get(tx, customer_id)

    def found(self, text: str) -> list[str | None]:
        with self.database.transaction() as tx:
            return [customer.user_id for customer in customers.search(tx, text, contacts=True).items]


@pytest.fixture
def life(database: Database) -> Iterator[Life]:
    made = Life(database)
    yield made
    made.sequencer.close()


def test_an_identifier_is_one_customer_in_a_batch_and_across_batches(life: Life) -> None:
    life.tell(life.event("7", name="A"), life.event("7", name="B"), life.event("8", name="A"))
    life.tell(life.event("7", name="C"), life.event(None, anonymous_id="7", name="A"))

    with life.database.transaction() as tx:
        assert customers.count(tx) == 3
        assert len(customers.timeline(tx, life.customer("7").customer_id).items) == 3


def test_an_event_of_nobody_stays_so(life: Life) -> None:
    life.tell(life.event(name="A"))

    with life.database.transaction() as tx:
        assert values(tx, sql.SQL("select customer_id from log.fact_event")) == [None]
        assert customers.count(tx) == 0


def test_the_last_value_by_occurrence_stands_whatever_the_order_of_arrival(life: Life) -> None:
    late, early = AT, AT - timedelta(days=1)
    life.tell(
        life.identify("7", late, city="Oslo", plan="gold"), life.identify("7", early, city="Rome", old=1)
    )
    life.tell(life.identify("7", early, plan="tin"))

    assert life.customer("7").traits == {"city": "Oslo", "plan": "gold", "old": 1}


def test_a_null_takes_a_trait_away(life: Life) -> None:
    life.tell(life.identify("7", name="Ann", email="ann@x.invalid"))
    life.tell(life.identify("7", AT + timedelta(seconds=1), email=None))

    customer = life.customer("7")
    assert (customer.name, customer.email, customer.traits) == ("Ann", None, {"name": "Ann"})
    assert life.found("ann@x") == []


def test_first_and_last_seen_follow_the_customers_own_doings(life: Life) -> None:
    life.tell(life.event("7", name="A"))
    life.tell(
        life.event("7", name="B", at=AT - timedelta(days=3)),
        life.event("7", name="regulars.x.y", at=AT + timedelta(days=9)),
    )

    customer = life.customer("7")
    assert (customer.first_seen_at, customer.last_seen_at) == (AT - timedelta(days=3), AT)


def test_a_search_finds_by_any_identifier_name_word_or_address_beginning(life: Life) -> None:
    life.tell(
        life.identify("hh-12", name="José Müller", email="jose@x.invalid", phone="+1 555 010 44"),
        life.identify("hh-1", name="Joan Miller", email="joan@x.invalid"),
        life.event("hh-3", name="A"),
    )

    assert life.found("HH-1") == ["hh-1", "hh-12"]
    assert life.found("muller") == life.found("jose@") == life.found("(155) 501") == ["hh-12"]
    assert life.found("jo mi") == ["hh-1"]
    assert life.found("hh-3") == ["hh-3"]
    assert life.found(life.customer("hh-3").id) == ["hh-3"]
    assert life.found("%") == life.found("'; --") == life.found("\0") == life.found("cus_nobody") == []


def test_what_is_shown_comes_from_the_usual_traits_and_is_found_folded(life: Life) -> None:
    life.tell(
        life.identify("hh-1", name=" Ann\tLee ", email=" José@Example.com", phone=15550104477),
        life.identify("Ünal-2", firstName="Zoë", lastName="Lee", email=True),
        life.identify("hh-3", first_name="Bo", name={"odd": 1}, phone=1.5),
    )

    def shown(user_id: str) -> tuple[str | None, ...]:
        customer = life.customer(user_id)
        return customer.name, customer.email, customer.phone

    assert shown("hh-1") == ("Ann\tLee", "José@Example.com", "15550104477")
    assert shown("Ünal-2") == ("Zoë Lee", None, None)
    assert shown("hh-3") == ("Bo", None, None)
    assert life.found("ann lee") == life.found("jose@") == life.found("+1 (555) 010") == ["hh-1"]
    assert life.found("zoe") == life.found("unal") == ["Ünal-2"]


def test_each_customer_is_found_once_over_all_pages(life: Life) -> None:
    life.tell(*(life.identify(f"ann-{n}", name=f"Ann Anna{n}", email=f"ann{n}@x.invalid") for n in range(7)))

    with life.database.transaction() as tx:
        seen: list[str | None] = []
        page = customers.search(tx, "ann", limit=3)
        while True:
            seen += [customer.user_id for customer in page.items]
            if page.next is None:
                break
            page = customers.search(tx, "ann", page.next, limit=3)

    assert sorted(str(one) for one in seen) == [f"ann-{n}" for n in range(7)]


def test_a_list_is_newest_first_and_narrowed(life: Life) -> None:
    life.tell(life.identify("a", name="Ann", email="a@x.invalid"), life.event("b", name="A"))
    life.tell(life.identify("c", name="Cy"))

    def listed(tx: Tx, **kept: bool) -> list[str | None]:
        return [c.user_id for c in customers.list_page(tx, customers.Filters(**kept)).items]

    with life.database.transaction() as tx:
        assert listed(tx)[0] == "c"
        assert listed(tx, with_email=True) == ["a"]
        assert listed(tx, named=False) == ["b"]
        first = customers.list_page(tx, limit=2)
        assert [c.user_id for c in customers.list_page(tx, cursor=first.next, limit=2).items] != []


def test_a_timeline_is_latest_first_page_by_page_and_by_name(life: Life) -> None:
    life.tell(*(life.event("7", name="AB"[n % 2], at=AT - timedelta(hours=n)) for n in range(6)))
    customer_id = life.customer("7").customer_id

    with life.database.transaction() as tx:
        first = customers.timeline(tx, customer_id, limit=4)
        second = customers.timeline(tx, customer_id, first.next, limit=4)
        only = customers.timeline(tx, customer_id, names=["A"])

    every = [*first.items, *second.items]
    assert [event.occurred_at for event in every] == [AT - timedelta(hours=n) for n in range(6)]
    assert {event.name for event in only.items} == {"A"}


def test_a_merged_customer_leads_to_the_survivor_with_both_timelines(life: Life) -> None:
    life.tell(life.event("a", name="A"), life.event("b", name="B"))
    gone, stays = life.customer("a").customer_id, life.customer("b").customer_id

    with life.database.transaction() as tx:
        run(
            tx,
            sql.SQL("update customers.customer set survivor_id = %(b)s where customer_id = %(a)s"),
            a=gone,
            b=stays,
        )

        assert customers.get(tx, gone).customer_id == stays
        assert len(customers.timeline(tx, stays).items) == 2


def test_the_same_range_applied_again_changes_nothing(life: Life) -> None:
    life.tell(life.identify("7", name="Ann"), life.event("8", name="A"))
    before = life.customer("7")

    with life.database.transaction() as tx:
        customers.reader().apply(tx, log.Span(after=0, to=2, booked_at=AT))

    assert life.customer("7") == before
    assert life.found("ann") == ["7"]


def test_an_unknown_customer_is_said_to_be_so(tx: Tx) -> None:
    with pytest.raises(NotFound):
        customers.get(tx, 99)


def test_whoever_sees_no_contacts_cannot_guess_them_letter_by_letter(life: Life) -> None:
    life.tell(
        life.identify("77", name="Zed Olsen", email="victim.s@shop.example", phone="+1 555 010 0447"),
        life.identify("78", name="Vic Moe", email="v@shop.example"),
    )

    def found(text: str) -> list[str | None]:
        with life.database.transaction() as tx:
            return [one.user_id for one in customers.search(tx, text).items]

    assert found("victim") == found("victim.s@shop") == found("155501") == []
    assert found("zed vict") == []
    assert found("vic") == ["78"]
    assert found("z") == ["77"]
    assert found("victim.s@shop.example") == found("+1 555 010 0447") == ["77"]
    assert found("7") == ["77", "78"]
    assert life.found("victim") == life.found("155501") == ["77"]
