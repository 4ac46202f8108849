"""The desk: what exporting needs of an installation, put together once by the composition root."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from regulars.analytics import Lake
from regulars.connections import Vault
from regulars.db import Tx
from regulars.definitions import Kind
from regulars.exports.body import ExportBody
from regulars.exports.listing import Listings
from regulars.exports.record import Run
from regulars.exports.writing import ENDINGS
from regulars.kernel import Clock, WallClock
from regulars.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    listings: Listings
    kind: Kind[ExportBody]
    settings: Settings
    lake: Lake
    vault: Vault
    zone: str  # The workspace's.
    now: Callable[[Tx], datetime]  # The business instant.
    wall: Clock = field(default_factory=WallClock)

    @property
    def home(self) -> Path:
        """Where files lie until they are fetched or brought."""
        return self.settings.exports

    def file_of(self, run: Run) -> Path:
        return self.home / run.id / f"file{ENDINGS[run.format]}"
