"""All failed messages of a campaign, tried again at once."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Form
from starlette.responses import Response

from regulars import access, campaigns
from regulars.console.console import pages
from regulars.console.formats import count_of
from regulars.console.visit import Visiting, redirect
from regulars.db import Tx
from regulars.kernel import NotFound

router = pages()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    key: str
    messages: int
    href: str  # Of the log, with them alone.
    may_retry: bool


def failed_of(tx: Tx, actor: access.Actor, key: str) -> Failed | None:
    """None where none failed, or the campaign was stopped for good or never launched."""
    try:
        number = campaigns.retryable(tx, key)
    except NotFound:
        return None
    if not number:
        return None
    return Failed(
        key=key,
        messages=number,
        href=f"/messages?source=campaign:{key}&state=failed",
        may_retry=access.allows(actor, "campaigns.launch").outcome == "yes",
    )


@router.post("/campaigns/{key}/retry")
def retry(visit: Visiting, key: str, why: Annotated[str, Form(max_length=300)] = "") -> Response:
    with visit.app.database.transaction() as tx:
        number = campaigns.retry_all(tx, visit.actor, key, reason=why, at=visit.app.now(tx))
    if not number:
        return redirect(visit, f"/campaigns/{key}", "None of its messages is failed any more.", tone="quiet")
    said = (
        f"{count_of(number, 'message waits', 'messages wait')} again; each is checked anew before it leaves."
    )
    return redirect(visit, f"/campaigns/{key}", said)
