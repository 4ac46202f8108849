"""The bytes of a letter, built directly: the same message has the same bytes; nothing in it ends a header.

The library's own message objects take some twenty times as long; a test holds both to the same parts.
"""

import re
from base64 import b64encode
from binascii import b2a_base64, b2a_qp
from collections.abc import Mapping, Sequence
from functools import lru_cache

from regulars.channels.mailboxes import Unsendable, mailbox

LINE_MAX = 78
LINE_BYTES_MAX = 990  # Of what cannot be folded; the standard ends at 998.
CHUNK_BYTES = 39  # Of an encoded word, so that it fits beside the name of its header.
BASE64_SIGNS = 76
ADDRESSES = frozenset({"from", "to", "reply-to", "sender"})
MAILBOX = re.compile(r"\s*(?P<name>.*?)\s*<(?P<address>[^<>]+)>\s*", re.DOTALL)
PLAIN = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]*")
HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,76}")
BREAKS = re.compile(r"[\r\n\x00]")
CONTROL = bytes(set(range(32)) - set(b"\t\r\n")) + b"\x7f"  # What only an encoding carries.

Header = tuple[bytes, bytes]  # Its name, and its text folded, without the end of its line.


def mime(headers: Mapping[str, str], text: str, html: str | None) -> bytes:
    """The letter as it goes to a mail server; raises Unsendable for a header that would end its line."""
    lines, body = parts(headers, text, html)
    return joined(lines, body)


def joined(lines: Sequence[Header], body: bytes) -> bytes:
    return b"".join([*(b"%s: %s\r\n" % line for line in lines), b"\r\n", body])


def parts(headers: Mapping[str, str], text: str, html: str | None) -> tuple[list[Header], bytes]:
    """The headers and the body apart, as signing needs them."""
    lines = [header(name, content) for name, content in headers.items()]
    lines.append((b"MIME-Version", b"1.0"))
    if html is None:
        encoding, body = encoded(text)
        lines.append((b"Content-Type", b'text/plain; charset="utf-8"'))
        lines.append((b"Content-Transfer-Encoding", encoding))
        return lines, body
    mark = f"=={headers['Message-ID'].strip('<>').split('@')[0]}==".encode()
    lines.append((b"Content-Type", b'multipart/alternative; boundary="%s"' % mark))
    return lines, b"".join([*_part(mark, b"plain", text), *_part(mark, b"html", html), b"--%s--\r\n" % mark])


def _part(mark: bytes, kind: bytes, text: str) -> tuple[bytes, ...]:
    encoding, body = encoded(text)
    head = b'--%s\r\nContent-Type: text/%s; charset="utf-8"\r\nContent-Transfer-Encoding: %s\r\n\r\n'
    return head % (mark, kind, encoding), body, b"\r\n"


def encoded(text: str) -> tuple[bytes, bytes]:
    """The encoding and the bytes: as it is, readable where mostly plain, else the shorter one."""
    if not text.endswith("\n"):
        text += "\n"
    # A line that looks like the border of a part travels encoded: its sign "=" does not stay as it is.
    plain = text.isascii() and "--==" not in text
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    data = text.replace("\n", "\r\n").encode("utf-8", "replace")
    if plain:
        if max(map(len, text.split("\n"))) <= LINE_MAX and len(data.translate(None, CONTROL)) == len(data):
            return b"7bit", data
    elif b"\x00" in data or (len(data) - len(text)) * 6 > len(text):
        return b"base64", _base64(data)
    return b"quoted-printable", b2a_qp(data, istext=True)


def _base64(data: bytes) -> bytes:
    whole = b2a_base64(data, newline=False)
    return b"".join([whole[at : at + BASE64_SIGNS] + b"\r\n" for at in range(0, len(whole), BASE64_SIGNS)])


def header(name: str, content: str) -> Header:
    """One header, folded and encoded; what is the same for many is made once."""
    short = len(content) < LINE_MAX - len(name) and "=?" not in content and name.lower() not in ADDRESSES
    if short and PRINTABLE.fullmatch(content) and HEADER_NAME.fullmatch(name):
        return name.encode(), content.encode()
    return _header(name, content)


PRINTABLE = re.compile(r"[\x20-\x7e]*")


@lru_cache(maxsize=4_096)
def _header(name: str, content: str) -> Header:
    if not HEADER_NAME.fullmatch(name):
        raise Unsendable(f"{name[:80]!r} is no name of a header: letters, digits and hyphens.")
    if BREAKS.search(content):
        raise Unsendable(f"The header {name} has a line break in it; a header is one line.")
    if name.lower() in ADDRESSES:
        return name.encode(), _folded(name, _address(content))
    if not PRINTABLE.fullmatch(content) or "=?" in content or _longest(content) > LINE_BYTES_MAX:
        if name.lower() != "subject" and not content.isascii():
            content = content.encode("utf-8", "replace").decode()
        return name.encode(), b"\r\n ".join(_words(content))
    return name.encode(), _folded(name, content.encode())


def _longest(content: str) -> int:
    return max(map(len, content.split(" ")))


def _address(content: str) -> bytes:
    """A name in any script before an address whose domain is in ASCII; several are not written here."""
    found = MAILBOX.fullmatch(content)
    if found is None:
        return mailbox(content.strip()).encode()
    name, address = found["name"], mailbox(found["address"].strip()).encode()
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    return phrase(name) + b" <%s>" % address if name else b"<%s>" % address


def phrase(name: str) -> bytes:
    """A name before an address: plain, in quotes, or as encoded words for any other script."""
    if BREAKS.search(name):
        raise Unsendable("The name of the sender has a line break in it; a name is one line.")
    if not PRINTABLE.fullmatch(name) or "=?" in name or len(name) > LINE_MAX:
        return b" ".join(_words(name))  # Folded with the address: a break of its own would end the header.
    if PLAIN.fullmatch(name):
        return name.encode()
    return b'"%s"' % re.sub(r'(["\\])', r"\\\1", name).encode()


def _words(content: str) -> list[bytes]:
    """Encoded words (RFC 2047), no sign cut in two; readers join them without a space."""
    words, chunk = [], b""
    for sign in content:
        one = sign.encode("utf-8", "replace")
        if len(chunk) + len(one) > CHUNK_BYTES:
            words.append(chunk)
            chunk = b""
        chunk += one
    return [b"=?utf-8?b?%s?=" % b64encode(word) for word in [*words, chunk]]


def _folded(name: str, content: bytes) -> bytes:
    """Lines of at most 78 signs where it has spaces; what has none stays whole."""
    lines, line, room = [], b"", LINE_MAX - len(name) - 2
    for word in content.split(b" "):
        if line and len(line) + 1 + len(word) > room:
            lines.append(line)
            line, room = word, LINE_MAX - 1
        else:
            line = line + b" " + word if line else word
    return b"\r\n ".join([*lines, line])
