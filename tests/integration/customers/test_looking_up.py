"""Whoever is sought by the beginning of anything they are known by is found once, in order, wherever that stands."""

from collections.abc import Iterator
from itertools import product
from random import Random

import pytest

from regulars import customers, log, wiring
from regulars.customers import looking_up
from regulars.customers.derived import TERM_SIGNS_MAX, digits, words
from regulars.db import Database, Tx
from regulars.kernel import fold
from tests.integration.customers.shop import Shop

LONG = "long." + "x" * 60
NAMES = ("Ann Bo", "Bo Ann-4", "Ümit Ann", "4930 Bo", "A@b", "")
ADDRESSES = ("ann@x.test", "Bo.Ann@x.test", f"{LONG}@x.test", "4930@x.test", "zoë@x.test", "no address")
NUMBERS = ("+493012345", "+49301", "030 1234567", "+4930999999", "49301234567")
CARDS = ("4930-777", "ann-card", "B-1")
IDS = ("{}", "ann{}", "ANN-{}", "4930{}", "ann@x.test{}", LONG + "{}", "ünal {}", "Bo {}", "+4930{}")
SOUGHT = (
    "a", "an", "ann", "ANN-", "ann bo", "bo a", "4930", "49 30", "+49 301", "+493012345", "030 1234567", "ann@",
    "ann@x.test", "long.x", f"{LONG}@x", "u", "ünal", "zoe", "b-1", "b", "4", "x", "no address", "email:", "+4",
)  # fmt: skip


@pytest.fixture
def shop(database: Database) -> Iterator[Shop]:
    made = Shop(database)
    made.runners = [
        log.ReaderRunner(database, r) for r in (customers.reader(wiring.FOLLOW), customers.SEARCH)
    ]
    yield made
    made.sequencer.close()


def crowd(shop: Shop, random: Random) -> None:
    for batch in range(6):
        told = []
        for n in range(batch * 12, batch * 12 + 12):
            user = random.choice(IDS).format(random.randrange(40)) if random.random() < 0.8 else None
            browser = random.choice(IDS).format(random.randrange(40)) if user is None or n % 3 == 0 else None
            traits = {
                name: random.choice(given)
                for name, given in (
                    ("name", NAMES),
                    ("email", ADDRESSES),
                    ("phone", NUMBERS),
                    ("card", CARDS),
                )
                if random.random() < (0.1 if name == "card" else 0.7)
            }
            kind = "identify" if random.random() < 0.8 else "track"
            told.append(
                shop.event(
                    user,
                    anonymous_id=browser,
                    type=kind,
                    name=kind,
                    properties=traits if kind == "identify" else {},
                )
            )
        shop.tell(*told)


def terms(tx: Tx) -> dict[int, tuple[set[str], set[str]]]:
    """Of each person every term, and those of them that are contacts."""
    found: dict[int, tuple[set[str], set[str]]] = {}
    for person, name, email, phone in tx.execute(
        "select customer_id, name, email, phone from customers.fact_customer"
    ).fetchall():
        number = {digits(phone)} if phone else set()
        if phone and phone.startswith("+"):
            number |= {digits(phone)}
        address = {fold(email)} if email else set()
        contacts = {term[:TERM_SIGNS_MAX] for term in number | address}
        found[person] = ({term[:TERM_SIGNS_MAX] for term in fold(name or "").split()} | contacts, contacts)
    for person, value in tx.execute(
        "select person_id, value from customers.identifier join customers.fact_person using (customer_id) union all "
        "select person_id, value from customers.claim join customers.fact_person on customer_id = atom_id "
        "where kind not in ('email', 'phone')"
    ).fetchall():
        found[person][0].add(fold(value)[:TERM_SIGNS_MAX])
    return {person: (every - {""}, contacts) for person, (every, contacts) in found.items()}


def expected(known: dict[int, tuple[set[str], set[str]]], sought: list[str], *, contacts: bool) -> list[int]:
    first, *further = sought
    order = []
    for person, (every, hidden) in known.items():

        def matches(word: str, every: set[str] = every, hidden: set[str] = hidden) -> list[str]:
            return [
                term
                for term in sorted(every)
                if term.startswith(word) and (contacts or term == word or not (term in hidden or "@" in term))
            ]

        if matches(first) and all(map(matches, further)):
            order.append((matches(first)[0], person))
    return [person for _, person in sorted(order)]


def paged(tx: Tx, text: str, limit: int, *, contacts: bool) -> list[int]:
    seen: list[int] = []
    page = customers.search(tx, text, limit=limit, contacts=contacts)
    while True:
        seen += [one.customer_id for one in page.items]
        if page.next is None:
            return seen
        page = customers.search(tx, text, page.next, limit=limit, contacts=contacts)


def test_every_way_together_gives_what_a_plain_look_at_all_terms_gives(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking_up, "AHEAD", 0)  # So that every way is cut short and goes on.
    crowd(shop, Random(5))
    found = 0
    with shop.database.transaction() as tx:
        known = terms(tx)
        for text, contacts, limit in product(SOUGHT, (True, False), (1, 3, 50)):
            wanted = expected(known, words(text), contacts=contacts)
            assert paged(tx, text, limit, contacts=contacts) == wanted, (text, contacts, limit)
            found += len(wanted)
    assert found > 500


def test_a_number_that_many_have_and_a_former_one(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking_up, "AHEAD", 0)
    shop.tell(*(shop.identify(f"U{n}", phone="+493012345") for n in range(9)))
    with shop.database.transaction() as tx:
        written = tx.execute("select count(*) from customers.search_term where term ~ '^[0-9]+$'").fetchone()
        assert written == (0,)
        assert len(paged(tx, "49 30 12345", 1, contacts=True)) == 9
    shop.tell(shop.identify("U3", phone="+493054321"))
    with shop.database.transaction() as tx:
        assert len(paged(tx, "+49 30 12345", 2, contacts=True)) == 8
        assert paged(tx, "493054", 2, contacts=True) == [shop.id("U3")]
