"""Factories for the tests of offers: pools that were launched."""

from datetime import UTC, datetime, timedelta
from typing import Any

from regulars.db import Tx
from regulars.offers import VoucherPool, Worth, launch_pool

START = datetime(2025, 3, 1, 9, tzinfo=UTC)
FIVE = Worth(kind="money_off", amount="5.00")
CARD = Worth(kind="gift_card", amount="50.00")


def after(days: float = 0) -> datetime:
    return START + timedelta(days=days)


def open_pool(tx: Tx, key: str = "five", version: int = 1, **body: Any) -> VoucherPool:
    pool = VoucherPool(**({"name": key.title(), "worth": FIVE, "currency": "USD"} | body))
    launch_pool(tx, key, version, pool, START)
    return pool
