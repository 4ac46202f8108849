"""The lake: every event, order, ledger entry and message as files that any engine reads, and reading them.

What reads and writes files takes half a second to load, so it is loaded when it is first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from regulars.analytics.faults import LakeDamaged, LakeUnavailable, NotDroppable, NotMendable
from regulars.analytics.lake import Lake
from regulars.analytics.order_tables import ORDER_LINES, ORDERS
from regulars.analytics.place import Place, place_of
from regulars.analytics.table import EVENTS, Table

if TYPE_CHECKING:
    from regulars.analytics.asking import EngineName, open_engine
    from regulars.analytics.engine import Engine, EngineMissing, Relation, StatementRefused
    from regulars.analytics.engine_duckdb import open_duckdb
    from regulars.analytics.engine_spark import open_spark
    from regulars.analytics.exporting import Exported, export, export_table
    from regulars.analytics.raw import RAW_EVENTS_MAX, EventsMissing, RawEvent, log_head, raw_events
    from regulars.analytics.reading import Snapshot, open_lake
    from regulars.analytics.statements import READY, Ready, StatementNotFound, ready

LATER = {
    "asking": ("EngineName", "open_engine"),
    "engine": ("Engine", "EngineMissing", "Relation", "StatementRefused"),
    "engine_duckdb": ("open_duckdb",),
    "engine_spark": ("open_spark",),
    "exporting": ("Exported", "export", "export_table"),
    "raw": ("RAW_EVENTS_MAX", "EventsMissing", "RawEvent", "log_head", "raw_events"),
    "reading": ("Snapshot", "open_lake"),
    "statements": ("READY", "Ready", "StatementNotFound", "ready"),
}
_MODULES = {name: module for module, names in LATER.items() for name in names}

__all__ = [
    "EVENTS",
    "ORDERS",
    "ORDER_LINES",
    "RAW_EVENTS_MAX",
    "READY",
    "Engine",
    "EngineMissing",
    "EngineName",
    "EventsMissing",
    "Exported",
    "Lake",
    "LakeDamaged",
    "LakeUnavailable",
    "NotDroppable",
    "NotMendable",
    "Place",
    "RawEvent",
    "Ready",
    "Relation",
    "Snapshot",
    "StatementNotFound",
    "StatementRefused",
    "Table",
    "export",
    "export_table",
    "log_head",
    "open_duckdb",
    "open_engine",
    "open_lake",
    "open_spark",
    "place_of",
    "raw_events",
    "ready",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"{__name__} has no {name}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
