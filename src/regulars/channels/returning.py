"""The envelope sender of one message: what comes back to it names the message, and nobody can make one up."""

import base64
import hmac
import re

SIGNS = 10  # Of base32: 50 bits, and whoever guesses must send a mail for each try.
LOCAL = re.compile(r"bounces\+(?P<id>msg_[0-9a-z]{1,14})-(?P<mac>[a-z2-7]{10})", re.IGNORECASE)


def return_path(secret: bytes, message_id: str, domain: str) -> str:
    """The address for what a mail server sends back.

    >>> return_path(b"key", "msg_z8", "mail.example.com")
    'bounces+msg_z8-laobc4554w@mail.example.com'
    """
    return f"bounces+{message_id}-{_mac(secret, message_id)}@{domain}"


def read_return_path(secret: bytes, address: str) -> str | None:
    """The id of the message that an address names; None when we did not make it."""
    found = LOCAL.fullmatch(address.strip().strip("<>").partition("@")[0])
    if found is None:
        return None
    message_id = found["id"].lower()
    genuine = hmac.compare_digest(found["mac"].lower(), _mac(secret, message_id))
    return message_id if genuine else None


def _mac(secret: bytes, message_id: str) -> str:
    digest = hmac.digest(secret, b"return path " + message_id.encode(), "sha256")
    return base64.b32encode(digest).decode().lower()[:SIGNS]
