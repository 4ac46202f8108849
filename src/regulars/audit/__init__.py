"""The audit: who did what, when and to what, kept for ever; its values only while they may be kept."""

from regulars.audit.changes import Changed, changes
from regulars.audit.entry import Entry, entries, entry, erase_actor, erase_values, record
from regulars.audit.erasing import erase, held

__all__ = [
    "Changed",
    "Entry",
    "changes",
    "entries",
    "entry",
    "erase",
    "erase_actor",
    "erase_values",
    "held",
    "record",
]
