"""Which HTTP status an error becomes, and its title: the one table of the API and the console."""

from regulars.kernel import (
    Conflict,
    Fault,
    Forbidden,
    Invalid,
    NotFound,
    NotSignedIn,
    RegularsError,
    Stale,
    TooMany,
    Unavailable,
)

# The first class that fits counts; most special first.
STATUS: tuple[tuple[type[RegularsError], int, str], ...] = (
    (Invalid, 422, "Please check what you entered"),
    (NotFound, 404, "There is nothing here"),
    (Stale, 409, "Somebody saved in between"),
    (Conflict, 409, "This cannot be done now"),
    (NotSignedIn, 401, "Please sign in"),
    (Forbidden, 403, "You may not do this"),
    (TooMany, 429, "Too many tries"),
    (Unavailable, 503, "Something we need does not answer"),
    (Fault, 500, "We made a mistake"),
)


def status_of(error: RegularsError) -> tuple[int, str]:
    """The status of an error, and its title."""
    return next(
        ((status, title) for kind, status, title in STATUS if isinstance(error, kind)), (400, "Not possible")
    )
