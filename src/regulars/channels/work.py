"""What one batch asks of one provider: messages, each with its moment, shared by several threads."""

from collections import deque
from collections.abc import Sequence
from threading import Condition
from time import monotonic

from regulars.channels.channel import Message, Receipt

Due = tuple[float, Message]  # By the monotonic clock.


class Down(Exception):
    """A provider cannot be asked now: what was not answered was certainly not taken."""


class Work:
    """Nobody takes a message before its moment, and after the end nobody takes any."""

    def __init__(self, due: Sequence[Due], *, ends: float) -> None:
        self._waiting = deque(sorted(due, key=lambda one: one[0]))
        self._ends = ends
        self._changed = Condition()
        self._backs: set[int] = set()
        self.receipts: dict[int, Receipt] = {}

    def take(self) -> Message | None:
        """The next message, waited for; None when there is none for this batch any more."""
        with self._changed:
            while self._waiting:
                now = monotonic()
                at = self._waiting[0][0]
                if now >= self._ends or at >= self._ends:
                    return None
                if at <= now:
                    return self._waiting.popleft()[1]
                self._changed.wait(at - now)
            return None

    def take_now(self) -> Message | None:
        """The next message if its moment has come."""
        with self._changed:
            now = monotonic()
            if self._waiting and self._waiting[0][0] <= now < self._ends:
                return self._waiting.popleft()[1]
            return None

    def back(self, message: Message, otherwise: Receipt | None = None) -> None:
        """It was certainly not taken; somebody else may have it, but with `otherwise` only once more."""
        with self._changed:
            if otherwise and message.send_id in self._backs:
                self.receipts[message.send_id] = otherwise
                return
            if otherwise:
                self._backs.add(message.send_id)
            self._waiting.appendleft((0.0, message))
            self._changed.notify()

    def settle(self, receipt: Receipt) -> None:
        with self._changed:
            self.receipts[receipt.send_id] = receipt

    @property
    def left(self) -> list[Due]:
        with self._changed:
            return list(self._waiting)


def deferred(message: Message, reason: str, detail: str | None, after_s: float) -> Receipt:
    return Receipt(
        send_id=message.send_id, outcome="deferred", reason=reason, detail=detail, retry_after_s=after_s
    )


def failed(message: Message, detail: str, reason: str = "refused") -> Receipt:
    return Receipt(send_id=message.send_id, outcome="failed", reason=reason, detail=detail)


def in_doubt(message: Message, detail: str) -> Receipt:
    return Receipt(send_id=message.send_id, outcome="in_doubt", reason="no_answer", detail=detail)


def sent(message: Message) -> Receipt:
    return Receipt(send_id=message.send_id, outcome="sent")
