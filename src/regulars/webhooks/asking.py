"""One request: signed with every secret that counts, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic

from standardwebhooks.webhooks import Webhook

from regulars import __version__
from regulars.outgoing import Line, Refused, Unanswered
from regulars.webhooks.body import WebhookBody
from regulars.webhooks.retrying import rest_until

ANSWER_BYTES = 1_024
REASON_SIGNS = 300
GONE = 410
SLOW_DOWN = frozenset({429, 503})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    started_at: datetime
    duration_ms: int
    status: int | None  # None without an answer.
    answer: str  # Its first signs.
    reason: str  # Why it did not succeed.
    rest_until: datetime | None = None  # It asked for a pause.

    @property
    def delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - as the standard says

    @property
    def gone(self) -> bool:
        return self.status == GONE


def headers_of(
    body: WebhookBody, secrets: Sequence[str], message_id: str, text: str, at: datetime
) -> dict[str, str]:
    """During a rotation both secrets sign, so that either side may change first."""
    signed = " ".join(Webhook(secret).sign(message_id, at, text) for secret in secrets)
    return {
        **{name.lower(): value for name, value in body.headers.items()},
        "content-type": "application/json",
        "user-agent": f"Regulars/{__version__} webhooks",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signed,
    }


def ask(
    line: Line, body: WebhookBody, secrets: Sequence[str], message_id: str, text: str, now: datetime
) -> Outcome:
    """Post it once. Redirects are not followed, and of a long answer only the beginning is read."""
    began, at = monotonic(), now.astimezone(UTC)
    status, answer, reason, rest = None, "", "", None
    try:
        came = line.request(
            "POST",
            body.url,
            headers=headers_of(body, secrets, message_id, text, at),
            content=text.encode(),
            time_s=body.timeout_s,
            bytes_max=ANSWER_BYTES,
            redirects_max=0,
            cut=True,
        )
    except (Refused, Unanswered) as fault:
        reason = str(fault).replace("\x00", "")[:REASON_SIGNS]
    else:
        status, answer = came.status, came.content.decode(errors="replace").replace("\x00", "�")
        reason = _reason(status, came.headers.get("location"))
        if status in SLOW_DOWN:
            rest = rest_until(came.headers.get("retry-after"), now)
    return Outcome(
        started_at=at,
        duration_ms=int((monotonic() - began) * 1_000),
        status=status,
        answer=answer,
        reason=reason,
        rest_until=rest,
    )


def _reason(status: int, location: str | None) -> str:
    if 200 <= status < 300:  # noqa: PLR2004
        return ""
    if 300 <= status < 400:  # noqa: PLR2004
        leads = f" to {location.split('?')[0][:200]}" if location else ""
        return f"It answered {status}, a redirect{leads}; redirects are not followed. Set the new address."
    if status == GONE:
        return "It answered 410: it wants nothing any more."
    return f"It answered {status}."
