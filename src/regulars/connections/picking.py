"""Picking up: what lies in a drop goes to the imports once, whoever looks and whatever is killed in between.

One look at a drop runs at a time. A file is fetched, then handed to the imports under a key made of its name
and content, then noted: killed after any of these steps, the next look does the rest; the imports know it.
"""

import hashlib
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp

from regulars import definitions
from regulars.connections.drop import FILE_DROP, FileDropBody, What, keeper_of
from regulars.connections.drop_statements import SQL
from regulars.connections.places import Place, PlaceRefused, Seen, place_of
from regulars.connections.secrets import Vault, given_for_another, opened, told_of
from regulars.db import Database, rows, run, value
from regulars.kernel import Clock, NotFound, RegularsError, WallClock
from regulars.outgoing import WayOut
from regulars.settings import Settings

BYTES_MAX = 2 * 1024**3
SETTLE_S = 3.0
AGAIN = timedelta(minutes=1)  # For files that still grow.
PIECE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """A file for the imports."""

    key: str  # The same for the same file: handed on twice, it is one import.
    path: Path
    name: str
    drop: str
    what: What
    mapping: str | None
    source: str
    cut_over: datetime | None  # What occurred before is history.


Hand = Callable[[HandOver], str]  # Gives what the imports call it.


@dataclass(frozen=True, slots=True, kw_only=True)
class PickedUp:
    """What one look did, by name of file."""

    handed: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    busy: bool = False  # Somebody else was looking.

    @property
    def sentence(self) -> str:
        if self.busy:
            return "Somebody else was looking at it already."
        parts = [
            f"{len(names)} {word}"
            for word, names in (
                ("handed to the imports", self.handed),
                ("with a content that came before", self.same),
                ("that cannot be used", self.failed),
                ("still being written", self.waiting),
            )
            if names
        ]
        return "Files: " + ", ".join(parts) + "." if parts else "Nothing new was there."


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    pickup_id: int
    name: str
    size: int
    sha256: str
    modified_at: datetime | None
    state: str
    moved: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Picker:
    """What looking at drops needs."""

    database: Database
    settings: Settings
    vault: Vault
    hand: Hand
    clock: Clock = field(default_factory=WallClock)
    settle_s: float = SETTLE_S

    def pick_up(self, key: str) -> PickedUp:
        """Look at a drop now; raises what hinders it, which stands with the drop from then on."""
        with _alone(self.database, key) as free:
            if not free:
                return PickedUp(busy=True)
            try:
                body, place = self._place(key)
                return self._look(key, body, place)
            except (RegularsError, OSError) as error:
                told = str(error) if isinstance(error, RegularsError) else f"{type(error).__name__}: {error}"
                self._note_look(key, found=0, waiting=0, problem=told[:500])
                raise

    def _place(self, key: str) -> tuple[FileDropBody, Place]:
        with self.database.transaction() as tx:
            definition = definitions.live(tx, FILE_DROP, key)
            if definition is None:
                raise NotFound(f"There is no file drop {key[:80]!r}.")
            body, name = definition.body, f"file-drop/{key}"
            secrets = opened(tx, self.vault, name, self.clock.now(), place=keeper_of(body.place))
            if not secrets and told_of(tx, name, self.clock.now()):
                raise PlaceRefused(given_for_another(keeper_of(body.place)))
        way = WayOut(allow=self.settings.outgoing_allowed)
        secret = secrets[0] if secrets else None
        return body, place_of(body, root=self.settings.drops, way=way, secret=secret)

    def _look(self, key: str, body: FileDropBody, place: Place) -> PickedUp:
        first = {one.name: one for one in place.list()}
        known = self._known(key, list(first))
        fresh = [one for one in first.values() if not _is_known(one, known.get(one.name, ()))]
        waiting: list[str] = []
        outcomes: dict[str, list[str]] = {"handed": [], "same": [], "failed": []}
        if fresh:
            time.sleep(self.settle_s)
            second = {one.name: one for one in place.list()}
            for one in fresh:
                if second.get(one.name) != one or one.size == 0:
                    waiting += [one.name] if one.name in second else []
                    continue
                outcome = self._take(key, body, place, one, known.get(one.name, ()))
                if outcome == "waiting":
                    waiting.append(one.name)
                elif outcome in outcomes:
                    outcomes[outcome].append(one.name)
        problem = self._move(key, place, list(first)) if body.after == "move" else None
        self._note_look(key, found=len(first), waiting=len(waiting), problem=problem)
        return PickedUp(
            handed=tuple(outcomes["handed"]),
            same=tuple(outcomes["same"]),
            failed=tuple(outcomes["failed"]),
            waiting=tuple(waiting),
        )

    def _take(self, key: str, body: FileDropBody, place: Place, seen: Seen, known: Sequence[Known]) -> str:
        with _spool(self.settings.folder) as folder:
            path = folder / "file"
            try:
                place.fetch(seen.name, path, BYTES_MAX)
            except PlaceRefused as error:
                return self._note(key, seen, "failed", sha256="", problem=str(error))
            if path.stat().st_size != seen.size:
                return "waiting"
            sha256 = _digest(path)
            before = next((one for one in known if (one.size, one.sha256) == (seen.size, sha256)), None)
            if before is not None and before.state != "asked":
                return self._touch(key, seen, sha256)
            same_as = None if before is not None else self._same(key, seen.name, sha256)
            if same_as is not None:
                return self._note(key, seen, "same", sha256=sha256, same_as=same_as)
            return self._hand_over(key, body, seen, path, sha256)

    def _hand_over(self, key: str, body: FileDropBody, seen: Seen, path: Path, sha256: str) -> str:
        name = hashlib.sha256(seen.name.encode()).hexdigest()[:16]
        handing = HandOver(
            key=f"file-drop:{key}:{name}:{sha256}",
            path=path,
            name=seen.name,
            drop=key,
            what=body.what,
            mapping=body.mapping,
            source=body.source,
            cut_over=body.history_before or self._begun(key),
        )
        try:
            ref = self.hand(handing)
        except RegularsError as error:
            return self._note(key, seen, "failed", sha256=sha256, problem=str(error))
        return self._note(key, seen, "handed", sha256=sha256, import_ref=ref)

    def _begun(self, key: str) -> datetime | None:
        """When the drop was first published."""
        with self.database.transaction() as tx:
            every = definitions.versions(tx, FILE_DROP, key)
        return min((one.published_at for one in every if one.published_at is not None), default=None)

    def _known(self, key: str, names: list[str]) -> dict[str, list[Known]]:
        found: dict[str, list[Known]] = {}
        with self.database.transaction() as tx:
            for one in rows(tx, SQL.known, Known, drop_key=key, names=names):
                found.setdefault(one.name, []).append(one)
        return found

    def _same(self, key: str, name: str, sha256: str) -> int | None:
        with self.database.transaction() as tx:
            found: int | None = value(tx, SQL.same_content, drop_key=key, sha256=sha256, name=name)
            return found

    def _note(
        self,
        key: str,
        seen: Seen,
        state: str,
        *,
        sha256: str,
        import_ref: str | None = None,
        same_as: int | None = None,
        problem: str | None = None,
    ) -> str:
        with self.database.transaction() as tx:
            run(
                tx,
                SQL.note_pickup,
                drop_key=key,
                name=seen.name,
                size=seen.size,
                sha256=sha256,
                modified_at=seen.modified_at,
                picked_at=self.clock.now(),
                state=state,
                import_ref=import_ref,
                same_as=same_as,
                problem=problem,
            )
        return state

    def _touch(self, key: str, seen: Seen, sha256: str) -> str:
        with self.database.transaction() as tx:
            run(
                tx,
                SQL.touch_pickup,
                drop_key=key,
                name=seen.name,
                size=seen.size,
                sha256=sha256,
                modified_at=seen.modified_at,
            )
        return "known"

    def _move(self, key: str, place: Place, names: list[str]) -> str | None:
        """Move what was handed on, also what an earlier look had no time to move; gives what hinders it."""
        now = {one.name: one for one in place.list()}
        problem = None
        for name, known in self._known(key, names).items():
            seen = now.get(name)
            handed = next((one for one in known if one.state == "handed" and not one.moved), None)
            if seen is None or handed is None or not _is_known(seen, [handed]):
                continue
            try:
                place.move_to_done(name)
            except (RegularsError, OSError) as error:
                problem = f"{name} could not be moved to done ({error})."
                continue
            with self.database.transaction() as tx:
                run(tx, SQL.note_moved, drop_key=key, name=name, size=handed.size)
        return problem

    def _note_look(self, key: str, *, found: int, waiting: int, problem: str | None) -> None:
        now = self.clock.now()
        with self.database.transaction() as tx:
            run(
                tx,
                SQL.note_look,
                drop_key=key,
                again_at=now + AGAIN,
                looked_at=now,
                found=found,
                waiting=waiting,
                problem=problem,
            )


def _is_known(seen: Seen, known: Sequence[Known]) -> bool:
    """By name, size and time it need not be fetched; what was asked for again must be."""
    return any(
        (one.size, one.modified_at) == (seen.size, seen.modified_at) and one.state != "asked" for one in known
    )


@contextmanager
def _alone(database: Database, key: str) -> Iterator[bool]:
    """On a connection of its own, outside a transaction: fetching may take minutes."""
    connection = database.connect()
    try:
        free = bool(value(connection, SQL.alone, drop_key=key))
        connection.commit()
        yield free
        if free:
            value(connection, SQL.let_go, drop_key=key)
    finally:
        connection.close()


@contextmanager
def _spool(home: Path) -> Iterator[Path]:
    parent = home / "drop-spool"
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = Path(mkdtemp(dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()
