"""The composition root: one workspace of an installation, wired."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, partial
from threading import RLock
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlsplit

from regulars import (
    access,
    analytics,
    campaigns,
    channels,
    checkout,
    connections,
    customers,
    deliverability,
    events,
    exports,
    forms,
    imports,
    jobs,
    log,
    loyalty,
    messaging,
    offers,
    portal,
    preferences,
    privacy,
    responses,
    rewards,
    segments,
    templates,
    webhooks,
)
from regulars.channels import Said, Trial
from regulars.db import Database, Tx, check_current
from regulars.definitions import Registry
from regulars.jobs import Progress, Timer
from regulars.kernel import Clock, Fault, WallClock, local_day
from regulars.outgoing import WayOut
from regulars.settings import Settings, listed
from regulars.wiring import (
    ADVANCE,
    COMPUTING,
    DAILY,
    EXPORT,
    EXPORT_LAKE,
    KEEPS,
    KINDS,
    LAKE,
    LISTINGS,
    READERS,
    REPLAY,
    REPLAYS,
)

SETTLE_S = 30.0


class TimerFailed(Fault):
    code = "app.timer_failed"


@dataclass(frozen=True, kw_only=True)
class App:
    """One workspace of this installation, wired; handed to api, console, cli and demo."""

    settings: Settings
    database: Database
    zone: str  # The workspace's, an IANA name.
    wall: Clock = field(default_factory=WallClock)
    kinds: Registry = field(default_factory=lambda: Registry(KINDS))
    # What falls due finds the readers where they belong: timers wait while the clock advances; `jobs.alone`
    # holds the same between processes.
    _steps: Any = field(default_factory=RLock, repr=False, compare=False)

    @cached_property
    def timers(self) -> tuple[Timer, ...]:
        expire = imports.expiry(self.settings.imports, self.settings.import_keep_days)
        forget = webhooks.expiry(self.settings.webhook_keep_days)
        daily: tuple[tuple[str, Callable[[Tx, datetime], object]], ...] = (
            *DAILY,
            ("imports.expire", expire),
            ("privacy.expire_copies", partial(privacy.expire_copies, folder=self.settings.copies)),
            ("webhooks.expire", forget),
            ("channels.forget", self._forget_channels),
            ("preferences.forget", lambda tx, _at: preferences.forget(tx, self.wall.now())),
            ("portal.forget", lambda tx, _at: portal.forget(tx, self.wall.now())),
        )
        return tuple(Timer(name=name, every="day", zone=self.zone, run=run) for name, run in daily)

    @cached_property
    def sequencer(self) -> log.Sequencer:
        return log.Sequencer(self.database, customers.resolve, sift=privacy.sift)

    @cached_property
    def runners(self) -> Sequence[log.ReaderRunner]:
        return tuple(log.ReaderRunner(self.database, reader) for reader in READERS)

    @cached_property
    def jobs(self) -> jobs.Registry:
        registry = jobs.Registry()
        registry.register(ADVANCE, self._advance_job)
        registry.register(REPLAY, _replay_job)
        registry.register(EXPORT_LAKE, self._lake_job)
        registry.register(imports.CHECK, imports.checker(self.settings.imports, self.zone))
        registry.register(imports.RUN, imports.runner(self.settings.imports))
        registry.register(connections.PICK_UP, self._pick_up_job)
        registry.register(offers.MAKE, offers.make_job)
        registry.register(exports.MAKE, exports.maker(self.exports))
        registry.register(webhooks.REPLAY, webhooks.replay_job)
        registry.register(customers.ENRICH, self._enrich_job)
        registry.register(privacy.ERASE, self.eraser.work)
        registry.register(privacy.COPY, self._copy_job)
        registry.register(privacy.NIGHT, self.eraser.night)
        return registry

    @cached_property
    def exports(self) -> exports.Desk:
        """What can be exported, and how."""
        return exports.Desk(
            listings=LISTINGS,
            kind=EXPORT,
            settings=self.settings,
            lake=self.lake,
            vault=self.vault,
            zone=self.zone,
            now=self.now,
            wall=self.wall,
        )

    @cached_property
    def vault(self) -> connections.Vault:
        """Seals and opens the secrets of connections."""
        return connections.Vault(self.settings)

    @cached_property
    def way(self) -> WayOut:
        """The guarded way out to other systems."""
        return WayOut(allow=self.settings.outgoing_allowed)

    def deliverer(self) -> webhooks.Deliverer:
        """Sends what webhooks are told; any number may run."""
        return webhooks.Deliverer(
            self.database, way=self.way, vault=self.vault, wall=self.wall, business=self.now
        )

    @cached_property
    def lake(self) -> analytics.Lake:
        """The whole history as files, and how to read it."""
        place = analytics.place_of(self.settings)
        keep_days = self.settings.lake_keep_days
        return analytics.Lake(
            database=self.database, place=place, tables=LAKE, keep_days=keep_days, keeps=KEEPS
        )

    def tend_lake(self) -> None:
        """Export, compact and clean what is due; bring back events that somebody needs again."""
        with self.database.transaction() as tx:
            now = self.now(tx)
        analytics.tend(self.lake, now)
        self.recall(now)

    def recall(self, now: datetime) -> int:
        """Bring back events that left PostgreSQL and are needed now, and count anew what looks at them.

        That segments are due is noted with the events: whoever dies here leaves it to the worker.
        """
        events_back = sum(one.events for one in analytics.bring_back(self.lake, came=segments.ask_again))
        if events_back:
            with self.database.transaction() as tx:
                COMPUTING.refresh(tx, now)
                segments.ask_again(tx)  # They may have been asked by now, of traits as they were.
            self.ask_everybody(now)
        return events_back

    def _lake_job(self, _database: Database, _args: dict[str, Any], progress: Progress) -> dict[str, Any]:
        progress.update(0, 1, "Bringing the lake up to date", "table")
        moved = analytics.export(self.lake)
        analytics.export_person_map(self.lake)
        compacted = analytics.compact(self.lake)
        return {"rows": {one.name: one.rows for one in moved}, "files_compacted": compacted}

    @cached_property
    def subjects(self) -> tuple[privacy.Subject, ...]:
        """Every place in which people stand."""
        return privacy.subjects(self.settings, self.exports)

    def processing(self, tx: Tx) -> privacy.Record:
        """The record of processing as the configuration has it now."""
        return privacy.record(tx, self.subjects, self.settings, exported=EXPORT, at=self.now(tx))

    @cached_property
    def copier(self) -> privacy.Copier:
        return privacy.Copier(
            database=self.database,
            subjects=self.subjects,
            folder=self.settings.copies,
            lake=self.lake,
            now=self.now,
        )

    @cached_property
    def eraser(self) -> privacy.Eraser:
        return privacy.Eraser(
            database=self.database,
            subjects=self.subjects,
            listed=self.settings.erasures,
            lake=self.lake,
            now=self.now,
        )

    def look_around(self) -> list[str]:
        """Ask for a look at every file drop that is due by the wall clock; gives their keys."""
        with self.database.transaction() as tx:
            return connections.look_around(tx, self.wall.now(), self.zone)

    def export_due(self) -> list[int]:
        """Ask for every scheduled export that is due by the wall clock; gives the runs."""
        with self.database.transaction() as tx:
            return exports.look_around(tx, self.exports)

    def _pick_up_job(self, _database: Database, args: dict[str, Any], _progress: Progress) -> dict[str, Any]:
        hand = connections.ToImports(
            database=self.database, settings=self.settings, zone=self.zone, now=self.now
        )
        picker = connections.Picker(
            database=self.database, settings=self.settings, vault=self.vault, hand=hand
        )
        return {"said": picker.pick_up(args["drop"]).sentence}

    def _copy_job(self, database: Database, args: dict[str, Any], progress: Progress) -> dict[str, Any]:
        """Whoever asked for their data themselves is mailed a link as soon as it is there."""
        done = self.copier.work(database, args, progress)
        with database.transaction() as tx:
            made = privacy.copy_of(tx, int(args["copy"]))
            if made.state == "ready" and made.asked_by == "customer":
                nonce = f"copy:{made.copy_id}"
                preferences.send_link(tx, made.customer_id, nonce=nonce, now=self.wall.now())
        return done

    def _enrich_job(self, database: Database, args: dict[str, Any], progress: Progress) -> dict[str, Any]:
        def secret(tx: Tx, name: str) -> str | None:
            return next(iter(connections.opened(tx, self.vault, name, self.wall.now())), None)

        way = WayOut(allow=self.settings.outgoing_allowed)
        enricher = customers.Enricher(database=database, way=way, secret=secret, now=self.now)
        return enricher.run(args["enrichment"], progress)

    @cached_property
    def channels(self) -> channels.Channels:
        """What carries messages away; connections stay open between batches."""

        def secret(tx: Tx, name: str, place: str) -> str | None:
            found = connections.opened(tx, self.vault, name, self.wall.now(), place=place)
            return next(iter(found), None)

        return channels.Channels(
            self.database,
            way=self.way,
            secret=secret,
            returning=messaging.return_path_secret,
            wall=self.wall,
            address=self.settings.public_url or "",
        )

    def try_channel(
        self,
        actor: access.Actor,
        key: str,
        *,
        provider: str = "",
        address: str,
        said: Said | None = None,
    ) -> Trial:
        """Send a test by a channel, with the headers that letters of campaigns carry."""
        now = self.wall.now()
        with self.database.transaction() as tx:
            at, base = self.now(tx), self.settings.address
            page = preferences.preview_link(tx, 0, base, now=now, language="en").partition("?")[0]
        return channels.send_test(
            self.channels,
            self.database,
            actor,
            key,
            provider=provider,
            address=address,
            headers={
                "List-Unsubscribe": f"<{page}/unsubscribe>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
            at=at,
            now=now,
            said=said,
        )

    def _forget_channels(self, tx: Tx, at: datetime) -> None:
        channels.forget_cards(tx, at)
        channels.forget_old(tx, self.wall.now())

    @cached_property
    def sender(self) -> messaging.Sender:
        own = self.settings.address
        letters = responses.letters(preferences.letters(own, self.wall.now), responses.address_of(own))
        finish = responses.finish(responses.address_of(own), own)
        return messaging.Sender(
            channel_of=self.channels.channel_of,
            variables=loyalty.standings,
            letters=letters,
            finish=finish,
            allowance=self._may_leave,
            fetch=templates.Fetcher(self.way),
        )

    def _may_leave(self, tx: Tx, channel: str, at: datetime) -> messaging.Share | None:
        """What a warm-up plan leaves of today."""
        return deliverability.share(tx, channel, at, self.zone)

    @cached_property
    def domain_checker(self) -> deliverability.Checker:
        """Asks the name servers for what stands behind sending domains."""
        servers = deliverability.servers_of(listed(self.settings.name_servers))
        return deliverability.Checker(
            database=self.database,
            wall=self.wall,
            asker=lambda: deliverability.Asker(servers),
            public_host=urlsplit(self.settings.public_url or "").hostname or "",
        )

    @cached_property
    def poller(self) -> deliverability.Poller:
        """Looks into the mailboxes that bounces come back to."""

        def password(tx: Tx, key: str, body: deliverability.Mailbox) -> str | None:
            name, now = deliverability.secret_of_mailbox(key), self.wall.now()
            return next(iter(connections.opened(tx, self.vault, name, now, place=body.place)), None)

        ports = frozenset(deliverability.MAIL_PORTS)
        return deliverability.Poller(
            database=self.database,
            password=password,
            connect=lambda host, port: self.way.address_of(host, port, ports=ports),
            wall=self.wall,
            business=self.now,
        )

    def tend_deliverability(self) -> bool:
        """Look into mailboxes, check domains, and stop what must not go on; whether anything was done."""
        with self.database.transaction() as tx:
            demonstration = log.clock(tx).stands_at is not None
        # In a demonstration nothing is asked of other machines.
        looked = [] if demonstration else [*self.poller.look_around()]
        with self.database.transaction() as tx:
            stopped = deliverability.watch_all(tx, self.now(tx))
        checked = [] if demonstration else [*self.domain_checker.look_around()]
        return bool([*looked, *stopped, *checked])

    def send(self, at: datetime) -> int:
        """Move every message that waits, of campaigns and of forms; gives how many moved."""
        address = self.settings.address
        asked = forms.carry_on(self.database, self.sender, address=address, at=at)
        asked += preferences.carry_on(self.database, self.sender, address=address, at=at, now=self.wall.now())
        asked += self.send_single(at)
        return asked + campaigns.carry_on(self.database, self.sender, at=at)

    def send_single(self, at: datetime) -> int:
        """Move the messages that applications handed over one by one; gives how many moved."""
        return campaigns.carry_on_handed(self.database, self.sender, at=at)

    def now(self, tx: Tx) -> datetime:
        """The business instant: the wall clock's, or where the workspace's clock stands."""
        return log.clock(tx).now(self.wall.now())

    def catch_up(self, at: datetime) -> None:
        """Let the sequencer and all readers take everything that is there, whoever else helps."""
        ends = monotonic() + SETTLE_S
        while True:
            log.catch_up(self.database, self.sequencer, self.runners, at)
            with self.database.transaction() as tx:
                if log.is_settled(tx) or monotonic() > ends:
                    return
            sleep(0.01)  # Another process holds the next step.

    def advance(self, to: datetime, say: Callable[[datetime], None] = lambda _: None) -> list[str]:
        """Move a standing clock forward; what falls due on the way happens at its time.

        Gives the names of the timers that ran; `say` hears each instant at which something was due.
        """
        ran: list[str] = []
        due: datetime | None = None
        with self.database.transaction() as tx:
            now = self.now(tx)
        jobs.prepare(self.database, self.timers, now)
        while (following := self._next_due(to)) is not None and following <= to:
            due = following
            ran += self._step(due)
            say(due)
        if due != to:
            self.tend_loyalty(to)
            self._step(to)
        return ran

    def keep_segments(self, at: datetime) -> bool:
        """Ask again those whose time has come, then everybody where that was put off; whether any was."""
        woken = self.wake_segments(at)
        return self.ask_everybody(at) or woken

    def wake_segments(self, at: datetime) -> bool:
        """Ask again those whose time has come; whether there were any."""
        return bool(segments.wake_due(self.database, at))

    def ask_everybody(self, at: datetime) -> bool:
        """Ask everybody where that was put off, which takes minutes on a long log; whether it was."""
        return segments.ask_put_off(self.database, self.lake, at)

    def tend_loyalty(self, at: datetime) -> int:
        """What falls due at any hour, and not only at night; gives how much that was."""
        hourly = [job.run for job in loyalty.DUE if job.every < timedelta(days=1)]
        with self.database.transaction() as tx:
            return sum(run(tx, at) for run in (*hourly, checkout.expire_sessions, rewards.lapse_due))

    def run_due(self, at: datetime) -> list[str]:
        """Run the timers that fell due; gives their names."""
        with self._steps, jobs.alone(self.database, wait=False) as free:
            return jobs.run_due(self.database, self.timers, at) if free else []

    def _next_due(self, to: datetime) -> datetime | None:
        """The next instant at which something falls due; raises TimerFailed rather than leave one behind."""
        known = {timer.name for timer in self.timers}
        with self.database.transaction() as tx:
            waiting = sorted((t for t in jobs.timers(tx) if t.name in known), key=lambda t: t.due_at)
        for timer in waiting:
            if timer.resting and timer.due_at <= to:
                said = (timer.error or "").splitlines() or ["no reason was kept"]
                raise TimerFailed(
                    f"The clock stands at {timer.due_at:%Y-%m-%d %H:%M} UTC, where {timer.name} fell due and "
                    f"failed ({said[0]}). Mend the cause, and advance again in a minute."
                )
        return waiting[0].due_at if waiting else None

    def _step(self, at: datetime) -> list[str]:
        with self._steps, jobs.alone(self.database):
            with self.database.transaction() as tx:
                stands_at = log.clock(tx).stands_at
                if stands_at is None or stands_at < at:  # Another process may have gone further meanwhile.
                    log.stand(tx, at)
            self.catch_up(at)
            if self.keep_segments(at):
                self.catch_up(at)
            ran = jobs.run_due(self.database, self.timers, at)
            moved = self.send(at)
            if ran or moved:
                self.catch_up(at)
            return ran

    def _advance_job(self, _database: Database, args: dict[str, Any], progress: Progress) -> dict[str, Any]:
        """Days count as progress; a job that is taken up again goes on from where the clock stands."""
        to = datetime.fromisoformat(args["to"])
        with self._steps:  # One asked for meanwhile waits, and finds its instant reached.
            return self._advance_telling(to, progress)

    def _advance_telling(self, to: datetime, progress: Progress) -> dict[str, Any]:
        with self.database.transaction() as tx:
            start = self.now(tx)
        days = max(1, (to - start).days)

        def say(at: datetime) -> None:
            progress.update((at - start).days, days, f"It is {local_day(at, self.zone):%A, %-d %B %Y}")

        ran = self.advance(to, say) if to > start else []
        return {"stands_at": max(to, start).isoformat(), "timers": len(ran)}


def _replay_job(database: Database, args: dict[str, Any], progress: Progress) -> dict[str, Any]:
    chosen = log.RejectFilter(source=args["source"], stage=args["stage"], code=args["code"])

    def say(done: int, of: int) -> None:
        progress.update(done, of, "Trying again what was refused", "reject")

    came = events.replay_all(database, chosen, REPLAYS, by=args["by"], say=say)
    return {"replayed": came.replayed, "refused": came.refused}


def assemble(settings: Settings, database: Database) -> App:
    """Wire a workspace whose database is there and as new as the code; raises Conflict when it is not."""
    with database.transaction() as tx:
        check_current(tx)
        return App(settings=settings, database=database, zone=access.zone(tx))
