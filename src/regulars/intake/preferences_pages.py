"""How the pages of the preference centre leave: their templates, their style and headers."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from regulars import preferences
from regulars.app import App
from regulars.http_status import status_of
from regulars.kernel import RegularsError
from regulars.preferences import Centre, LinkNotOurs, LinkTooOld, NotProven, Page, TooManyLinks, Words

HERE = Path(__file__).parent / "templates" / "preferences"
TRAP = "website"  # A field people do not see; whoever fills it in is a machine.
POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
# The address of the page is what opens it: it is in no cache, no index and no referrer.
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
}
STYLE_FOR = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A page of few words."""

    words: Words
    centre: Centre
    title: str
    text: str = ""
    token: str = ""  # Leads back to the page of preferences.
    ask: bool = False  # Leads to asking for a new link.


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """What unsubscribing would do."""

    words: Words
    centre: Centre
    title: str
    why: str
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Where an address is typed that a link is sent to."""

    words: Words
    centre: Centre
    title: str
    nonce: str
    typed: str = ""
    problem: str = ""
    notice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The page of preferences with what was done on it a moment ago."""

    page: Page
    token: str
    notice: str = ""
    problem: str = ""
    data: Any = None  # Of a proven person: what became of what they asked for.

    @property
    def words(self) -> Words:
        return self.page.words

    @property
    def centre(self) -> Centre:
        return self.page.centre

    @property
    def title(self) -> str:
        return self.page.title


@cache
def environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    env.globals.update(trap=TRAP, place=preferences.PLACE)
    return env


def show(template: str, view: object, status: int = 200) -> Response:
    text = environment().get_template(template).render(view=view)
    return HTMLResponse(text, status_code=status, headers=HEADERS)


def style(centre: Centre) -> Response:
    """The style sheet with the colour of the company; checked when it was published to be one."""
    text = (HERE / "preferences.css").read_text(encoding="utf-8").replace("#0b5cad", centre.colour)
    headers = {"Cache-Control": f"max-age={int(STYLE_FOR.total_seconds())}"}
    return Response(text, media_type="text/css", headers=headers)


def languages(request: Request) -> list[str]:
    """What a visitor reads: what they chose on the page, else what the browser says."""
    asked = request.query_params.get("language", "")[:20]
    accepted = preferences.accepted(request.headers.get("accept-language", ""))
    return [asked, *accepted]


def spoken(request: Request, centre: Centre) -> Words:
    offered = [language for language in preferences.LANGUAGES if language in centre.texts]
    return preferences.words(preferences.chosen(offered, languages(request), centre.language))


def refused(app: App, request: Request, error: RegularsError) -> Response:
    """An error in words, in the language of the visitor and without the console's frame."""
    status, title = status_of(error)
    with app.database.transaction() as tx:
        centre = preferences.centre_of(tx).body
    words = spoken(request, centre)
    text = str(error)
    if isinstance(error, LinkNotOurs | LinkTooOld):
        title, text = words("not_found"), words("not_found_text")
    elif isinstance(error, NotProven):
        title, text = words("your_data"), words("your_data_fresh")
    elif isinstance(error, TooManyLinks):
        text = words("too_often")
    view = Told(words=words, centre=centre, title=title, text=text, ask=True)
    return show("told.html", view, status=status)
