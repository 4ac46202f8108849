"""The bytes of letters, their signatures, addresses and the counting of text messages."""

import sys
from base64 import b64decode
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from types import ModuleType
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.channels import Unsendable, mailbox, mime, new_key, read_key, record_of, segments, wish_of
from regulars.channels.dkim import Signer, hash_of
from regulars.channels.letters import joined, parts
from regulars.channels.ses import signature
from regulars.kernel import Invalid

HEADERS = {
    "From": 'Büro "Süd", Kaffee <news@shop.example>',
    "To": "anna@bücher.example",
    "Subject": "Grüße =?utf-8?q?x?= 🎁 " + "lang " * 40,
    "Date": "Sun, 22 Nov 2026 18:34:07 +0000",
    "Message-ID": "<msg_z8@shop.example>",
    "List-Unsubscribe": f"<https://shop.example/p/{'a' * 63}/unsubscribe>, <mailto:stop@shop.example>",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
}
HTML = "<html><body>\n" + "<p class='a'>Grüße an   alle &amp; \t mehr  </p>\n" * 100 + ".\n..\n</body></html>"


def library(headers: dict[str, str], text: str, html: str | None) -> EmailMessage:
    """The same by the library's own message objects."""
    made = EmailMessage(policy=policy.SMTP)
    for name, content in headers.items():
        made[name] = content
    made.set_content(text)
    if html is not None:
        made.add_alternative(html, subtype="html")
    return made


def told(data: bytes) -> list[tuple[str, str]]:
    read = message_from_bytes(data, policy=policy.default)
    assert not read.defects
    return [(part.get_content_type(), part.get_content().replace("\r\n", "\n")) for part in read.walk() if not part.is_multipart()]  # fmt: skip


@given(
    text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\x00"), max_size=400),
    html=st.one_of(st.none(), st.just(HTML), st.text(alphabet="<p>ab.=\n é漢 ", max_size=2_000)),
    subject=st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=200),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_a_letter_has_the_same_parts_as_one_made_by_the_library(
    text: str, html: str | None, subject: str
) -> None:
    headers = {**HEADERS, "To": "anna@example.com", "Subject": subject}
    data = mime(headers, text, html)

    assert told(data) == told(library(headers, text, html).as_bytes())
    read = message_from_bytes(data, policy=policy.default)
    assert read["Subject"] == subject
    assert all(len(line) <= 998 for line in data.split(b"\r\n"))
    assert b"\n" not in data.replace(b"\r\n", b"") and b"\r" not in data.replace(b"\r\n", b"")
    assert data == mime(headers, text, html)


def test_headers_are_read_as_they_were_meant_and_none_breaks_out_of_its_line() -> None:
    read = message_from_bytes(mime(HEADERS, "Hello", None), policy=policy.default)
    [sender] = read["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ('Büro "Süd", Kaffee', "news@shop.example")
    assert read["To"] == "anna@xn--bcher-kva.example"
    assert read["Subject"] == HEADERS["Subject"]
    assert read["List-Unsubscribe"] == HEADERS["List-Unsubscribe"]
    hebrew = message_from_bytes(
        mime({**HEADERS, "From": "קפה \u202bרוסטר <a@b.example>"}, "", None), policy=policy.default
    )
    assert hebrew["From"].addresses[0].display_name == "קפה \u202bרוסטר"
    for name, content in [
        *[
            ("Subject", "Hello\r\nBcc: all@x.example"),
            ("Subject", "a\nb"),
            ("X-A", "a\rb"),
            ("X-A\r\nBcc", "b"),
        ],
        *[("From", "Evil\r\nBcc: x@y.z <a@b.example>"), ("To", "a@b.example\r\nRCPT TO:<c@d.example>")],
        *[("To", "a@b.example, c@d.example"), ("To", "a@b c.example"), ("To", "no address")],
    ]:
        with pytest.raises(Unsendable):
            mime({**HEADERS, name: content}, "Hello", None)


def test_addresses_of_any_script_are_taken_and_none_that_could_say_more() -> None:
    assert mailbox("käte@MÜNCHEN.example") == "käte@xn--mnchen-3ya.example"
    for wrong in ["a", "@b", "a@", "a b@c", "a@b@c..d", "a\n@b.c", "a@b.c\r", ".a@b.c", "a..b@c.d", "<a@b.c>", "a@-b.c", "a" * 65 + "@b.c", "a\u2028b@c.d", "a@xn--\udfff.c"]:  # fmt: skip
        with pytest.raises(Unsendable):
            mailbox(wrong)


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
def test_signatures_are_good_to_another_implementation_and_bad_once_something_changed(
    kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _teach_ed25519(monkeypatch)
    pem, record = new_key(kind)
    assert record == record_of(pem)
    lines, body = parts(HEADERS, "Hello,\n\n  two  spaces \n\n\n", HTML)
    sign = Signer("shop.example", "r1", read_key(pem)).sign(lines, hash_of(body), 1_700_000_000)
    data = joined([sign, *lines], body)

    def good(letter: bytes) -> bool:
        return bool(dkim.verify(letter, dnsfunc=lambda _name, timeout=5: record.encode()))

    assert good(data)
    assert all(len(line) <= 100 for line in data.split(b"\r\n\r\n")[0].split(b"\r\n") if b"DKIM" in line)
    assert not good(data.replace(b"msg_z8@", b"msg_z9@", 1))
    assert not good(data.replace(b"List-Unsubscribe=One-Click", b"nothing"))
    assert not good(b"From: boss@bank.example\r\n" + data), "no second sender can be put before the first"
    with pytest.raises(Invalid):
        read_key("no key at all")


def _teach_ed25519(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other implementation asks a further library for this one operation."""
    nacl, signing, encoding, exceptions = (
        ModuleType(name) for name in ("nacl", "signing", "encoding", "exceptions")
    )

    class BadSignatureError(Exception):
        pass

    class VerifyKey:
        def __init__(self, key: bytes, encoder: Any) -> None:
            self._key = Ed25519PublicKey.from_public_bytes(b64decode(key))

        def verify(self, message: bytes, signature: bytes) -> None:
            try:
                self._key.verify(signature, message)
            except Exception as wrong:
                raise BadSignatureError from wrong

    signing.VerifyKey, encoding.Base64Encoder = VerifyKey, None  # type: ignore[attr-defined]
    exceptions.BadSignatureError, exceptions.ValueError = BadSignatureError, ValueError  # type: ignore[attr-defined]
    nacl.signing, nacl.encoding, nacl.exceptions = signing, encoding, exceptions  # type: ignore[attr-defined]
    monkeypatch.setattr(dkim, "nacl", nacl, raising=False)
    monkeypatch.setitem(sys.modules, "nacl", nacl)


def test_requests_to_amazon_are_signed_as_its_own_library_signs_them() -> None:
    auth = pytest.importorskip("botocore.auth")
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    url, content = "https://email.eu-central-1.amazonaws.com/v2/email/outbound-emails", b'{"a": "b"}'
    at = datetime(2026, 3, 1, 9, tzinfo=UTC)
    ours = signature(
        "POST", url, {"content-type": "application/json"}, content,
        region="eu-central-1", service="ses", key_id="AKIDEXAMPLE00000", secret="s3cret", at=at,
    )  # fmt: skip
    request = AWSRequest("POST", url, {"content-type": "application/json"}, content)
    request.context["timestamp"] = "20260301T090000Z"
    signer = auth.SigV4Auth(Credentials("AKIDEXAMPLE00000", "s3cret"), "ses", "eu-central-1")
    request.headers["X-Amz-Date"] = "20260301T090000Z"
    told = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    assert ours["authorization"].endswith(f"Signature={told}")


def test_texts_are_counted_as_networks_count_them_and_wishes_are_single_words() -> None:
    assert segments("a" * 160).count == 1
    assert segments("€" * 81).count == 2, "each takes two places, and none is cut in two"
    assert segments("🎁" * 36).count == 2
    assert (segments("Grüße ж").encoding, segments("Grüße ж").foreign) == ("UCS-2", "ж")
    assert str(segments("a" * 161).cost("0.0075")) == "0.0150"
    assert [
        wish_of(word) for word in ("STOP", "stop all", "Unsubscribe!", "Start", "help", "hello", "don't stop")
    ] == [*("stop", "stop", "stop", "start", "help", None, None)]


@pytest.mark.parametrize("field", ["From", "Reply-To", "To"])
@pytest.mark.parametrize(
    "name", ["Österreichische Käse- und Weinhandlung Müller & Söhne", "Müller " * 30, "x" * 100, "漢" * 60]
)
def test_a_long_name_in_any_script_is_folded_and_ends_no_header(field: str, name: str) -> None:
    headers = HEADERS | {field: f"{name} <ada@shop.example>"}
    read = message_from_bytes(mime(headers, "Hello", None))
    assert set(HEADERS) <= set(read)
    # The library's reading of addresses leaves a space between encoded words; this one follows the standard.
    shown = str(make_header(decode_header(read[field].replace("\r\n", ""))))
    assert " ".join(shown.split()) == " ".join(headers[field].split())


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_a_value_that_looks_like_the_border_of_a_part_begins_none(end: str) -> None:
    border = "--==msg_z8=="  # Ids count up: whoever has one message knows the next.
    lines = ["Hello", border, "Content-Type: text/html", "", "<script>", f"{border}--", ""]
    read = told(mime(HEADERS, end.join(lines), "<p>\n" + end.join(lines)))
    assert [kind for kind, _ in read] == ["text/plain", "text/html"]
    assert read[0][1] == "\n".join(lines)
    assert border in read[1][1]
