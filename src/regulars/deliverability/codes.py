"""What a refusal means: for good, for now, or of us, by enhanced status code, SMTP code and words.

Classes and subjects are those of RFC 3463 with IANA's registry of enhanced status codes; 5.1.10 is RFC 7505,
5.7.x of authentication RFC 7372. The words are those that large receivers write behind codes that say little.
"""

import re
from collections.abc import Mapping
from typing import Literal

BounceKind = Literal["hard", "soft", "block"]
ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
PLAIN = re.compile(r"(?<![\d.])([245]\d\d)(?=[ -])")

# Subject and detail of permanent failures (5.x.x); what is not here goes by its subject.
DETAILS: Mapping[str, BounceKind] = {
    "1.1": "hard",  # Bad destination mailbox address.
    "1.2": "hard",  # Bad destination system address.
    "1.3": "hard",  # Bad syntax of the mailbox address.
    "1.4": "hard",  # Ambiguous.
    "1.6": "hard",  # Has moved.
    "1.7": "block",  # Of the sender's address.
    "1.8": "block",  # Of the sender's system.
    "1.9": "hard",  # Relayed to a non-compliant mailer.
    "1.10": "hard",  # Takes no mail at all (null MX).
    "2.0": "soft",
    "2.1": "hard",  # Disabled, not accepting.
    "2.2": "soft",  # Full: people empty their mailboxes.
    "2.3": "soft",  # This message is too long.
    "2.4": "hard",  # A mailing list cannot be expanded.
    "3.4": "soft",  # Too big for the system.
    "4.1": "hard",  # As Exchange Online says of who is not there.
    "4.4": "hard",  # Unable to route: no such host.
    "4.6": "soft",  # A loop.
    "4.7": "soft",  # Waited too long.
}
SUBJECTS: Mapping[str, BounceKind] = {
    "0": "soft",
    "1": "hard",
    "2": "soft",
    "3": "soft",
    "4": "soft",
    "5": "block",
    "6": "block",
    "7": "block",
}
VAGUE = frozenset({"0.0", "1.0", "2.0", "3.0", "4.0", "5.0", "7.0", "7.1"})
NOBODY = re.compile(
    r"(user|mailbox|recipient|account|address|email)\b.{0,40}\b(unknown|not found|does(n.t| not) exist|"
    r"no longer|disabled|inactive|invalid|unavailable|rejected)|no such (user|mailbox|recipient|person)|"
    r"unknown (user|recipient|mailbox)|doesn.t have an? .{1,40} account|unrouteable address|"
    r"host (or domain name )?not found|domain .{0,40}(not found|does not exist)",
    re.IGNORECASE,
)
REFUSED = re.compile(
    r"spam|blacklist|block(ed|list)|black list|denylist|reputation|policy|dmarc|dkim|"
    r"\bspf\b|spamhaus|barracuda|proofpoint|junk|unsolicited|bulk mail|not authori[sz]ed|"
    r"authentication|access denied|rate limit|too many",
    re.IGNORECASE,
)
FULL = re.compile(
    r"quota|full|over ?limit|insufficient (system )?storage|temporar|try again|greylist|timed? ?out|"
    r"too large",
    re.IGNORECASE,
)
BY_SMTP: Mapping[str, BounceKind] = {
    "550": "hard",
    "551": "hard",
    "553": "hard",
    "552": "soft",
    "554": "block",
}


def code_in(text: str) -> str:
    """The enhanced status code in a text, else the SMTP code, else nothing.

    >>> code_in("smtp; 550 5.1.1 <ada@example.com>: no such user")
    '5.1.1'
    >>> code_in("421 try again later")
    '421'
    """
    found = ENHANCED.search(text) or PLAIN.search(text)
    return found.group(0) if found else ""


def kind_of(code: str, words: str, *, temporary: bool = False) -> BounceKind:
    """Hard: the address is none. Block: we are not wanted. Soft: it may work another time.

    Words count where the code says little: they are nobody's standard.
    """
    if temporary or code.startswith("4"):
        return "soft"
    said = code.partition(".")[2]
    if "." in code and said not in VAGUE:
        return DETAILS.get(said) or SUBJECTS.get(said.partition(".")[0], "soft")
    return _by_words(words) or BY_SMTP.get(code) or ("block" if said.startswith("7") else "soft")


def _by_words(words: str) -> BounceKind | None:
    if FULL.search(words):
        return "soft"
    if NOBODY.search(words):
        return "hard"
    return "block" if REFUSED.search(words) else None
