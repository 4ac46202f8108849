"""The block editor: MJML put together by hand, for people who do not write it."""

from dataclasses import dataclass

from starlette.responses import Response

from regulars import access
from regulars.console.console import pages
from regulars.console.data.exports import Filled
from regulars.console.message_templates.typed import Typed, read_form
from regulars.console.visit import Visiting, page
from regulars.kernel import Finding, Invalid
from regulars.templates import TEMPLATE

router = pages()
# The editor writes styles of its own and shows the message's pictures; scripts stay ours.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: https:; "
    "font-src 'self' data:; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
LEFT = ("csrf_token", "do", "who", "look", "view")


@dataclass(frozen=True, slots=True, kw_only=True)
class BlocksPage:
    typed: Typed
    field: str  # Which part's source is edited.
    source: str
    carried: tuple[tuple[str, str], ...]  # All else of the form, to come back with it.


@router.post("/templates/blocks")
def blocks(visit: Visiting, form: Filled) -> Response:
    """Show one part's MJML as blocks; everything else that was typed goes along and comes back."""
    access.require(visit.actor, "definitions.draft", kind=TEMPLATE.name)
    given = dict(form)
    typed = read_form(given)
    number = given.get("blocks", "0")
    place = int(number) if number.isdecimal() and int(number) < len(typed.parts) else 0
    if typed.markup != "mjml":
        message = "Blocks are made of MJML, and this template is written in HTML. Choose MJML first."
        raise Invalid(message, [Finding(path="markup", code="templates.not_mjml", message=message)])
    field = f"p{place}.source"
    value = BlocksPage(
        typed=typed,
        field=field,
        source=typed.parts[place].source,
        carried=tuple((name, text) for name, text in form if name not in (*LEFT, field, "blocks")),
    )
    response = page(visit, "message_templates/blocks.html", value)
    response.headers["Content-Security-Policy"] = POLICY
    return response
