"""How a member's own pages leave: their templates, their style, headers and words."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from regulars import portal, preferences
from regulars.app import App
from regulars.db import Tx
from regulars.http_status import status_of
from regulars.intake.preferences_pages import HEADERS, STYLE_FOR, TRAP, languages
from regulars.kernel import NotFound, RegularsError
from regulars.portal import LinkUsed, MemberPage
from regulars.preferences import MEMBER_PLACE, LinkTooOld, NotProven, TooManyLinks, Words

HERE = Path(__file__).parent / "templates"
TEXT_SIGNS_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What every page has around it."""

    words: Words
    company: str
    programme: str = ""  # Its name, as anybody may know it.
    query: str = ""  # Of links within the pages: the language and programme that were chosen.

    @property
    def heading(self) -> str:
        return self.programme or self.words("title")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """Who has not proved the address on this device: nothing of a member is here."""

    frame: Frame
    token: str = ""  # Of the link they came by; empty where an address is typed.
    sent_to: str = ""
    is_shared: bool = False
    nonce: str = ""
    typed: str = ""
    problem: str = ""
    notice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    frame: Frame
    token: str
    nonce: str
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    frame: Frame
    page: MemberPage
    languages: tuple[tuple[str, str], ...]
    language_query: str
    nonce: str  # To forget the device.
    gained: portal.Gained | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Redeeming:
    frame: Frame
    item: portal.Item
    programme: str  # Key.
    nonce: str
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A page of few words."""

    frame: Frame
    title: str
    text: str = field(default="")


@cache
def environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader(HERE / "member_page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    env.globals.update(trap=TRAP, place=MEMBER_PLACE)
    return env


def show(template: str, view: object, status: int = 200) -> Response:
    text = environment().get_template(template).render(view=view)
    return HTMLResponse(text, status_code=status, headers=HEADERS)


def go(request: Request, path: str = "/", **said: str) -> Response:
    return RedirectResponse(f"{MEMBER_PLACE}{path}{query(request, **said)}", status_code=303, headers=HEADERS)


def style(app: App) -> Response:
    """The style sheet of the preference centre in the company's colour, and the member page's own."""
    with app.database.transaction() as tx:
        colour = preferences.centre_of(tx).body.colour
    sheets = (HERE / "preferences" / "preferences.css", HERE / "member_page" / "member_page.css")
    text = "".join(one.read_text(encoding="utf-8") for one in sheets).replace("#0b5cad", colour)
    headers = {"Cache-Control": f"max-age={int(STYLE_FOR.total_seconds())}"}
    return Response(text, media_type="text/css", headers=headers)


def asked(request: Request, name: str) -> str:
    return request.query_params.get(name, "")[:TEXT_SIGNS_MAX]


def query(request: Request, **more: str) -> str:
    """The language and programme that were chosen, with what comes to them."""
    kept = {"language": _language(request), "programme": asked(request, "programme")} | more
    told = {name: one for name, one in kept.items() if one}
    return f"?{urlencode(told)}" if told else ""


def _language(request: Request) -> str:
    given = asked(request, "language")
    return given if given in portal.LANGUAGES else ""


def spoken(tx: Tx, request: Request) -> Words:
    otherwise = preferences.centre_of(tx).body.language
    return portal.words(preferences.chosen(list(portal.LANGUAGES), languages(request), otherwise))


def frame_of(tx: Tx, request: Request) -> Frame:
    """For whoever it is: it says the company and the programme asked for, and nothing of a person."""
    return Frame(
        words=spoken(tx, request),
        company=portal.company(tx),
        programme=portal.programme_named(tx, asked(request, "programme")),
        query=query(request),
    )


def refused(app: App, request: Request, error: RegularsError) -> Response:
    """An error in words, in the language of the visitor."""
    status, title = status_of(error)
    with app.database.transaction() as tx:
        frame = frame_of(tx, request)
    words = frame.words
    text = str(error)
    if isinstance(error, LinkUsed):
        title, text = words("link_used"), words("link_used_text")
    elif isinstance(error, NotProven):
        title, text = words("not_here"), words("not_here_text")
    elif isinstance(error, NotFound | LinkTooOld):
        title, text = words("not_found"), words("not_found_text")
    elif isinstance(error, TooManyLinks):
        text = words("too_often")
    return show("told.html", Told(frame=frame, title=title, text=text), status=status)
