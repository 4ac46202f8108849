"""The doctor's look at segments: do they keep up, and what did the last sweep find."""

from collections.abc import Iterator

from regulars import log, segments
from regulars.cli.findings import Check, ok, warning
from regulars.db import Tx
from regulars.kernel import WallClock

DUE_MANY = 10_000


def fresh(tx: Tx) -> Iterator[Check]:
    found = segments.freshness(tx, log.clock(tx).now(WallClock().now()))
    last = found.last_sweep
    if found.due > DUE_MANY:
        yield warning(
            "segments",
            f"time has changed what may hold of {found.due:,} customers, and nobody asked yet",
            "Does a worker run? It asks them by itself.",
        )
    if found.waiting or found.is_stale:
        yield warning(
            "segments", "everybody is to be asked anew after an edit or a long backlog",
            "A worker does it by itself; look again in some minutes.",
        )  # fmt: skip
    if last is not None and last.differences:
        worst = ", ".join(f"{key} {count:,}" for key, count in sorted(last.by_segment.items())[:5])
        yield warning(
            "segments",
            f"the sweep of {last.at:%-d %B %Y} set {last.differences:,} memberships right ({worst})",
            "Corrected products and events set aside by a reader can do that; if it comes again without, "
            "it is a mistake of ours: report it.",
        )
    elif not (found.waiting or found.is_stale):
        yield ok("segments", segments.freshness_sentence(found))
