"""Handing a file on to the imports: the one place where file drops and imports meet."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from regulars import imports
from regulars.access import SYSTEM
from regulars.connections.picking import HandOver
from regulars.db import Database, Tx
from regulars.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class ToImports:
    """Called with a file, gives the import's public id; the same key gives the same import."""

    database: Database
    settings: Settings
    zone: str
    now: Callable[[Tx], datetime]  # The business instant.

    def __call__(self, handing: HandOver) -> str:
        home = self.settings.imports
        with handing.path.open("rb") as stream:
            kept = imports.keep(home, stream, name=handing.name, bytes_max=self.settings.import_bytes_max)
        folder = ""
        try:
            with self.database.transaction() as tx:
                import_id = imports.start_file(
                    tx,
                    kept,
                    source=handing.source,
                    actor=SYSTEM,
                    at=self.now(tx),
                    zone=self.zone,
                    what=handing.what,
                    mapping=handing.mapping,
                    key=handing.key,
                    cut_over=handing.cut_over,
                )
                made = imports.get(tx, import_id)
            folder = made.folder
        finally:
            if folder != kept.folder:  # It was handed on before, or is refused.
                imports.forget(home, kept.folder)
        return made.id
