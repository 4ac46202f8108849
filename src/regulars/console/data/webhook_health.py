"""How a webhook does, hour by hour: the bars of its health picture and the figures beside."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from regulars.console.formats import count_of
from regulars.console.parts import Figure, Tone
from regulars.webhooks import Endpoint, Hour, OpenCount, WebhookBody

HOURS = 48
BAR, STEP, HEIGHT = 8.0, 10.0, 80.0
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One hour, in units of the picture; what arrived stands below what did not."""

    hour: datetime
    delivered: int
    failed: int
    x: float
    delivered_y: float
    delivered_height: float
    failed_y: float
    failed_height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    bars: tuple[Bar, ...]
    delivered: int
    failed: int
    most: int  # In one hour.
    mean_ms: int | None

    @property
    def seen(self) -> tuple[Bar, ...]:
        """The hours in which something was sent, the latest first: the table."""
        return tuple(bar for bar in reversed(self.bars) if bar.delivered or bar.failed)


def health_of(hours: Iterable[Hour], now: datetime) -> Health:
    """Of the last 48 hours, those without a request included."""
    known = {one.hour: one for one in hours}
    first = now.replace(minute=0, second=0, microsecond=0) - (HOURS - 1) * HOUR
    counts = []
    for number in range(HOURS):
        one = known.get(first + number * HOUR)
        counts.append((one.delivered, one.failed, one.busy_ms) if one else (0, 0, 0))
    most = max(delivered + failed for delivered, failed, _ in counts)
    delivered, failed = sum(one[0] for one in counts), sum(one[1] for one in counts)
    bars = tuple(
        _bar(first + number * HOUR, number, good, bad, most) for number, (good, bad, _) in enumerate(counts)
    )
    total = delivered + failed
    mean = round(sum(one[2] for one in counts) / total) if total else None
    return Health(bars=bars, delivered=delivered, failed=failed, most=most, mean_ms=mean)


def _bar(hour: datetime, number: int, delivered: int, failed: int, most: int) -> Bar:
    scale = HEIGHT / most if most else 0.0
    good, bad = round(delivered * scale, 1), round(failed * scale, 1)
    return Bar(
        hour=hour,
        delivered=delivered,
        failed=failed,
        x=number * STEP,
        delivered_y=round(HEIGHT - good, 1),
        delivered_height=good,
        failed_y=round(HEIGHT - good - bad, 1),
        failed_height=bad,
    )


def figures_of(health: Health, count: OpenCount | None, href: str) -> tuple[Figure, ...]:
    waiting, failed = (count.waiting, count.failed) if count else (0, 0)
    mean = f"{health.mean_ms:,} ms" if health.mean_ms is not None else "not known"
    return (
        Figure(label="Arrived", value=f"{health.delivered:,}", note="in 48 hours"),
        Figure(label="Attempts that did not", value=f"{health.failed:,}", note="in 48 hours"),
        Figure(label="Answers take", value=mean, note="on average in 48 hours"),
        Figure(label="Waiting", value=f"{waiting:,}", note="to be sent or tried again"),
        Figure(
            label="Failed for good",
            value=f"{failed:,}",
            note="kept; send them again when it works",
            href=f"{href}?state=failed" if failed else "",
        ),
    )


def standing_of(body: WebhookBody, *, live: bool, stands: Endpoint | None) -> tuple[str, Tone]:
    """The state in a word."""
    if not live:
        return "Draft", "quiet"
    if stands is not None and stands.state != "active":
        words: dict[str, tuple[str, Tone]] = {
            "paused": ("Paused", "waiting"),
            "failing": ("Stopped: fails for days", "bad"),
            "gone": ("Stopped: gone", "bad"),
        }
        return words[stands.state]
    if body.paused:
        return "Paused", "waiting"
    if stands is not None and stands.problem:
        return "Cannot send", "bad"
    if stands is not None and stands.failing_since is not None:
        return "Live, failing", "bad"
    return "Live", "live"


def spoken(count: int) -> str:
    """As in "3 deliveries"."""
    return count_of(count, "delivery", "deliveries")
