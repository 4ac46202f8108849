"""The shape of a body: plain JSON read into its Struct, with everything that is wrong found at once."""

import hashlib
import json
import re
from collections.abc import Mapping
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

import msgspec

from regulars.kernel import Finding, Invalid

B = TypeVar("B", bound=msgspec.Struct)

KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
SCOPE = re.compile(r"[a-z0-9][a-z0-9_.:-]{0,62}")
SIGNS_MAX = 1_000_000  # Of a body as JSON text; a long e-mail has 100,000.
DEPTH_MAX = 64
FOUND_AT = re.compile(r"^(?P<what>.*?)(?: - at `(?P<path>[^`]*)`)?$", re.DOTALL)


def decode(body: type[B], plain: B | Mapping[str, Any]) -> B:
    """Read a body; raises Invalid with a finding at every place that does not fit."""
    if isinstance(plain, msgspec.Struct):
        plain = msgspec.to_builtins(plain)
    findings = text_findings(plain)
    if not findings:
        try:
            return msgspec.convert(plain, body, str_keys=True)
        except msgspec.ValidationError:
            findings = shape_findings(plain, body)
        except RecursionError:
            findings = [Finding(path="", code="shape.depth", message="It is nested too deeply; flatten it.")]
    raise Invalid(f"The body has {len(findings)} things to mend.", findings)


def canonical(body: msgspec.Struct) -> dict[str, Any]:
    """The body as plain JSON values, the same for equal bodies."""
    plain: dict[str, Any] = json.loads(msgspec.json.encode(body))
    return plain


def etag_of(plain: Mapping[str, Any], scope: str | None, number: int) -> str:
    text = json.dumps([plain, scope, number], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def name_findings(key: str, scope: str | None) -> list[Finding]:
    findings = []
    if not KEY.fullmatch(key):
        wanted = "small letters, digits, - and _, at most 63, beginning with a letter or digit"
        findings.append(Finding(path="key", code="key.form", message=f"Write the key with {wanted}."))
    if scope is not None and not SCOPE.fullmatch(scope):
        findings.append(Finding(path="scope", code="scope.form", message="A scope looks like brand:north."))
    return findings


def shape_findings(plain: object, wanted: Any, path: str = "") -> list[Finding]:
    """Every place where plain values do not fit a type: unknown and missing fields, and wrong types."""
    wanted = _chosen(plain, wanted)
    if _is_struct(wanted) and isinstance(plain, Mapping):
        return _of_struct(plain, wanted, path)
    inner = get_args(wanted)
    if get_origin(wanted) in (list, tuple) and isinstance(plain, list) and inner and _repeats(wanted, inner):
        return [f for i, item in enumerate(plain) for f in shape_findings(item, inner[0], f"{path}[{i}]")]
    if get_origin(wanted) is dict and isinstance(plain, Mapping):
        return [f for name, item in plain.items() for f in shape_findings(item, inner[1], _join(path, name))]
    return _first(plain, wanted, path)


def _chosen(plain: object, wanted: Any) -> Any:
    """Of a union, the member that the value must mean: the only one besides None, or the one of its tag."""
    if get_origin(wanted) not in (Union, UnionType):
        return wanted
    members = [member for member in get_args(wanted) if member is not type(None)]
    if len(members) == 1 and plain is not None:
        return members[0]
    for member in filter(_is_struct, members):
        config = member.__struct_config__
        if (
            isinstance(plain, Mapping)
            and config.tag is not None
            and plain.get(config.tag_field) == config.tag
        ):
            return member
    return wanted


def _is_struct(wanted: Any) -> bool:
    return isinstance(wanted, type) and issubclass(wanted, msgspec.Struct)


def _repeats(wanted: Any, inner: tuple[Any, ...]) -> bool:
    return get_origin(wanted) is list or (len(inner) == 2 and inner[1] is Ellipsis)  # noqa: PLR2004 - tuple[T, ...]


def _of_struct(plain: Mapping[str, Any], wanted: type[msgspec.Struct], path: str) -> list[Finding]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(wanted)}
    tag = wanted.__struct_config__.tag_field
    findings = [
        Finding(
            path=_join(path, str(name)),
            code="shape.unknown",
            message=f"There is no field {name!r} here; known are: {', '.join(fields)}.",
        )
        for name in plain
        if name not in fields and name != tag
    ]
    for name, field in fields.items():
        if name in plain:
            findings += shape_findings(plain[name], field.type, _join(path, name))
        elif field.required:
            findings.append(Finding(path=_join(path, name), code="shape.missing", message="Give a value."))
    return findings or _first(plain, wanted, path)


def _first(plain: object, wanted: Any, path: str) -> list[Finding]:
    """What the decoder itself says; it stops at the first place, which is deep enough below a union."""
    try:
        msgspec.convert(plain, wanted, str_keys=True)
    except msgspec.ValidationError as error:
        found = FOUND_AT.match(str(error))
        what, where = (found["what"], found["path"] or "") if found else (str(error), "")
        where = where.replace("$", "", 1).replace("key in ", "")
        message = what.replace("`", "").rstrip(".") + "."
        return [Finding(path=(path + where).lstrip("."), code="shape.type", message=message)]
    return []


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def text_findings(plain: object) -> list[Finding]:
    """What the database refuses in JSON, and bounds on size: found before, with the place."""
    findings: list[Finding] = []
    _walk(plain, "", 0, findings)
    if not findings and len(json.dumps(plain, default=str)) > SIGNS_MAX:
        message = f"The body is longer than {SIGNS_MAX:,} signs as JSON; shorten it."
        findings.append(Finding(path="", code="shape.size", message=message))
    return findings


def _walk(plain: object, path: str, depth: int, findings: list[Finding]) -> None:
    if depth > DEPTH_MAX:
        message = f"It is nested more than {DEPTH_MAX} levels deep; flatten it."
        findings.append(Finding(path=path, code="shape.depth", message=message))
    elif isinstance(plain, str):
        findings += _of_text(plain, path)
    elif isinstance(plain, float) and (plain != plain or plain in (float("inf"), float("-inf"))):  # noqa: PLR0124 - NaN
        findings.append(Finding(path=path, code="shape.number", message="Write a finite number."))
    elif isinstance(plain, Mapping):
        for name, item in plain.items():
            findings += _of_text(str(name), path)
            _walk(item, _join(path, str(name)), depth + 1, findings)
    elif isinstance(plain, list | tuple):
        for i, item in enumerate(plain):
            _walk(item, f"{path}[{i}]", depth + 1, findings)


def _of_text(text: str, path: str) -> list[Finding]:
    if "\x00" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text):
        return []
    message = "The text holds a sign that cannot be stored (NUL or half of a pair); remove it."
    return [Finding(path=path, code="shape.text", message=message)]
