"""The final sheet in words, for who decides whether it is launched."""

from datetime import datetime

from regulars.campaigns.model import Campaign, days, salt_of, sentence, whom
from regulars.campaigns.sheet import Sheet, sheet
from regulars.customers import consent_policy
from regulars.db import Tx
from regulars.definitions import Definition, Preview
from regulars.messaging import REASONS, consent_words

LATER = {
    "quiet_hours": "Get it after their quiet hours",
    "local_time": "Get it at their own hour",
    "outranked": "Get it after a message that goes first",
}


def preview(tx: Tx, definition: Definition[Campaign], at: datetime) -> Preview:
    """Say who would get it, who is held out and who cannot be reached; the arms are those it would have."""
    found = sheet(tx, definition, at, salt=salt_of(definition.key, definition.version))
    return preview_of(tx, definition.body, found, at)


def preview_of(tx: Tx, body: Campaign, found: Sheet, at: datetime) -> Preview:
    """The same of a sheet that is there already."""
    return Preview(
        headline=sentence(body),
        facts=tuple(facts(tx, body, found)),
        warnings=tuple(warnings(body, found, late=body.send_at is not None and body.send_at <= at)),
        reversible=body.channel == "recording",
    )


def facts(tx: Tx, body: Campaign, found: Sheet) -> list[tuple[str, str]]:
    return [
        ("Audience", f"{_people(found.audience)}, {whom(body)}, who have not had this campaign"),
        ("Get it", _people(found.get_it)),
        *(
            (LATER.get(reason, f"Wait: {REASONS.get(reason, reason)}"), f"{many:,} of them")
            for reason, many in found.later.items()
        ),
        ("Held out", f"{_people(found.held_out)} ({body.held_out_percent:g}%), for comparison"),
        *([("Held out of everything", _people(found.elsewhere))] if found.elsewhere else []),
        *(
            (f"Skipped: {REASONS.get(reason, reason)}", _people(many))
            for reason, many in found.skipped.items()
        ),
        ("Asked of consent", consent_words(consent_policy(tx), found.subject)),
        ("Can be found", finds(body, found)),
        ("The holdout costs", costs(found)),
        ("Counted", f"who does “{body.goal}” within {days(body.window_days)}, both arms alike"),
        ("Cost", price(body, found)),
    ]


def _people(many: int) -> str:
    return f"{many:,} {'person' if many == 1 else 'people'}"


def finds(body: Campaign, found: Sheet) -> str:
    if found.detectable is None:
        return "no difference, however large, with arms of this size"
    anyway = f"if {body.expected_percent:g}% would do it anyway"
    return f"a rise of {found.detectable * 100:.1f} points or more, 8 times in 10, {anyway}"


def costs(found: Sheet) -> str:
    """What holding people out gives up, reckoned by the smallest effect that can be found."""
    if not found.held_out:
        return "nothing: nobody is held out"
    if found.given_up is None:
        return "what the message would have done to them; it is too few people to be found"
    many = round(found.given_up)
    if many == 0:
        return "less than one of them doing it, if the message works just well enough to be found"
    return f"about {many:,} of them doing it, if the message works just well enough to be found"


def price(body: Campaign, found: Sheet) -> str:
    if body.channel == "recording":
        return "nothing: the recording channel sends nothing"
    if found.cost is None:
        return "as the provider of the channel charges; no price is declared there"
    return f"about {found.cost:,.2f} in the provider’s currency, at {found.price} a message"


def warnings(body: Campaign, found: Sheet, *, late: bool) -> list[str]:
    said = []
    if found.audience == 0:
        said.append("Nobody is in the audience, so nothing would be sent.")
    elif found.get_it == 0:
        said.append("Nobody may be written to: every person is held out or skipped, with the reasons above.")
    if body.held_out_share == 0:
        said.append("Nobody is held out, so what it changed will never be known.")
    if late:
        said.append("The moment it was planned for has passed; it would be sent at once.")
    if found.subject.purpose == "transactional":
        said.append(f"“{body.template}” is transactional, so opt-outs do not keep it from anybody.")
    elif not body.capped:
        said.append("Frequency caps do not bind it: people may hear from you more often than you set.")
    said += [
        f"“{one.key}” writes to {one.people:,} of the same people"
        + (" and still counts what they do." if one.state == "sent" else ".")
        for one in found.conflicts
    ]
    return said
