"""The record of processing as JSON, as a table, and as a page to be handed over."""

import csv
import html
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from regulars.privacy.record import Record

# A spreadsheet would run a cell that begins so.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_plain(found: Record) -> dict[str, Any]:
    """For JSON."""
    return asdict(found)


def as_csv(found: Record) -> str:
    """One line an activity."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["what", "why", "basis", "how long", "who sees it", "what stays after an erasure"])
    for one in found.activities:
        told = (one.what, one.why, one.basis, one.how_long, one.who_sees, one.stays)
        writer.writerow([f"'{text}" if text.startswith(FORMULA) else text for text in told])
    return out.getvalue()


def as_html(found: Record) -> str:
    """One page by itself, to be handed over."""
    parts = [
        _table("What is held", [asdict(one) for one in found.activities]),
        _table("Where it comes from", [asdict(one) for one in found.comes_from]),
        _table("Where it leaves to", [asdict(one) for one in found.leaves_to]),
        "<h2>Measures</h2><ul>" + "".join(f"<li>{html.escape(one)}</li>" for one in found.measures) + "</ul>",
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Record of processing</title>'
        "<style>body{font:15px/1.5 system-ui,sans-serif;margin:2rem}table{border-collapse:collapse}"
        "td,th{border:1px solid #dce1e7;padding:6px 8px;text-align:left;vertical-align:top}</style></head>"
        "<body><h1>Record of processing</h1>"
        f"<p>Workspace {html.escape(found.workspace)}, {found.made_at:%-d %B %Y}. "
        f"Read from the configuration.</p>{''.join(parts)}</body></html>"
    )


def _table(title: str, rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return f"<h2>{html.escape(title)}</h2><p>Nothing.</p>"
    head = "".join(f"<th>{html.escape(name.replace('_', ' '))}</th>" for name in rows[0])
    lines = "".join(
        "<tr>" + "".join(f"<td>{html.escape(str(value))}</td>" for value in row.values()) + "</tr>"
        for row in rows
    )
    return f"<h2>{html.escape(title)}</h2><table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"
