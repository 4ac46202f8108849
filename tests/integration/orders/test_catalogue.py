"""The catalogue and the stores: put by key, told by events, filled by what browsers and orders say, found by words."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from regulars import orders
from regulars.db import Database, Tx
from tests.integration.orders.counter import AT, Counter, line, told

BROWSER = {"userAgent": "Mozilla/5.0", "library": {"name": "analytics.js"}}


@pytest.fixture
def counter(database: Database) -> Iterator[Counter]:
    made = Counter(database)
    yield made
    made.sequencer.close()


def product(tx: Tx, key: str) -> orders.KnownProduct:
    return orders.products_by_key(tx, [key])[key]


def test_products_are_put_by_key_and_what_is_left_out_stays(tx: Tx) -> None:
    told_ = {"sku": "tea", "name": "Green tea", "category": "Food > Tea", "price": "3.30", "currency": "usd",
             "cost": 1.2, "stock": 12, "attributes": {"organic": True}, "active": "no"}  # fmt: skip
    orders.put_products(tx, [orders.product_of(told_)], at=AT)
    orders.put_products(tx, [orders.Product(product_key="tea", brand="Own")])

    found = product(tx, "tea")

    assert (found.name, found.brand, found.category, found.category_path) == (
        "Green tea", "Own", "Tea", ["Food", "Tea"],
    )  # fmt: skip
    assert (found.price.format(), found.cost.format(), found.stock) == ("3.30 USD", "1.20 USD", Decimal(12))
    assert (found.active, found.attributes, found.updated_at) == (False, {"organic": True}, AT)


def test_of_one_key_given_twice_the_last_counts(tx: Tx) -> None:
    written = orders.put_products(
        tx, [orders.Product(product_key="a", name="One"), orders.Product(product_key="a", name="Two")]
    )

    assert (written, product(tx, "a").name) == (1, "Two")


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"sku": ""}, "product_id"),
        ({"price": "cheap", "currency": "USD"}, "price"),
        ({"price": 3}, "currency"),
        ({"price": -1, "currency": "USD"}, "price"),
        ({"price": "1e99", "currency": "USD"}, "price"),
        ({"price": "NaN", "currency": "USD"}, "price"),
        ({"currency": "dollars"}, "currency"),
        ({"name": "x" * 500}, "name"),
        ({"name": ["Tea"]}, "name"),
        ({"name": "te\x00a"}, "name"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"image_url": "data:text/html,x"}, "image_url"),
        ({"active": "perhaps"}, "active"),
        ({"attributes": [1]}, "attributes"),
        ({"stock": True}, "stock"),
    ],
)
def test_what_cannot_be_taken_is_told_with_its_field(wrong: dict[str, object], path: str) -> None:
    with pytest.raises(orders.UnreadableProduct) as told_:
        orders.product_of({"sku": "tea", **wrong})

    assert path in {one.path for one in told_.value.findings}


def test_a_servers_word_counts_and_a_browsers_only_fills(counter: Counter) -> None:
    counter.tell(
        told("Product Viewed", product_id="tea", name="Tea?", price=9, currency="USD", context=BROWSER),
        told("Product Updated", product_id="tea", name="Green tea", brand="Own", minutes=1),
        told("Product Viewed", product_id="tea", name="Stolen", brand="X", category="Tea", context=BROWSER,
             price=1, currency="USD", minutes=2),
        told("Product Updated", product_id="tea", name="Defaced", context=BROWSER, minutes=3),
        told("Product Added", product_id="jam", name="Jam", price="?", currency="USD", minutes=4),
        told("Product Viewed", name="Nothing", minutes=5),
    )  # fmt: skip

    with counter.database.transaction() as tx:
        tea, jam = product(tx, "tea"), product(tx, "jam")
    assert (tea.name, tea.brand, tea.category, tea.price.minor) == ("Green tea", "Own", "Tea", 900)
    assert (jam.name, jam.price) == ("Jam", None)
    assert counter.set_aside() == []


def test_an_order_names_products_that_nobody_has_described(counter: Counter) -> None:
    lines = [line("tea", 5, name="Tea", brand="Own"), line("jam", 4)]
    counter.tell(told("Order Completed", currency="USD", products=lines))
    counter.tell(told("Order Completed", order_id="o-2", currency="USD", products=[line("tea", 5, name="X")]))

    with counter.database.transaction() as tx:
        assert [product(tx, key).name for key in ("tea", "jam")] == ["Tea", None]
        assert orders.catalogue_figures(tx).unnamed == 1


def test_an_unreadable_product_is_set_aside_with_the_field(counter: Counter) -> None:
    counter.tell(told("Product Updated", product_id="tea", price="cheap", currency="USD"))

    assert "price: is not a number such as 12.30: found 'cheap'" in counter.set_aside()[0]


def test_products_are_found_by_words_of_name_brand_and_key_page_by_page(tx: Tx) -> None:
    names = ["Grüner Tee", "Tee schwarz", "Kaffee"]
    orders.put_products(
        tx,
        [orders.Product(product_key=f"SKU-{n}", name=name, brand="Müller") for n, name in enumerate(names)],
    )

    def found(text: str) -> list[str | None]:
        return [one.name for one in orders.list_products(tx, orders.ProductFilters(text=text)).items]

    assert found("tee grun") == ["Grüner Tee"]
    assert found("MULLER tee") == ["Grüner Tee", "Tee schwarz"]
    assert found("sku-2") == ["Kaffee"]
    assert found("'; drop table") == []
    first = orders.list_products(tx, limit=2)
    assert [one.name for one in first.items] == ["Grüner Tee", "Kaffee"]
    assert [one.name for one in orders.list_products(tx, cursor=first.next, limit=2).items] == ["Tee schwarz"]


def test_stores_are_put_by_key_and_told_by_events(counter: Counter) -> None:
    counter.tell(
        told("Store Updated", store_id="7", name="North", city="Köln", country="de", zone="Europe/Berlin"),
        told("Store Updated", store_id="7", latitude=50.9, longitude="6.9", opened="2020-01-02", minutes=1),
        told("Store Updated", store_id="7", name="Defaced", context=BROWSER, minutes=2),
        told("Order Completed", currency="USD", total=1, store_id="8"),
    )

    with counter.database.transaction() as tx:
        (store,) = orders.list_stores(tx, "koln").items
        assert [(one.store_key, one.orders) for one in orders.unknown_stores(tx, AT)] == [("8", 1)]
    assert (store.name, store.country, store.latitude, str(store.opened_on)) == (
        "North", "DE", 50.9, "2020-01-02",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"store_id": None}, "store_id"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"zone": "../etc/passwd"}, "zone"),
        ({"country": "Germany"}, "country"),
        ({"latitude": 91}, "latitude"),
        ({"opened": "soon"}, "opened_on"),
        ({"opened_on": "2024-01-01", "closed_on": "2023-01-01"}, "closed_on"),
    ],
)
def test_a_store_that_cannot_be_taken_is_told_with_its_field(wrong: dict[str, object], path: str) -> None:
    with pytest.raises(orders.UnreadableStore) as told_:
        orders.store_of({"store_id": "7", **wrong})

    assert {one.path for one in told_.value.findings} & {path, *wrong}


def test_a_message_may_use_the_last_order_and_its_products(counter: Counter) -> None:
    counter.tell(
        told("Product Updated", product_id="tea", name="Green tea", brand="Own", price=3.3, currency="USD",
             cost=1, url="https://shop.example/tea", image_url="https://shop.example/tea.jpg"),
        told("Order Completed", currency="USD", products=[line("tea", 5, 2)], minutes=1),
        told("Order Completed", order_id="o-2", currency="USD", total=99, minutes=2),
        told("Order Cancelled", order_id="o-2", minutes=3),
    )  # fmt: skip
    customer_id = counter.order().customer_id

    with counter.database.transaction() as tx:
        found = orders.for_messages(tx, [customer_id, customer_id + 99])
        looked_up = orders.products_for_messages(tx, ["tea", "none"])

    assert list(found) == [customer_id]
    last = found[customer_id]["last_order"]
    assert (last["order_id"], last["total"]) == ("o-1", "5.00 USD")
    (bought,) = last["products"]
    assert (bought["name"], bought["brand"], bought["price"], bought["quantity"]) == (
        "Green tea", "Own", "3.30 USD", 2,
    )  # fmt: skip
    assert bought["image"] == "https://shop.example/tea.jpg"
    assert list(looked_up) == ["tea"]
    assert "cost" not in looked_up["tea"]
