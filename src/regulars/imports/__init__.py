"""Imports: files of customers, events, orders, catalogue, consents and opening balances.

For who picks files up: `kept = keep(settings.imports, stream, name="orders.csv", bytes_max=…)` outside a
transaction, then `start_file(tx, kept, source="shop", actor=…, at=…, zone=…, key="drop:…")` inside one.
"""

from regulars.imports.choosing import choose, permission, suggestion
from regulars.imports.errors import FileGone, NotMapped, NotNow, TooLarge, Unreadable
from regulars.imports.keeping import Kept, forget, keep
from regulars.imports.layout import Column, Layout
from regulars.imports.mapping import MAPPING, MappingBody, check_for
from regulars.imports.record import PREFIX, Import, Same, get, imports, same_content
from regulars.imports.starting import CHECK, RUN, ask_check, ask_run, cancel, start_file, take_in
from regulars.imports.suggesting import Suggestion, suggest
from regulars.imports.target import NEEDED, TARGETS, TYPES, WHATS, Target, What

__all__ = [
    "CHECK",
    "MAPPING",
    "NEEDED",
    "PREFIX",
    "RUN",
    "TARGETS",
    "TYPES",
    "WHATS",
    "Column",
    "FileGone",
    "Import",
    "Kept",
    "Layout",
    "MappingBody",
    "NotMapped",
    "NotNow",
    "Same",
    "Suggestion",
    "Target",
    "TooLarge",
    "Unreadable",
    "What",
    "ask_check",
    "ask_run",
    "cancel",
    "check_for",
    "choose",
    "forget",
    "get",
    "imports",
    "keep",
    "permission",
    "same_content",
    "start_file",
    "suggest",
    "suggestion",
    "take_in",
]
