"""Further looks at a template: a test message, dead links and large pictures, HTML of other systems."""

from dataclasses import dataclass

from regulars import channels, definitions, messaging
from regulars.channels import CHANNEL
from regulars.console.message_templates.showing import judged, rendered_for
from regulars.console.message_templates.typed import Typed
from regulars.console.visit import Visit
from regulars.db import Tx
from regulars.kernel import CallerError
from regulars.templates import Abort, import_html, live_shelf, look_up, parts_written


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a further look says."""

    good: bool
    lines: tuple[str, ...]


def channels_for(tx: Tx, medium: str) -> tuple[tuple[str, str], ...]:
    """The live channels that carry a medium really away."""
    live = definitions.all_live(tx, CHANNEL)
    return tuple((one.key, one.title) for one in live if one.body.medium == medium)


def send_test(visit: Visit, typed: Typed, *, who: str, language: str, channel: str, address: str) -> Told:
    """Send what this customer would read to a colleague's address."""
    with visit.app.database.transaction() as tx:
        body, findings, _ = judged(tx, visit, typed)
        if body is None:
            return Told(good=False, lines=tuple(one.message for one in findings))
        if not messaging.may_test_to(messaging.sending_policy(tx), address):
            told = "The sending policy lists where test messages may go, and this address is not among them."
            return Told(good=False, lines=(told,))
        try:
            made = rendered_for(tx, visit, body, who=who, language=language)
        except Abort as wish:
            return Told(good=False, lines=(f"This person would not get it: {wish}.",))
    try:
        trial = visit.app.try_channel(
            visit.actor,
            channel,
            address=address,
            said=channels.Said(
                subject=made.subject, text=made.text, html=made.html, link=made.link, image=made.image
            ),
        )
    except CallerError as wrong:
        return Told(good=False, lines=(str(wrong),))
    return Told(good=trial.receipt.outcome == "sent", lines=(trial.sentence,))


def look_outside(visit: Visit, typed: Typed) -> Told:
    """Ask every link and picture that is written out whether it is there."""
    with visit.app.database.transaction() as tx:
        body, findings, _ = judged(tx, visit, typed)
        if body is None:
            return Told(good=False, lines=tuple(one.message for one in findings))
        shelf = live_shelf(tx, parts_written(body))
    remarks = look_up(body, visit.app.way, shelf)
    if not remarks:
        return Told(good=True, lines=("Every link and picture that is written out answered.",))
    return Told(good=False, lines=tuple(one.finding().message for one in remarks))


def take_over(html: str) -> tuple[str, Told]:
    """HTML of another system as ours, and what was changed in it."""
    try:
        found = import_html(html)
    except CallerError as wrong:
        return html, Told(good=False, lines=(str(wrong),))
    return found.html, Told(good=True, lines=found.changes or ("It was taken over as it is.",))
