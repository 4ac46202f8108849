"""The lake: every event, order, ledger entry and message as files that any engine reads, and reading them.

What reads and writes files takes half a second to load, so it is loaded when it is first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from regulars.analytics.faults import LakeDamaged, LakeUnavailable, NotDroppable, NotMendable
from regulars.analytics.lake import Keep, Lake
from regulars.analytics.order_tables import ORDER_LINES, ORDERS
from regulars.analytics.place import Place, place_of
from regulars.analytics.raw_page import RAW_EVENTS_MAX, EventsMissing, RawEvent, RawPage
from regulars.analytics.state import State, states
from regulars.analytics.status import LakeStatus, TableStatus, lake_status
from regulars.analytics.table import EVENTS, Table
from regulars.analytics.thinned import Thinned, needs_past, thinned, whole_from

if TYPE_CHECKING:
    from regulars.analytics.asking import EngineName, open_engine
    from regulars.analytics.bringing import BroughtBack, bring_back
    from regulars.analytics.checking import check
    from regulars.analytics.compacting import compact, vacuum
    from regulars.analytics.copying import copy_lake
    from regulars.analytics.engine import Engine, EngineMissing, Relation, StatementRefused
    from regulars.analytics.engine_duckdb import open_duckdb
    from regulars.analytics.engine_spark import open_spark
    from regulars.analytics.erasing import Erased, ask_erasure, ask_expiry, erase
    from regulars.analytics.exporting import Exported, export, export_table
    from regulars.analytics.holding import hold_files, let_files_go
    from regulars.analytics.meanings import meaning
    from regulars.analytics.mending import mend
    from regulars.analytics.past import past_events
    from regulars.analytics.person_map import PERSONS, export_person_map
    from regulars.analytics.raw import raw_events
    from regulars.analytics.reading import Snapshot, open_lake
    from regulars.analytics.statements import READY, Ready, StatementNotFound, ready
    from regulars.analytics.tending import tend
    from regulars.analytics.thinning import drop_old

LATER = {
    "asking": ("EngineName", "open_engine"),
    "bringing": ("BroughtBack", "bring_back"),
    "copying": ("copy_lake",),
    "engine": ("Engine", "EngineMissing", "Relation", "StatementRefused"),
    "engine_duckdb": ("open_duckdb",),
    "engine_spark": ("open_spark",),
    "checking": ("check",),
    "compacting": ("compact", "vacuum"),
    "erasing": ("Erased", "ask_erasure", "ask_expiry", "erase"),
    "exporting": ("Exported", "export", "export_table"),
    "holding": ("hold_files", "let_files_go"),
    "mending": ("mend",),
    "meanings": ("meaning",),
    "past": ("past_events",),
    "person_map": ("PERSONS", "export_person_map"),
    "raw": ("raw_events",),
    "reading": ("Snapshot", "open_lake"),
    "statements": ("READY", "Ready", "StatementNotFound", "ready"),
    "tending": ("tend",),
    "thinning": ("drop_old",),
}
_MODULES = {name: module for module, names in LATER.items() for name in names}

__all__ = [
    "EVENTS",
    "ORDERS",
    "ORDER_LINES",
    "PERSONS",
    "RAW_EVENTS_MAX",
    "READY",
    "BroughtBack",
    "Engine",
    "EngineMissing",
    "EngineName",
    "Erased",
    "EventsMissing",
    "Exported",
    "Keep",
    "Lake",
    "LakeDamaged",
    "LakeStatus",
    "LakeUnavailable",
    "NotDroppable",
    "NotMendable",
    "Place",
    "RawEvent",
    "RawPage",
    "Ready",
    "Relation",
    "Snapshot",
    "State",
    "StatementNotFound",
    "StatementRefused",
    "Table",
    "TableStatus",
    "Thinned",
    "ask_erasure",
    "ask_expiry",
    "bring_back",
    "check",
    "compact",
    "copy_lake",
    "drop_old",
    "erase",
    "export",
    "export_person_map",
    "export_table",
    "hold_files",
    "lake_status",
    "let_files_go",
    "meaning",
    "mend",
    "needs_past",
    "open_duckdb",
    "open_engine",
    "open_lake",
    "open_spark",
    "past_events",
    "place_of",
    "raw_events",
    "ready",
    "states",
    "tend",
    "thinned",
    "vacuum",
    "whole_from",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"{__name__} has no {name}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
