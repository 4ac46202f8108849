"""Twenty segments as people make them, and the same twenty written by hand, for DuckDB and for PostgreSQL.

By hand means: one pass over the events, only the names that count anything, a property read once and only where it
is asked for, one group by; steps that follow each other as joins of the few events they concern.
"""

# ruff: noqa: E501 - statements keep their lines

from collections.abc import Sequence

from regulars.conditions import nodes as c
from regulars.conditions import windows as w

VIEWED, ADDED, SEARCHED, OPENED = "Product Viewed", "Product Added", "Search Made", "Email Opened"


def _events(name: str, days: int | None, value: float, **more: object) -> c.Measured:
    window = w.Ever() if days is None else w.Last(days=days)
    return c.Measured(of="event", name=name, window=window, value=value, **more)  # type: ignore[arg-type]


def _is(name: str, value: str) -> tuple[c.Filter, ...]:
    return (c.Filter(property=name, value=value),)


def twenty(shift: int = 0) -> list[c.Condition]:
    """With a shift, others like them: other windows, numbers and values."""
    category = ("tea", "coffee", "cups", "pots", "books", "sale", "tins", "food")[shift % 8]
    return [
        _events(VIEWED, 30 + shift, 3),
        _events(VIEWED, 90 - shift, 2, where=_is("category", category)),
        c.All(conditions=(
            _events(ADDED, 7 + shift, 1),
            c.Not(condition=c.OrderCount(comparison="at_least", number=1, window=w.Last(days=7 + shift))),
        )),
        c.OrderSum(comparison="at_least", minor=20_000 + 500 * shift, currency="EUR", window=w.Last(days=365)),
        c.OrderCount(comparison="at_least", number=2 + shift),
        c.DaysSinceLastOrder(comparison="at_least", days=90 + shift),
        _events(VIEWED, 30 + shift, 45, figure="maximum", property="price", comparison="more_than"),
        _events(ADDED, 90 - shift, 100, figure="sum", property="price"),
        _events(SEARCHED, 60 + shift, 5),
        _events(VIEWED, 180 - shift, 6, figure="distinct", property="category"),
        _events("", None, 30 + shift, figure="days_since_first", comparison="less_than"),
        _events("", None, 60 + shift, figure="days_since_last"),
        c.All(conditions=(c.TraitEquals(trait="country", value="NO"), _events("", 14 + shift, 1))),
        c.All(conditions=(c.TraitIn(trait="plan", values=("gold", "silver")), _events(OPENED, 30 + shift, 1))),
        c.Measured(of="order", where=_is("coupon", "TEN"), window=w.Last(days=180 - shift), value=1),
        c.Measured(
            of="order_line", figure="sum", property="quantity", where=_is("category", "coffee"), value=3 + shift,
            window=w.Last(days=365),
        ),
        c.Sequence(steps=(c.Step(name=VIEWED), c.Step(name=ADDED)), within_hours=24, window=w.Last(days=30 - shift)),
        c.NotFollowed(
            first=c.Step(name=ADDED), then=c.Step(of="order"), within_hours=24, window=w.Last(days=30 - shift)
        ),
        c.Anniversary(trait="birthday", days=7 + shift),
        c.All(conditions=(c.Bucket(salt="autumn", below=1000 + shift), _events("", 90 - shift, 1))),
    ]  # fmt: skip


def two_hundred() -> list[c.Condition]:
    return [one for shift in range(10) for one in twenty(shift)]


# {events}: (customer_id = the person, name, occurred_at, properties); {orders}, {lines}, {customers} likewise. {at}
# is the instant; {text} and {number} read a property; {ago} is so many days before the instant.
GROUPED = """
with event as (
    select customer_id, name, occurred_at,
        case when name = 'Product Viewed' and occurred_at >= {ago180} then {category} end as category,
        case when (name = 'Product Viewed' and occurred_at >= {ago30})
               or (name = 'Product Added' and occurred_at >= {ago90}) then {price} end as price
    from {events} where occurred_at < {at}
),
counted as (
    select customer_id,
        count(*) filter (where name = 'Product Viewed' and occurred_at >= {ago30}) as viewed_30,
        count(*) filter (where category = 'tea' and occurred_at >= {ago90}) as tea_90,
        count(*) filter (where name = 'Product Added' and occurred_at >= {ago7}) as added_7,
        max(price) filter (where name = 'Product Viewed' and occurred_at >= {ago30}) as dearest,
        sum(price) filter (where name = 'Product Added') as added_sum,
        count(*) filter (where name = 'Search Made' and occurred_at >= {ago60}) as searched_60,
        count(distinct category) as categories,
        min(occurred_at) as first_at, max(occurred_at) as last_at,
        count(*) filter (where name = 'Email Opened' and occurred_at >= {ago30}) as opened_30
    from event group by customer_id
),
bought as (
    select customer_id,
        count(*) filter (where occurred_at >= {ago7}) as orders_7,
        sum(net_minor) filter (where occurred_at >= {ago365} and currency = 'EUR') as spent,
        count(*) as orders, max(occurred_at) as last_order,
        count(*) filter (where coupon = 'TEN' and occurred_at >= {ago180}) as coupons
    from {orders} where status <> 'cancelled' and occurred_at < {at} group by customer_id
),
coffee as (
    select customer_id, sum(quantity) as coffees
    from {lines}
    where status <> 'cancelled' and category = 'coffee' and occurred_at >= {ago365} and occurred_at < {at}
    group by customer_id
),
step as materialized (
    select customer_id, name, occurred_at from {events}
    where name in ('Product Viewed', 'Product Added') and occurred_at >= {ago30} and occurred_at < {at}
),
followed as ({followed}),
left_behind as ({left_behind})
select customer.customer_id,
    coalesce(viewed_30 >= 3, false) as c0,
    coalesce(tea_90 >= 2, false) as c1,
    coalesce(added_7 >= 1, false) and coalesce(orders_7, 0) = 0 as c2,
    coalesce(spent >= 20000, false) as c3,
    coalesce(orders >= 2, false) as c4,
    coalesce(last_order <= {ago90}, false) as c5,
    coalesce(dearest > 45, false) as c6,
    coalesce(added_sum >= 100, false) as c7,
    coalesce(searched_60 >= 5, false) as c8,
    coalesce(categories >= 6, false) as c9,
    coalesce(first_at > {ago30}, false) as c10,
    coalesce(last_at <= {ago60}, false) as c11,
    country = 'NO' and coalesce(last_at >= {ago14}, false) as c12,
    plan in ('gold', 'silver') and coalesce(opened_30 >= 1, false) as c13,
    coalesce(coupons >= 1, false) as c14,
    coalesce(coffees >= 3, false) as c15,
    followed.customer_id is not null as c16,
    left_behind.customer_id is not null as c17,
    {birthday} as c18,
    {bucket} < 1000 and coalesce(last_at >= {ago90}, false) as c19
from {customers} as customer
left join counted using (customer_id)
left join bought using (customer_id)
left join coffee using (customer_id)
left join followed using (customer_id)
left join left_behind using (customer_id)
"""
# The next one after, by the join that is made for it.
DUCKDB = {
    "followed": """
        select distinct viewed.customer_id
        from (select * from step where name = 'Product Viewed') as viewed
        asof join (select * from step where name = 'Product Added') as added
            on added.customer_id = viewed.customer_id and viewed.occurred_at < added.occurred_at
        where added.occurred_at <= viewed.occurred_at + interval 24 hour""",
    "left_behind": """
        select distinct added.customer_id
        from (select * from step where name = 'Product Added' and occurred_at <= {at} - interval 24 hour) as added
        asof left join (
            select customer_id, occurred_at from {orders} where status <> 'cancelled' and occurred_at >= {ago30}
        ) as paid on paid.customer_id = added.customer_id and added.occurred_at < paid.occurred_at
        where paid.occurred_at is null or paid.occurred_at > added.occurred_at + interval 24 hour""",
    "category": "json_extract_string(properties, '$.category')",
    "price": "cast(json_extract_string(properties, '$.price') as double)",
    "birthday": "datediff('day', cast({at} as date), make_date("
    "    year(cast({at} as date)) + case when (month(birthday), day(birthday)) < (month({at}), day({at})) then 1 else 0 end,"
    "    month(birthday), case when month(birthday) = 2 and day(birthday) = 29 then 28 else day(birthday) end)) <= 7",
    "bucket": "cast('0x' || left(md5('autumn:' || customer.customer_id), 8) as bigint) % 10000",
}
POSTGRESQL = {
    "followed": """
        select distinct viewed.customer_id
        from step as viewed inner join step as added on added.customer_id = viewed.customer_id
            and added.name = 'Product Added' and added.occurred_at > viewed.occurred_at
            and added.occurred_at <= viewed.occurred_at + interval '24 hours'
        where viewed.name = 'Product Viewed'""",
    "left_behind": """
        select distinct added.customer_id from step as added
        where added.name = 'Product Added' and added.occurred_at <= {at} - interval '24 hours' and not exists (
            select from {orders} as paid
            where paid.customer_id = added.customer_id and paid.status <> 'cancelled'
                and paid.occurred_at > added.occurred_at
                and paid.occurred_at <= added.occurred_at + interval '24 hours')""",
    "category": "properties ->> 'category'",
    "price": "(properties ->> 'price')::double precision",
    "birthday": "make_date("
    "    extract(year from {at})::integer + case when to_char(birthday, 'MMDD') < to_char({at}, 'MMDD') then 1 else 0 end,"
    "    extract(month from birthday)::integer,"
    "    case when to_char(birthday, 'MMDD') = '0229' then 28 else extract(day from birthday)::integer end"
    ") - {at}::date <= 7",
    "bucket": "('x0' || left(md5('autumn:' || customer.customer_id), 8))::bit(36)::bigint % 10000",
}


def written(dialect: dict[str, str], relations: dict[str, str], at: str, before: dict[int, str]) -> str:
    """The statement with an engine's own words put in: constants of this file, no data."""
    given = {**dialect, **relations, "at": at, **{f"ago{days}": text for days, text in before.items()}}
    text = GROUPED
    for _ in range(2):
        for name, value in given.items():
            text = text.replace("{" + name + "}", value)
    return text


DAYS: Sequence[int] = (7, 14, 30, 60, 90, 180, 365)
