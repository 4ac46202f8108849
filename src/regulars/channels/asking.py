"""One message as one request: what an answer, or none, says of whether it was taken."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from regulars import __version__
from regulars.channels.channel import Message, Receipt
from regulars.channels.mailboxes import Unsendable
from regulars.channels.work import Down, Work, deferred, failed, in_doubt, sent
from regulars.outgoing import Answer, Line, Refused, Unanswered, Unusable, WayOut

AGAIN_S = 60.0
AGAIN_MAX_S = 3_600.0
ANSWER_BYTES = 65_536
DETAIL_SIGNS = 300
SLOW_DOWN, BUSY, NOT_LET_IN = 429, 503, (401, 403)
BROKEN = 500
# What certainly happened before a word was sent.
NOT_ASKED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request ready to go."""

    url: str
    content: bytes
    headers: Mapping[str, str]
    method: str = "POST"


class HttpWay(ABC):
    """A provider that is asked by HTTP; any number of threads may work."""

    def __init__(
        self, name: str, *, at_once: int, per_second: float | None, timeout_s: int, way: WayOut
    ) -> None:
        self.name, self.at_once, self.per_second = name, at_once, per_second
        self._timeout_s, self._way = timeout_s, way

    @abstractmethod
    def asked(self, message: Message) -> Asked:
        """The request; raises Unsendable for a message that cannot leave, and Down when nothing can."""

    def judged(self, message: Message, answer: Answer) -> Receipt:
        """What an answer means. Whoever says 200 and means no overrides it."""
        return judged(message, answer)

    def work(self, work: Work) -> None:
        with Line(self._way) as line:
            while (message := work.take()) is not None:
                try:
                    work.settle(self._one(line, message))
                except Down:
                    work.back(message)
                    raise

    def _one(self, line: Line, message: Message) -> Receipt:
        try:
            asked = self.asked(message)
        except Unsendable as why:
            return failed(message, str(why), "unsendable")
        try:
            answer = line.request(
                asked.method,
                asked.url,
                headers={"user-agent": f"Regulars/{__version__}", **asked.headers},
                content=asked.content,
                time_s=self._timeout_s,
                bytes_max=ANSWER_BYTES,
                redirects_max=0,
                cut=True,
            )
        except Refused as why:
            raise Down(str(why)) from why
        except Unanswered as why:
            if not_asked(why):
                raise Down(str(why)) from why
            return in_doubt(message, str(why)[:DETAIL_SIGNS])
        return self.judged(message, answer)


def not_asked(why: Unanswered) -> bool:
    """Whether the other side certainly never got a word: it was not reached, or its name is not known."""
    if isinstance(why, Unusable):
        return False
    cause = why.__cause__
    return isinstance(cause, NOT_ASKED) or not isinstance(cause, httpx.HTTPError | httpx.StreamError)


def judged(message: Message, answer: Answer, *, success: tuple[int, ...] = ()) -> Receipt:
    """By the status alone; raises Down for a provider that lets us in no more."""
    told = f"{answer.status} {said(answer)}".strip()
    if answer.status in success or (not success and 200 <= answer.status < 300):  # noqa: PLR2004
        return sent(message)
    if answer.status in (SLOW_DOWN, BUSY):
        return deferred(message, "deferred", told, again_after(answer))
    if answer.status in NOT_LET_IN:
        raise Down(told)
    if answer.status >= BROKEN:
        return in_doubt(message, told)
    return failed(message, told)


def again_after(answer: Answer) -> float:
    given = answer.headers.get("retry-after", "")
    return min(float(given), AGAIN_MAX_S) if given.isdigit() and len(given) < 9 else AGAIN_S  # noqa: PLR2004


def said(answer: Answer) -> str:
    """The first words of an answer."""
    text = answer.content.decode("utf-8", "replace").replace("\x00", "�")
    return " ".join(text.split())[:DETAIL_SIGNS]


def read(answer: Answer) -> Any:
    """An answer as JSON; None when it is none."""
    try:
        return json.loads(answer.content)
    except (ValueError, RecursionError):
        return None
