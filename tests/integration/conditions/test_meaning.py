"""The compiled statement means what the plain evaluator means, at the edges of windows too."""

from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from regulars.conditions import (
    All,
    Any,
    Between,
    Condition,
    DaysSinceFirstOrder,
    DaysSinceLastOrder,
    Ever,
    Last,
    Not,
    OrderCount,
    OrderSum,
    Returned,
    TraitEquals,
    TraitExists,
    TraitIn,
    compile_conditions,
    explain,
    matching,
    matching_count,
    plain,
    problems,
)
from regulars.db import Database, Tx
from tests.integration.conditions.naive import Person, holds

AT = datetime(2025, 11, 3, 5, tzinfo=UTC)  # The day after the clocks went back in New York.

# Small numbers, so that orders often stand exactly at the edge of a window.
days = st.integers(1, 6)
moments = st.builds(
    lambda back, off: AT - timedelta(days=back) + timedelta(microseconds=off),
    st.integers(-1, 8),
    st.sampled_from([-1, 0, 0, 1, 3_600_000_000]),
)
currencies = st.sampled_from(["USD", "JPY"])
scalars = st.sampled_from(
    ["a", "A", "'; drop table x; --", "%(at)s {} %", "é", "", 0, 1, 1.0, 2.5, True, False]
)
traits = st.sampled_from(["x", "y'\"%s", "{z}"])
windows = st.one_of(
    st.just(Ever()),
    st.builds(Last, days=days),
    st.builds(lambda near, more: Between(near=near, far=near + more), st.integers(0, 4), days),
)
compared = st.sampled_from(["at_least", "at_most", "exactly"])
since = st.sampled_from(["at_least", "less_than"])
leaves = st.one_of(
    st.builds(OrderCount, comparison=compared, number=st.integers(0, 3), window=windows),
    st.builds(OrderSum, comparison=compared, minor=st.integers(-2, 6), currency=currencies, window=windows),
    st.builds(DaysSinceLastOrder, comparison=since, days=days),
    st.builds(DaysSinceFirstOrder, comparison=since, days=days),
    st.builds(
        lambda within, more: Returned(within_days=within, after_days=within + more), days, st.integers(0, 3)
    ),
    st.builds(TraitExists, trait=traits),
    st.builds(TraitEquals, trait=traits, value=scalars),
    st.builds(TraitIn, trait=traits, values=st.lists(scalars, min_size=1, max_size=3).map(tuple)),
)
conditions: st.SearchStrategy[Condition] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(All, conditions=st.lists(inner, max_size=3).map(tuple)),
        st.builds(Any, conditions=st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(Not, condition=inner),
    ),
    max_leaves=6,
)
people = st.lists(
    st.builds(
        Person,
        orders=st.lists(st.tuples(moments, st.integers(-2, 3), currencies), max_size=5),
        traits=st.dictionaries(traits, scalars, max_size=2),
    ),
    min_size=1,
    max_size=6,
)


def keep(tx: Tx, everybody: list[Person]) -> None:
    tx.execute("truncate customers.customer, orders.purchase, orders.customer_total cascade")
    with tx.cursor() as cursor:
        cursor.executemany(
            "insert into customers.customer (customer_id, traits, created_at, first_seen_at, last_seen_at) "
            "values (%s, %s, %s, %s, %s)",
            [(n, Jsonb(person.traits), AT, AT, AT) for n, person in enumerate(everybody, 1)],
        )
        cursor.executemany(
            "insert into orders.purchase (order_key, customer_id, position, revised_position, revision, "
            "occurred_at, booked_at, currency, total_minor, discount_minor, line_count, refunded_minor, status) "
            "values (%s, %s, 1, 1, 0, %s, %s, %s, %s, 0, 0, %s, %s)",
            # Each with something given back, and with a cancelled one beside it that must not count.
            [
                (f"{n}-{k}-{status}", n, when, AT, currency, minor + 5, 5, status)
                for n, person in enumerate(everybody, 1)
                for k, (when, minor, currency) in enumerate(person.orders)
                for status in ("part_refunded", "cancelled")
            ],
        )
    tx.execute(
        "insert into orders.customer_total "
        "select customer_id, count(*), min(occurred_at), max(occurred_at) from orders.purchase "
        "where status <> 'cancelled' group by customer_id"
    )


def answers(tx: Tx, asked: list[Condition]) -> dict[int, list[bool]]:
    compiled = compile_conditions(asked, AT)
    return {row[0]: list(row[1:]) for row in tx.execute(compiled.query, compiled.params)}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(everybody=people, asked=st.lists(conditions, min_size=1, max_size=4))
def test_random_conditions_over_random_histories_match_the_plain_evaluator(
    database: Database, everybody: list[Person], asked: list[Condition]
) -> None:
    assert [problems(plain(condition)) for condition in asked] == [[]] * len(asked)
    with database.transaction() as tx:
        keep(tx, everybody)

        found = answers(tx, asked)

        wanted = {n: [holds(c, person, AT) for c in asked] for n, person in enumerate(everybody, 1)}
        assert found == wanted
        assert matching(tx, asked[0], AT) == [n for n, held in wanted.items() if held[0]]
        told = explain(tx, asked[0], 1, AT)
        assert told.holds == wanted[1][0]


def bought(*back: int) -> Person:
    return Person(orders=[(AT - timedelta(days=n), 100, "USD") for n in back])


def test_an_order_at_the_first_instant_of_a_window_counts_and_one_at_its_last_does_not(tx: Tx) -> None:
    keep(tx, [bought(7), bought(0), bought(14)])

    assert matching(tx, OrderCount(comparison="exactly", number=1, window=Last(days=7)), AT) == [1]
    assert matching(tx, OrderCount(comparison="exactly", number=1, window=Between(near=7, far=14)), AT) == [3]
    assert matching_count(tx, OrderCount(comparison="exactly", number=0), AT) == 1


def test_who_never_bought_is_neither_long_nor_short_since_the_last_order(tx: Tx) -> None:
    keep(tx, [bought()])

    assert matching(tx, DaysSinceLastOrder(comparison="at_least", days=1), AT) == []
    assert matching(tx, DaysSinceLastOrder(comparison="less_than", days=1), AT) == []


def test_somebody_who_came_back_is_so_for_the_whole_window_and_not_longer(tx: Tx) -> None:
    keep(tx, [bought(5, 3, 90), bought(27, 90), bought(29, 90), bought(28, 84), bought(28, 83)])

    assert matching(tx, Returned(within_days=28, after_days=56), AT) == [1, 2, 4]


def test_an_explanation_gives_the_figure_of_each_leaf(tx: Tx) -> None:
    keep(tx, [Person(orders=bought(3, 10).orders, traits={"city": "Oslo"})])
    asked = All(
        conditions=(
            OrderCount(comparison="at_least", number=2, window=Last(days=7)),
            OrderSum(comparison="at_least", minor=150, currency="USD"),
            DaysSinceLastOrder(comparison="less_than", days=4),
            Not(condition=TraitEquals(trait="city", value="Bergen")),
        )
    )

    told = explain(tx, asked, 1, AT)

    assert (told.holds, told.figure) == (False, None)
    assert [(part.holds, part.figure) for part in told.parts] == [
        (False, "1 order"),
        (True, "2.00 USD"),
        (True, "3.0 days ago"),
        (True, None),
    ]
    assert told.parts[3].parts[0].figure == "Oslo"
