"""What the builder of programmes offers besides what segments offer."""

from collections.abc import Iterable
from zoneinfo import available_timezones

from regulars import access, definitions
from regulars.console.segments.suggestions import About, DataVocabulary, Suggested
from regulars.console.visit import Visit
from regulars.db import Tx

CURRENCIES = ("EUR", "USD", "GBP", "CHF")


class ProgrammeVocabulary(DataVocabulary):
    def _look_up(self, about: About) -> Iterable[Suggested]:
        match about:
            case ("zones",):
                return (Suggested(value=one) for one in sorted(available_timezones()) if "/" in one)
            case ("rewards",):
                return _live(self.tx, "reward")
            case ("currencies",):
                seen = tuple(super()._look_up(about))
                known = {one.value for one in seen}
                return (*seen, *(Suggested(value=one) for one in CURRENCIES if one not in known))
            case _:
                return super()._look_up(about)


def vocabulary(tx: Tx, visit: Visit) -> ProgrammeVocabulary:
    contacts = access.allows(visit.actor, "customers.view_contacts")
    return ProgrammeVocabulary(tx, sees_contacts=contacts.outcome == "yes")


def _live(tx: Tx, kind: str) -> Iterable[Suggested]:
    heads = definitions.heads(tx, kind=kind, state="live").items
    return (Suggested(value=one.key, note=one.title) for one in heads)
