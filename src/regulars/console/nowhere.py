"""Every address that nobody has."""

from contextlib import suppress

from starlette.requests import Request

from regulars.console.console import pages
from regulars.console.visit import visit
from regulars.kernel import NotFound, NotSignedIn

router = pages()


@router.get("/{path:path}")
async def nowhere(request: Request, path: str) -> object:
    with suppress(NotSignedIn):
        await visit(request)  # Gives the page its frame, where somebody is signed in.
    raise NotFound(
        f"No page has the address /{path[:80]}. It may have been renamed, or the link is incomplete."
    )
