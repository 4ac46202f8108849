"""Reading the form of the preference centre: what differs between the page as shown and as sent."""

import re
from collections.abc import Mapping, Sequence

from starlette.requests import Request

from regulars.preferences import Page, Wanted

Fields = Mapping[str, Sequence[str]]
ADDRESS_SIGNS_MAX = 100
# The one-click body as a part of several, which is read here as if it were a form.
PART = re.compile(r'name="?List-Unsubscribe"?(?:\r?\n[^\r\n]+)*\r?\n\r?\nOne-Click\s', re.IGNORECASE)
TRAP = "website"  # A field that no reader sees; programs that fill in forms fill it in.


def first(typed: Fields, name: str) -> str:
    return (typed.get(name) or [""])[0].strip()


def everything(typed: Fields) -> bool:
    """Whether the button for all of it was pressed."""
    return first(typed, "do") == "everything"


def pressed(typed: Fields) -> bool:
    """Whether a button of the page that asks was pressed."""
    return first(typed, "do") in ("topic", "everything")


def one_click(typed: Fields) -> bool:
    """Whether a mailbox sent it in its reader's place: as a form, or as one of several parts."""
    if first(typed, "List-Unsubscribe").lower() == "one-click":
        return True
    return any(PART.search(f"{name}={said}") for name, values in typed.items() for said in values)


def wanted_of(page: Page, typed: Fields) -> Wanted:
    """What was changed; a field that was not on the page as it was shown is left as it stands."""
    return Wanted(
        switches=_switches(page, typed),
        every_days=_days(typed, "often", page.fewer_days),
        pause_days=_days(typed, "pause", page.centre.pause_days),
        profiling=_ticked(typed, "profiling") if page.centre.profiling else None,
        tracking=_ticked(typed, "tracking") if page.centre.tracking else None,
        locale=_locale(page, typed),
    )


def _switches(page: Page, typed: Fields) -> dict[str, bool]:
    """Only what was shown can be changed, and only what was changed is told."""
    there = {one.name for shelf in page.shelves for one in shelf.switches}
    shown, was, on = (set(typed.get(name, ())) for name in ("shown", "was", "on"))
    return {name: name in on for name in there & shown if (name in on) != (name in was)}


def _days(typed: Fields, name: str, offered: Sequence[int]) -> int | None:
    given, was = first(typed, name), first(typed, f"was-{name}")
    known = {"0": 0, **{str(days): days for days in offered}}
    return known.get(given) if given != was else None


def _ticked(typed: Fields, name: str) -> bool | None:
    was = first(typed, f"was-{name}")
    given = bool(first(typed, name))
    return given if was and given != (was == "yes") else None


def _locale(page: Page, typed: Fields) -> str | None:
    given = first(typed, "locale")
    known = {language for language, _ in page.languages}
    return given if given in known and given != first(typed, "was-locale") else None


def address_of(request: Request) -> str | None:
    """The network address it came from, as the server saw it."""
    return request.client.host[:ADDRESS_SIGNS_MAX] if request.client else None
