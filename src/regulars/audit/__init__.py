"""The audit: who did what, when and to what, kept for ever; its values only while they may be kept."""

from regulars.audit.changes import Changed, changes
from regulars.audit.entry import Entry, entries, entry, erase_actor, erase_values, record
from regulars.audit.erasing import erase, held
from regulars.audit.retaining import forget_values, old_values

__all__ = [
    "Changed",
    "Entry",
    "changes",
    "entries",
    "entry",
    "erase",
    "erase_actor",
    "erase_values",
    "forget_values",
    "held",
    "old_values",
    "record",
]
