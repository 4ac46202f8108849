"""Checks sending domains: daily by the wall clock, and when somebody asks."""

from collections.abc import Callable
from dataclasses import dataclass, field

from regulars.db import Database
from regulars.deliverability.asking import Asker
from regulars.deliverability.checking import ask_domain, due_domains, keep_findings, known_of
from regulars.deliverability.domains import SendingDomain, sending_domains
from regulars.kernel import Clock, NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Checker:
    """Asks outside any transaction; two at once keep what the later one found."""

    database: Database
    wall: Clock
    asker: Callable[[], Asker] = field(default=Asker)
    public_host: str = ""

    def look_around(self) -> list[str]:
        """Check the domains that were not asked for a day; gives their channels."""
        with self.database.transaction() as tx:
            due = due_domains(tx, sending_domains(tx), self.wall.now())
        for one in due:
            self._check(one)
        return [one.channel for one in due]

    def check(self, channel: str) -> None:
        """Check the domain of one channel now."""
        with self.database.transaction() as tx:
            found = next((one for one in sending_domains(tx) if one.channel == channel), None)
        if found is None:
            raise NotFound(f"No channel {channel[:80]!r} sends e-mail from an address of its own.")
        self._check(found)

    def _check(self, sending: SendingDomain) -> None:
        with self.database.transaction() as tx:
            known = known_of(tx, sending, self.public_host)
        found = ask_domain(self.asker(), sending, known)
        with self.database.transaction() as tx:
            keep_findings(tx, sending.channel, found, self.wall.now())
