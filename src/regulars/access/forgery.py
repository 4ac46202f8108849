"""Against requests that another site makes in somebody's name: the session's token and the origin."""

import hmac
from collections.abc import Collection
from urllib.parse import urlsplit

from regulars.access.errors import ForeignOrigin, WrongCsrfToken
from regulars.access.sessions import Session


def check_csrf(session: Session, given: str | None) -> None:
    """Pass, or raise WrongCsrfToken."""
    sent = (given or "").encode("utf-8", "surrogatepass")
    if not hmac.compare_digest(session.csrf.encode(), sent):
        raise WrongCsrfToken("The form is too old or not ours. Load the page again and repeat what you did.")


def check_origin(
    *, origin: str | None, referer: str | None, fetch_site: str | None, own: Collection[str]
) -> None:
    """Pass a state-changing request from our own pages only; `own` holds origins as `https://name:port`.

    Browsers say where a request comes from in one of three headers; one that says it nowhere is refused.
    """
    if fetch_site is not None:
        ours = fetch_site in ("same-origin", "none")
    else:
        ours = _origin_of(origin or referer or "") in {_origin_of(known) for known in own}
    if not ours:
        raise ForeignOrigin("The request came from another site and was not carried out.")


def _origin_of(url: str) -> tuple[str, str, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return ("", "unreadable", None)
    return (parts.scheme, parts.hostname or "none", port)
