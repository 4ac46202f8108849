"""Imports: files of customers, events, orders, catalogue, consents and opening balances.

For who picks files up: `kept = keep(settings.imports, stream, name="orders.csv", bytes_max=…)` outside a
transaction, then `start_file(tx, kept, source="shop", actor=…, at=…, zone=…, key="drop:…")` inside one.
"""

from regulars.imports.bad_row import (
    BadKind,
    BadRow,
    all_bad_rows,
    as_csv,
    as_json_lines,
    bad_kinds,
    bad_row,
    bad_rows,
    change_cells,
    dismiss,
)
from regulars.imports.choosing import choose, mapping_of, permission, suggestion
from regulars.imports.dry_run import Findings, check_import, checker
from regulars.imports.erasing import erase, held
from regulars.imports.errors import FileGone, NotMapped, NotNow, TooLarge, Unreadable
from regulars.imports.expiring import expiry
from regulars.imports.keeping import Kept, forget, keep
from regulars.imports.layout import Column, Layout
from regulars.imports.mapping import MAPPING, MappingBody, check_for
from regulars.imports.mending import Tried, try_again
from regulars.imports.record import PREFIX, Import, Same, State, get, imports, same_content
from regulars.imports.running import AllBad, Done, run_import, runner
from regulars.imports.starting import CHECK, RUN, ask_check, ask_run, cancel, start_file, take_in
from regulars.imports.suggesting import Suggestion, suggest
from regulars.imports.target import FREE_TYPES, NEEDED, TARGETS, TYPES, WHATS, Target, What

__all__ = [
    "CHECK",
    "FREE_TYPES",
    "MAPPING",
    "NEEDED",
    "PREFIX",
    "RUN",
    "TARGETS",
    "TYPES",
    "WHATS",
    "AllBad",
    "BadKind",
    "BadRow",
    "Column",
    "Done",
    "FileGone",
    "Findings",
    "Import",
    "Kept",
    "Layout",
    "MappingBody",
    "NotMapped",
    "NotNow",
    "Same",
    "State",
    "Suggestion",
    "Target",
    "TooLarge",
    "Tried",
    "Unreadable",
    "What",
    "all_bad_rows",
    "as_csv",
    "as_json_lines",
    "ask_check",
    "ask_run",
    "bad_kinds",
    "bad_row",
    "bad_rows",
    "cancel",
    "change_cells",
    "check_for",
    "check_import",
    "checker",
    "choose",
    "dismiss",
    "erase",
    "expiry",
    "forget",
    "get",
    "held",
    "imports",
    "keep",
    "mapping_of",
    "permission",
    "run_import",
    "runner",
    "same_content",
    "start_file",
    "suggest",
    "suggestion",
    "take_in",
    "try_again",
]
