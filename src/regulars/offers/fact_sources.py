"""What conditions can measure of offers: the codes that were handed out to somebody."""

from regulars.conditions import Column, Source

VOUCHER = Source(
    name="voucher",
    title="voucher codes",
    one="voucher code",
    verb="has",
    rows="select customer_id, issued_at as at, pool, state, usable, expires_at,"
    " used::double precision as used from offers.fact_code",
    by_atom=True,
    columns={
        "pool": Column(type="text", title="voucher pool"),
        "state": Column(type="text", title="state"),
        "usable": Column(type="boolean", title="can be used"),
        "expires_at": Column(type="instant", title="moment of expiry"),
        "used": Column(type="number", title="uses"),
    },
    touched_by=(
        "regulars.offers.code_issued",
        "regulars.offers.code_redeemed",
        "regulars.offers.code_cancelled",
        "regulars.offers.code_expired",
    ),
)
SOURCES = (VOUCHER,)
