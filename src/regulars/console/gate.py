"""The way in: sessions, the first person and invitations, over the rooms' facades."""

from dataclasses import dataclass
from datetime import datetime

from regulars import access, log
from regulars.app import App
from regulars.console.frame import ClockFace, Door, Face, Visitor
from regulars.db import Tx

# What one must be allowed to look at for an area to stand in the frame; others stand in everybody's.
SEEN_BY = {
    "customers": "customers.view",
    "data": "sources.view",
    "segments": "definitions.view",
    "campaigns": "definitions.view",
    "loyalty": "loyalty.view",
    "experiments": "figures.view",
    "insights": "figures.view",
    "privacy": "privacy.view",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessGate:
    app: App

    @property
    def workspace(self) -> str:
        return self.app.settings.workspace

    def visitor(self, token: str) -> Visitor | None:
        """One transaction for all that the frame shows."""
        with self.app.database.transaction() as tx:
            try:
                session = access.session(tx, token, self.app.wall.now())
            except access.NoSession:
                return None
            return self._visitor(tx, session)

    def _visitor(self, tx: Tx, session: access.Session) -> Visitor:
        clock, actor = log.clock(tx), session.actor
        now = clock.now(self.app.wall.now())
        return Visitor(
            actor=actor,
            csrf=session.csrf,
            session=session,
            face=Face(
                name=actor.name,
                level=access.level_words(actor.level),
                function=access.function_words(actor.function),
                zone=self.app.zone,
            ),
            clock=ClockFace(
                now=now,
                standing=clock.mode == "standing",
                may_advance=access.allows(actor, "clock.advance").outcome == "yes",
            ),
            waiting=len(access.pending_for(tx, actor, now)),
        )

    def may_see(self, actor: access.Actor, area: str) -> bool:
        action = SEEN_BY.get(area)
        return action is None or access.allows(actor, action).outcome == "yes"

    def needs_first_person(self) -> bool:
        with self.app.database.transaction() as tx:
            return not access.is_set_up(tx)

    def set_up(self, door: Door, *, code: str, name: str, email: str, password: str, solo: bool) -> str:
        return access.set_up(
            self.app.database,
            code=code,
            email=email,
            name=name,
            password=password,
            solo=solo,
            address=door.address,
            agent=door.agent,
            at=self._at(),
            now=self.app.wall.now(),
        ).token

    def sign_in(self, door: Door, *, email: str, password: str) -> str:
        return access.sign_in(
            self.app.database,
            email=email,
            password=password,
            address=door.address,
            agent=door.agent,
            at=self._at(),
            now=self.app.wall.now(),
        ).token

    def invited(self, token: str) -> str:
        with self.app.database.transaction() as tx:
            return access.invited(tx, token, self.app.wall.now()).name

    def accept(self, door: Door, *, token: str, password: str) -> str:
        return access.accept_invitation(
            self.app.database,
            token=token,
            password=password,
            address=door.address,
            agent=door.agent,
            at=self._at(),
            now=self.app.wall.now(),
        ).token

    def sign_out(self, token: str) -> None:
        now = self.app.wall.now()
        with self.app.database.transaction() as tx:
            try:
                session = access.session(tx, token, now)
            except access.NoSession:
                return
            access.end_session(tx, session.actor, session.session_id, at=self.app.now(tx), now=now)

    def _at(self) -> datetime:
        with self.app.database.transaction() as tx:
            return self.app.now(tx)
