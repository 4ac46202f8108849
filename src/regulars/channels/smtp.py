"""Mail servers: connections that stay open from batch to batch, several side by side, letters pipelined."""

import ssl
from collections import deque
from functools import cache
from threading import Lock
from time import monotonic

from regulars.channels.body import Smtp
from regulars.channels.channel import Message
from regulars.channels.composing import Composed, Composer
from regulars.channels.conversation import GO_ON, LATER, OK, Conversation, Lost, Reply
from regulars.channels.mailboxes import Unsendable, mailbox
from regulars.channels.work import Down, Work, deferred, failed, in_doubt, sent
from regulars.outgoing import WayOut

REST_S = 20.0  # After so long a server is asked whether it is still there.
AGAIN_S = 300.0  # So long later a letter is tried again that was put off, as by greylisting.
LETTERS_MAX = 500  # Over one connection; many servers end it about there.
STRIKES_MAX = (
    3  # Connections lost in a row without a letter taken, more than one recipient can be the cause of.
)


@cache
def trusted() -> ssl.SSLContext:
    """Certificates are verified; read once, since that takes longer than most letters."""
    return ssl.create_default_context()


class SmtpWay:
    """One mail server; any number of threads may work."""

    def __init__(
        self,
        provider: Smtp,
        composer: Composer,
        password: str | None,
        *,
        way: WayOut,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.name, self.at_once, self.per_second = provider.name, provider.at_once, provider.per_second
        self._provider, self._composer, self._password, self._way = provider, composer, password, way
        self._context = context
        self._resting: deque[Conversation] = deque()
        self._lock = Lock()

    def work(self, work: Work) -> None:
        strikes = 0
        while (message := work.take()) is not None:
            try:
                conversation = self._conversation()
            except Down:
                work.back(message)
                raise
            before = conversation.sent
            try:
                _Hand(conversation, self._composer, work).go(message)
            except Lost as lost:
                strikes = strikes + 1 if conversation.sent == before else 0
                if strikes >= STRIKES_MAX:
                    raise Down(f"{self._provider.host}:{self._provider.port}: {lost}") from lost
                continue  # On another connection it goes on.
            self._rest(conversation)

    def _conversation(self) -> Conversation:
        """One that rests, if it is alive, else a new one; raises Down."""
        while True:
            with self._lock:
                if not self._resting:
                    break
                found = self._resting.pop()
            if monotonic() - found.rested_at < REST_S or found.is_alive():
                return found
        hello = mailbox(self._composer.body.from_address).rpartition("@")[2]
        return Conversation(
            self._provider, self._password, self._way, hello=hello, context=self._context or trusted()
        )

    def _rest(self, conversation: Conversation) -> None:
        if conversation.sent >= LETTERS_MAX:
            conversation.end()
            return
        conversation.rested_at = monotonic()
        with self._lock:
            self._resting.append(conversation)
            extra = self._resting.popleft() if len(self._resting) > self.at_once else None
        if extra:
            extra.end()

    def __del__(self) -> None:
        # A channel that was changed is let go by whoever made it; batches under way keep theirs.
        for one in self._resting:
            one.end()


class _Hand:
    """Hands letters over one conversation; each is settled, or given back when it was certainly not taken."""

    def __init__(self, conversation: Conversation, composer: Composer, work: Work) -> None:
        self._talk, self._composer, self._work = conversation, composer, work

    def go(self, first: Message) -> None:
        letter = self._fit(first) or self._next(wait=True)
        asked = False
        while letter is not None:
            following = None
            if self._wanted(letter, asked=asked):
                following = self._next(wait=False) if self._goes_on() else None
                self._tell(letter, following)
            asked = following is not None and self._talk.pipelines
            letter = following or (self._next(wait=True) if self._goes_on() else None)

    def _goes_on(self) -> bool:
        return self._talk.sent < LETTERS_MAX

    def _wanted(self, letter: Composed, *, asked: bool) -> bool:
        """Whether the server wants the content; else it is settled."""
        try:
            reply = self._talk.asked() if asked else self._talk.ask(letter)
        except Lost as lost:
            # Of a recipient at whose name the server hangs up, the others are none the worse.
            self._work.back(
                letter.message, deferred(letter.message, "deferred", f"Not taken: {lost}.", AGAIN_S)
            )
            raise
        if reply[0] == GO_ON:
            return True
        self._settle(letter, reply)
        return False

    def _tell(self, letter: Composed, following: Composed | None) -> None:
        try:
            self._settle(letter, self._talk.tell(letter, following))
        except Lost as lost:
            if following:
                self._work.back(following.message)
            if lost.sure:
                self._work.settle(deferred(letter.message, "deferred", f"Not taken: {lost}.", AGAIN_S))
            else:
                self._work.settle(in_doubt(letter.message, f"The letter was given over, then {lost}."))
            raise

    def _settle(self, letter: Composed, reply: Reply) -> None:
        code, said = reply
        told = f"{code} {said}"
        if code // 100 == OK:
            self._work.settle(sent(letter.message))
        elif code // 100 == LATER:
            self._work.settle(deferred(letter.message, "deferred", told, AGAIN_S))
        else:
            self._work.settle(failed(letter.message, told))

    def _next(self, *, wait: bool) -> Composed | None:
        """The next letter that fits; what cannot leave is settled on the way."""
        while True:
            message = self._work.take() if wait else self._work.take_now()
            if message is None:
                return None
            letter = self._fit(message)
            if letter is not None:
                return letter

    def _fit(self, message: Message) -> Composed | None:
        try:
            letter = self._composer.compose(message)
            if letter.is_international and not self._talk.international:
                raise Unsendable(
                    "The mail server takes no addresses in other scripts than Latin (no SMTPUTF8)."
                )
            if self._talk.bytes_max and len(letter.data) > self._talk.bytes_max:
                raise Unsendable(f"{len(letter.data):,} bytes; the server takes {self._talk.bytes_max:,}.")
        except Unsendable as why:
            self._work.settle(failed(message, str(why), "unsendable"))
            return None
        return letter
