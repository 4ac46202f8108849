"""What a scheduled export can start from."""

from regulars.exports.body import ExportBody

NIGHTLY_ORDERS = ExportBody(
    title="Orders of the day, for the warehouse",
    listing="orders",
    place="orders",
    every="daily at 02:30",
    format="parquet",
    name="orders-{date}-{run}",
    only_new=True,
    note="Every night what was ordered, given back or cancelled since the night before, into a folder.",
)
