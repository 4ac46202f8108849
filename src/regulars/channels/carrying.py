"""Carrying a batch: at its pace, side by side, by the first provider that works; a receipt for each message.

Only what was certainly not taken goes to the next provider. No transaction is open while one is asked.
"""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Protocol

from regulars.channels.body import ChannelBody
from regulars.channels.channel import Message, Receipt
from regulars.channels.standing import HOLD_S, Health, health, note, places, tally
from regulars.channels.striking import Strike, struck_out
from regulars.channels.work import Down, Due, Work, deferred
from regulars.db import Database, Tx
from regulars.kernel import Clock

BATCH_S = 120.0  # So long a batch takes at most, well within the lease of its rows.
DOWN_S = 60.0  # So long is waited when no provider can be asked.
LOGGER = logging.getLogger("regulars.channels")


class Way(Protocol):
    """One provider, ready to be asked by several threads."""

    name: str
    at_once: int
    per_second: float | None

    def work(self, work: Work) -> None:
        """Hand over until nothing is left; raises Down with everything unanswered given back."""


class Carrier:
    """A channel whose messages leave the machine; any thread may use it."""

    atomic = False

    def __init__(
        self,
        key: str,
        body: ChannelBody,
        ways: Sequence[Way],
        strike: Strike,
        *,
        database: Database,
        wall: Clock,
    ) -> None:
        self.name, self._strike = key, strike
        self.medium: str = body.medium
        self._body, self._ways, self._database, self._wall = body, ways, database, wall

    def deliver(self, tx: Tx | None, messages: Sequence[Message]) -> Sequence[Receipt]:
        """Hand them over; a provider's trouble is a receipt and never an error."""
        if tx is not None:
            raise ValueError("What leaves the machine waits for others; give it no transaction.")
        ends = monotonic() + BATCH_S
        with self._database.transaction() as own:
            standing = health(own, self.name)
            due, receipts = self._paced(own, messages)
        reason, detail = "provider_down", "No provider could be asked."
        for way in self._ways:
            stands = standing.get(way.name)
            if not due or (stands and stands.is_open(self._wall.now())):
                continue
            due, settled, why = self._ask(way, due, ends, stands)
            receipts += settled
            reason, detail = ("provider_down", why) if why else ("rate", "Its turn did not come in time.")
            if not why:
                break
        receipts += [deferred(message, reason, detail, DOWN_S) for _, message in due]
        with self._database.transaction() as own:
            by_id = {message.send_id: message for message in messages}
            tally(own, self.name, by_id, receipts, now=self._wall.now())
        return receipts

    def try_one(self, provider: str, message: Message) -> Receipt:
        """One test by one provider, whether it is left alone or not; counted in its health."""
        way = next(one for one in self._ways if one.name == provider)
        left, settled, why = self._ask(way, [(0.0, message)], monotonic() + BATCH_S, None)
        return settled[0] if not left else deferred(message, "provider_down", why, DOWN_S)

    def _ask(
        self, way: Way, due: Sequence[Due], ends: float, stands: Health | None
    ) -> tuple[list[Due], list[Receipt], str]:
        """What is left, what came of the others, and why the provider could not be asked for the rest."""
        rest: list[Due] = []
        if stands and stands.is_on_trial:
            due, rest = due[:1], list(due[1:])
        with self._database.transaction() as tx:
            due, late = _at_rate(tx, self.name, f"provider/{way.name}", way.per_second, due)
        work = Work(due, ends=ends)
        downs = [self._strike(why) for why in _together(way, work, min(way.at_once, len(due)))]
        receipts = struck_out(work.receipts.values(), self._strike)
        with self._database.transaction() as tx:
            note(tx, self.name, way.name, receipts, downs=downs, now=self._wall.now())
        left, why = work.left, downs[0] if downs else ""
        if rest and not left and not late:
            more, further, why = self._ask(way, rest, ends, None)
            return more, receipts + further, why
        return left + rest, receipts + late, why if left else ""

    def _paced(self, tx: Tx, messages: Sequence[Message]) -> tuple[list[Due], list[Receipt]]:
        """Each message with its moment by domain and over all; those whose turn is later are deferred."""
        now, receipts = monotonic(), list[Receipt]()
        by_scope: dict[str, list[Due]] = {}
        for message in messages:
            scope = self._scope(message.address)
            by_scope.setdefault(scope, []).append((now, message))
        due: list[Due] = []
        for scope in sorted(by_scope):
            domain = scope.removeprefix("domain/")
            rate = self._body.domains.get(domain, self._body.domains.get("*")) if scope else None
            some, late = _at_rate(tx, self.name, scope, rate, by_scope[scope])
            due += some
            receipts += late
        due, late = _at_rate(tx, self.name, "", self._body.per_second, due)
        return due, receipts + late

    def _scope(self, address: str) -> str:
        """Only domains with a rate have a row of their own."""
        if not self._body.domains:
            return ""
        domain = address.rpartition("@")[2].lower()
        return f"domain/{domain}" if domain in self._body.domains or "*" in self._body.domains else ""


def _at_rate(
    tx: Tx, key: str, scope: str, rate: float | None, due: Sequence[Due]
) -> tuple[list[Due], list[Receipt]]:
    if rate is None or not due:
        return list(due), []
    got, now = places(tx, key, scope, rate, len(due)), monotonic()
    moved = [
        (max(at, now + got.wait_s + number / rate), message)
        for number, (at, message) in enumerate(due[: got.places])
    ]
    told = f"At most {rate:g} a second" + (f" for {scope.partition('/')[2]}." if scope else ".")
    late = [
        deferred(message, "rate", told, HOLD_S + number / rate)
        for number, (_, message) in enumerate(due[got.places :])
    ]
    return moved, late


def _together(way: Way, work: Work, threads: int) -> list[str]:
    """Work side by side until nothing is left; gives why connections could not be had, one for each."""
    downs: list[str] = []

    def one() -> None:
        try:
            way.work(work)
        except Down as down:
            downs.append(str(down))
        except Exception as error:
            LOGGER.exception("The provider %s stopped", way.name)
            downs.append(f"{type(error).__name__}: {error}")

    if threads <= 1:
        one()
        return downs
    with ThreadPoolExecutor(threads, f"channel-{way.name}") as pool:
        for _ in range(threads):
            pool.submit(one)
    return downs
