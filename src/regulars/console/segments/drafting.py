"""From customers on a page to a campaign draft, by way of a segment draft."""

from typing import Any

import msgspec

from regulars import campaigns, definitions
from regulars.campaigns import CAMPAIGN, Campaign
from regulars.console.visit import Visit
from regulars.db import Tx
from regulars.definitions import Kind
from regulars.kernel import Conflict
from regulars.segments import SEGMENT, SegmentBody

KEYS_MAX = 100


def both_drafts(tx: Tx, visit: Visit, key: str, body: SegmentBody) -> tuple[str, str]:
    """The key of the campaign draft, and what was done in words; a segment that means the same is taken."""
    at = visit.app.now(tx)
    segment = _same(tx, body)
    words = f"Only the message is missing. It goes to the live segment “{body.name}”."
    if segment is None:
        segment = _free(tx, SEGMENT, key, body)
        kept = definitions.draft(tx, SEGMENT, segment)
        if kept is None:
            plain = msgspec.to_builtins(body)
            definitions.save_draft(tx, visit.actor, SEGMENT, segment, plain, at=at)
        words = (
            f"Two drafts are saved, the campaign and the segment “{body.name}”: publish the segment first."
        )
    campaign = _free(tx, CAMPAIGN, f"to-{segment}"[:60].rstrip("-"), None)
    draft = Campaign(
        title=f"To {body.name}",
        purpose=f"Reach customers in {body.name}.",
        segment=segment,
        template="",
        goal=campaigns.ORDER_COMPLETED,
    )
    definitions.save_draft(tx, visit.actor, CAMPAIGN, campaign, msgspec.to_builtins(draft), at=at)
    return campaign, words


def _same(tx: Tx, body: SegmentBody) -> str | None:
    """A live segment that asks the same."""
    asked = (body.condition, body.approach, body.stage)
    for found in definitions.all_live(tx, SEGMENT):
        if not found.body.list and (found.body.condition, found.body.approach, found.body.stage) == asked:
            return found.key
    return None


def _free(tx: Tx, kind: Kind[Any], key: str, body: object) -> str:
    """The key, or the next one that nobody took; a draft with the same body is taken again."""
    for number in range(1, KEYS_MAX):
        tried = key if number == 1 else f"{key[:56]}-{number}"
        draft, live = definitions.draft(tx, kind, tried), definitions.live(tx, kind, tried)
        if draft is None and live is None:
            return tried
        if draft is not None and body is not None and draft.body == body:
            return tried
    raise Conflict(f"A hundred drafts are called {key!r}; archive some of them first.")
