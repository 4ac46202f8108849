"""From the list of customers onto a list: those who are ticked, or all who were found."""

from typing import Annotated

from fastapi import Form
from starlette.responses import Response

from regulars import access, segments
from regulars.console.console import pages
from regulars.console.customers import Asked, Asking, fitting, narrowing
from regulars.console.formats import count_of
from regulars.console.landmarks import landmarks
from regulars.console.segments.listing import admitted
from regulars.console.visit import Visit, Visiting, redirect
from regulars.kernel import Finding, Invalid

router = pages()
AT_ONCE = 500
FOUND_MAX = 100_000
FOUND = "found"


@router.post("/customers/list")
def put_on_list(
    visit: Visiting,
    asked: Asking,
    to: Annotated[str, Form()] = "",
    whom: Annotated[str, Form()] = "",
    customer: Annotated[list[str] | None, Form()] = None,
) -> Response:
    access.require(visit.actor, "customers.view")
    title = admitted(visit, to)
    chosen = _found(visit, asked) if whom == FOUND else customer or []
    if not chosen:
        raise _refused("Nobody was ticked. Tick customers in the list first, or put all who were found.")
    done = segments.change_list(
        visit.app.database, visit.actor, to, segments.CUSTOMER_ID, chosen, now=visit.app.now
    )
    there = f"; {done.unchanged:,} stood there already" if done.unchanged else ""
    said = f"{count_of(done.changed, 'customer')} put on “{title}”{there}. It holds {done.members:,} now."
    return redirect(visit, asked.href(), said)


def _found(visit: Visit, asked: Asked) -> list[str]:
    """The public ids of all whom the list finds."""
    ids: list[str] = []
    cursor: str | None = None
    with visit.app.database.transaction() as tx:
        by = narrowing(asked, landmarks(tx), visit.app.now(tx), visit.app.zone)
        while len(ids) <= FOUND_MAX:
            page = fitting(tx, visit.actor, asked, by, cursor, AT_ONCE)
            ids += [one.id for one in page.items]
            cursor = page.next
            if cursor is None:
                return ids
    raise _refused(
        f"More than {FOUND_MAX:,} were found, too many to put on a list by hand. Build a segment of them."
    )


def _refused(text: str) -> Invalid:
    return Invalid(text, [Finding(path="customer", code="segments.nobody_chosen", message=text)])
