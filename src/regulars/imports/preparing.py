"""From an import's rows and mapping to the staged files, and what they hold, counted."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from regulars.imports import duck, event_staging, order_staging
from regulars.imports.layout import Layout
from regulars.imports.mapping import MappingBody
from regulars.imports.staging import Occasion, Row, Staged, fields_of, stamp, write
from regulars.imports.target import What

# Each gives the SQL of the checked rows, and of what will be written from them.
Maker = Callable[[Row, str, str], tuple[str, str]]
MAKERS: dict[What, Maker] = {
    "customers": event_staging.customers,
    "consents": event_staging.consents,
    "events": event_staging.events,
    "orders": order_staging.orders,
    "products": partial(event_staging.things, needed=("product_id",)),
    "stores": partial(event_staging.things, needed=("store_id",)),
    "balances": partial(event_staging.things, needed=("points", "programme")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    units: int  # Events or things that will be written.
    good: int  # Rows.
    bad: int
    history: int


def prepare(rows: Path, layout: Layout, body: MappingBody, occasion: Occasion) -> Staged:
    """Stage the rows; what was staged before from the same is kept."""
    folder, mark = rows.parent, f"{rows.stem}-{stamp(body, occasion)}"
    staged = Staged(units=folder / f"units-{mark}.parquet", bad=folder / f"bad-{mark}.parquet")
    if staged.units.exists() and staged.bad.exists():
        return staged
    for old in (*folder.glob(f"units-{rows.stem}-*.parquet"), *folder.glob(f"bad-{rows.stem}-*.parquet")):
        if old not in (staged.units, staged.bad):  # Another run of this import may be making these now.
            old.unlink(missing_ok=True)
    row = Row(fields_of(body, layout), occasion)
    with duck.opened(folder) as db:
        checked, units = MAKERS[body.what](row, f"read_parquet({duck.path(rows)})", body.source)
        write(db, checked, units, staged)
    return staged


def tally(staged: Staged, rows: int) -> Tally:
    with duck.opened(staged.units.parent) as db:
        units, history = duck.one(
            db, "select count(*), count(*) filter (where history) from read_parquet(?)", str(staged.units)
        )
        (bad,) = duck.one(db, "select count(*) from read_parquet(?)", str(staged.bad))
    return Tally(units=int(units), good=rows - int(bad), bad=int(bad), history=int(history))
