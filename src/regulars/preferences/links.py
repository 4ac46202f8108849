"""Links into the preference centre: in messages, for staff to hand over, and withdrawing all of them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from regulars.db import Tx, one, value
from regulars.messaging import Letter, Letters, Recipient, Source, normalised
from regulars.preferences.statements import SQL
from regulars.preferences.tokens import GOOD_FOR, NO_ADDRESS, Key, Link, Use, key_of, seal

PLACE = "/p"
MEMBER_PLACE = "/m"  # The member's own page, opened by the same links.
ADDRESS_BYTES = 8


def key(tx: Tx) -> Key:
    found = one(tx, SQL.key, Key)
    return key_of(bytes(found.value), found.generation)


def address_mark(sealing: Key, address: str | None) -> bytes:
    """What stands for an address in a link: enough to know it again, too little to find it by."""
    if not address:
        return NO_ADDRESS
    return sealing.digest("address", normalised(address))[:ADDRESS_BYTES]


def link(
    tx: Tx,
    customer_id: int,
    base: str,
    *,
    now: datetime,
    address: str | None = None,
    use: Use = "staff",
    place: str = PLACE,
) -> str:
    """The whole address of a customer's page; `base` is where people reach us, `address` where it is sent.

    One for staff to hand over shows nothing personal. Whoever sends it anywhere tells `address`.
    """
    sealing = key(tx)
    return f"{base}{place}/{token(sealing, use, customer_id, now, address_mark(sealing, address))}"


def good_until(use: Use, now: datetime) -> datetime:
    return now + GOOD_FOR[use]


def preview_link(tx: Tx, version: int, base: str, *, now: datetime, language: str) -> str:
    """To the page with an invented customer, as a version of its definition has it; 0: the built-in one."""
    made = token(key(tx), "preview", 0, now, NO_ADDRESS, version)
    return f"{base}{PLACE}/{made}?language={language}"


def withdraw_links(tx: Tx) -> int:
    """Let no link that was made before open any more; gives the generation of those made from now on."""
    return int(value(tx, SQL.turn))


def letters(address: str, now: Callable[[], datetime]) -> Letters:
    """What every message carries: links of its reader and, unless they asked for it, one click to stop."""

    def made(tx: Tx, source: Source, recipients: Sequence[Recipient]) -> Mapping[int, Letter]:
        sealing, instant = key(tx), now()
        return {one.send_id: letter(sealing, source, one, address=address, now=instant) for one in recipients}

    return made


def letter(
    sealing: Key, source: Source, to: Recipient, *, address: str, now: datetime, use: Use = "letter"
) -> Letter:
    mark = address_mark(sealing, to.address)
    sealed = token(sealing, use, to.customer_id, now, mark, source.source_id)
    page = f"{address}{PLACE}/{sealed}"
    variables = {
        "preferences_url": page,
        "unsubscribe_url": f"{page}/unsubscribe",
        "member_url": f"{address}{MEMBER_PLACE}/{sealed}",
    }
    if source.purpose == "transactional":
        return Letter(variables=variables)
    headers = {
        "List-Unsubscribe": f"<{page}/unsubscribe>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    return Letter(variables=variables, headers=headers)


def token(sealing: Key, use: Use, atom_id: int, now: datetime, address: bytes, source_id: int = 0) -> str:
    made = Link(
        use=use,
        generation=sealing.generation,
        atom_id=atom_id,
        issued_at=now,
        source_id=source_id,
        address=address,
    )
    return seal(sealing, made)
