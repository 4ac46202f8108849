"""The body of the kind `sending-policy`: what holds for every message of marketing, set once."""

import re
from typing import Annotated, Literal

import msgspec

from regulars.kernel import Finding
from regulars.messaging.suppression import usable
from regulars.templates import Medium

CAPS_MAX = 10
ADDRESSES_MAX = 50
# What disturbs: of the others, which wait until somebody looks, only what names them counts.
DISTURBING: tuple[Medium, ...] = ("email", "sms", "push")
CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)
CALLED = {
    "email": "e-mail",
    "sms": "text message",
    "push": "push message",
    "inbox": "card",
    "webhook": "webhook",
}

Per = Literal["day", "week", "month", "hours"]


class Cap(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """At most so many messages a person and span."""

    n: Annotated[int, msgspec.Meta(ge=1, le=1000)]
    per: Per = "week"  # A calendar day, week from Monday or month in the customer's zone; or the last hours.
    hours: Annotated[int, msgspec.Meta(ge=0, le=8784)] = 0  # Only with `per: hours`.
    channel: Literal["", "email", "sms", "push", "inbox", "webhook"] = ""  # Empty: any that disturbs.
    topic: str | None = None  # Left out: any; empty: what has no topic.

    def binds(self, medium: str, topic: str) -> bool:
        return self.counts_medium(medium) and (self.topic is None or self.topic == topic)

    def counts_medium(self, medium: str) -> bool:
        return medium == self.channel if self.channel else medium in DISTURBING

    @property
    def span(self) -> str:
        return f"{self.hours} hours" if self.per == "hours" else f"calendar {self.per}"

    @property
    def words(self) -> str:
        """As in "3 messages a calendar week"."""
        what = CALLED[self.channel] if self.channel else "message"
        about = (
            f" about “{self.topic}”"
            if self.topic
            else " about nothing in particular"
            if self.topic == ""
            else ""
        )
        every = f"in {self.hours} hours" if self.per == "hours" else f"a calendar {self.per}"
        return f"{self.n} {what}{'' if self.n == 1 else 's'}{about} {every}"


class QuietHours(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When nothing is to arrive, by the customer's clock; it may go past midnight."""

    starts: str  # As in 21:00.
    ends: str
    then: Literal["hold", "skip"] = "hold"  # Sent when they end, or not at all.
    channels: tuple[Medium, ...] = ()  # Left out: all that disturb.

    def binds(self, medium: str) -> bool:
        return medium in (self.channels or DISTURBING)


class SendingPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    title: str
    caps: tuple[Cap, ...] = ()  # All of them hold.
    quiet_hours: tuple[QuietHours, ...] = ()
    # Of several messages within so many hours only the one of the highest priority goes; 0: all of them go.
    competing_hours: Annotated[int, msgspec.Meta(ge=0, le=720)] = 0
    # What is to arrive at an hour by the customer's clock, of those whose hour has passed today.
    past_hour: Literal["now", "tomorrow"] = "tomorrow"
    # Who hears nothing of marketing, so that what all of it changes can be known.
    holdout_percent: Annotated[float, msgspec.Meta(ge=0, le=20)] = 0.0
    holdout_salt: str = "global-holdout"  # Another salt draws other people.
    test_addresses: tuple[str, ...] = ()  # Where test messages may go; left out: wherever a colleague says.

    @property
    def holdout_share(self) -> int:
        return round(self.holdout_percent * 100)


NO_POLICY = SendingPolicy(title="No limits")
STARTING_POLICY = SendingPolicy(
    title="How often, and when",
    caps=(Cap(n=1, per="day"), Cap(n=3, per="week"), Cap(n=1, per="week", channel="sms")),
    quiet_hours=(QuietHours(starts="21:00", ends="08:00"),),
)


def sentence(body: SendingPolicy) -> str:
    said = [f"at most {_listed([cap.words for cap in body.caps])}"] if body.caps else []
    said += [_quiet_words(quiet) for quiet in body.quiet_hours]
    if body.competing_hours:
        said.append(f"of several within {body.competing_hours} hours only the one of the highest priority")
    if body.holdout_share:
        said.append(f"{body.holdout_percent:g}% of all customers hear nothing, for comparison")
    if not said:
        return "Marketing may go to everybody at any hour, as often as it likes."
    return f"Marketing to one customer: {'; '.join(said)}. What somebody ordered or asked for is exempt."


def _quiet_words(quiet: QuietHours) -> str:
    which = f" by {_listed([CALLED[one] for one in quiet.channels])}" if quiet.channels else ""
    then = f"it waits until {quiet.ends}" if quiet.then == "hold" else "it is not sent"
    return f"nothing{which} from {quiet.starts} to {quiet.ends} by their clock ({then})"


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def findings(body: SendingPolicy) -> list[Finding]:
    """What keeps it from being published: each at its place."""
    found = [] if body.title.strip() else [_finding("title", "Give the policy a title.")]
    if len(body.caps) > CAPS_MAX:
        found.append(
            _finding("caps", f"There are {len(body.caps)} caps; at most {CAPS_MAX} can hold together.")
        )
    for place, cap in enumerate(body.caps):
        found += _cap_findings(cap, f"caps.{place}")
    for place, quiet in enumerate(body.quiet_hours):
        found += _quiet_findings(quiet, f"quiet_hours.{place}")
    if len(set(body.caps)) < len(body.caps):
        found.append(_finding("caps", "Two caps say the same; leave one of them out."))
    if not body.holdout_salt.strip():
        found.append(
            _finding("holdout_salt", "Give the draw a name, such as “global-holdout”; another draws anew.")
        )
    if len(body.test_addresses) > ADDRESSES_MAX:
        told = f"There are {len(body.test_addresses)} test addresses; at most {ADDRESSES_MAX} are kept."
        found.append(_finding("test_addresses", told))
    for place, address in enumerate(body.test_addresses):
        if not usable(address):
            told = f"{address[:60]!r} is no address; write one as ada@example.com."
            found.append(_finding(f"test_addresses.{place}", told))
    return found


def _cap_findings(cap: Cap, path: str) -> list[Finding]:
    if cap.per == "hours" and not cap.hours:
        return [_finding(f"{path}.hours", "Say how many hours the span has, as 24.")]
    if cap.per != "hours" and cap.hours:
        return [
            _finding(
                f"{path}.hours", f"A calendar {cap.per} has no number of hours; leave it 0 or count by hours."
            )
        ]
    return []


def _quiet_findings(quiet: QuietHours, path: str) -> list[Finding]:
    found = [
        _finding(f"{path}.{name}", f"{said[:20]!r} is no time of day; write it as 21:00.")
        for name, said in (("starts", quiet.starts), ("ends", quiet.ends))
        if not CLOCK.fullmatch(said)
    ]
    if not found and quiet.starts == quiet.ends:
        found.append(_finding(path, "They end when they start, so nothing would be quiet, or everything."))
    return found


def _finding(path: str, message: str) -> Finding:
    return Finding(path=path, code="messaging.policy", message=message)
