"""How long 100,000 voucher codes take to make in one transaction, and a use of one."""

from datetime import UTC, datetime
from time import perf_counter

from regulars.db import Database
from regulars.offers import VoucherPool, Worth, codes, generate, launch_pool, redeem

CODES = 100_000
START = datetime(2025, 1, 1, 9, tzinfo=UTC)


def codes_s(database: Database, count: int = CODES) -> float:
    """Seconds until so many codes are committed, into a pool that has as many already."""
    with database.transaction() as tx:
        worth = Worth(kind="money_off", amount="5.00")
        launch_pool(tx, "bench", 1, VoucherPool(name="Bench", worth=worth, currency="USD"), START)
        generate(tx, "bench", count, key="before", at=START)
    began = perf_counter()
    with database.transaction() as tx:
        generate(tx, "bench", count, key="measured", at=START, printed=True)
    return perf_counter() - began


def code_uses_per_s(database: Database) -> float:
    """Codes used one after the other, each in a transaction of its own; after `codes_s`."""
    with database.transaction() as tx:
        shown = codes(tx, pool="bench", state="issued", limit=200).items
    began = perf_counter()
    for number, one in enumerate(shown):
        with database.transaction() as tx:
            redeem(tx, one.code, None, 2000, key=f"use-{number}", at=START).confirmed()
    return len(shown) / (perf_counter() - began)


if __name__ == "__main__":
    import sys

    with Database(sys.argv[1]) as opened:
        print(f"codes_s={codes_s(opened):.2f} code_uses_per_s={code_uses_per_s(opened):.0f}")
