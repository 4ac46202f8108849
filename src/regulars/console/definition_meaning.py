"""What the text of a definition means: its body, its sentence, and every finding at its line."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from regulars import access, definitions
from regulars.console.formats import brief
from regulars.console.yaml_places import line_of
from regulars.db import Tx
from regulars.kernel import Finding, Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """The form as it was sent."""

    text: str
    key: str
    scope: str = ""
    note: str = ""
    etag: str = ""  # Of the version one started from; empty for a new one.

    @property
    def place(self) -> str | None:
        return self.scope.strip() or None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A finding at its line."""

    path: str
    message: str
    line: int | None
    words: str  # What stands there.


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a body would mean, if it can be read."""

    body: Any = None
    sentence: str = ""
    wrong: tuple[Finding, ...] = ()  # It cannot be kept so.
    hinders: tuple[Finding, ...] = ()  # It can be kept, and not yet be published.
    preview: definitions.Preview | None = None


def read(kind: definitions.Kind[Any], text: str) -> Any:
    """The body a text holds; raises Invalid with everything that is wrong, by path."""
    documents = definitions.load_yaml(text)
    if len(documents) != 1 or not isinstance(documents[0], Mapping):
        what = "one set of fields with values"
        message = f"The text holds {what}; {len(documents)} documents were found."
        if len(documents) == 1:
            message = f"The text holds {what}; a {type(documents[0]).__name__} was found."
        raise Invalid(message, [Finding(path="", code="yaml.not_fields", message=message)])
    return definitions.decode(kind.body, documents[0])


def judge(
    tx: Tx,
    kind: definitions.Kind[Any],
    typed: Typed,
    found: definitions.Definition[Any] | None,
    *,
    at: datetime,
    actor: access.Actor,
) -> Judged:
    """What the text means: its sentence, what hinders publishing, and what publishing would do."""
    try:
        body = read(kind, typed.text)
    except Invalid as error:
        return Judged(wrong=error.findings)
    drafted = _as_draft(kind, typed, body, found, at=at, actor=actor)
    hinders = tuple(definitions.validate(tx, kind, drafted))
    shown = None if hinders else definitions.preview(tx, kind, drafted, at)
    return Judged(body=body, sentence=kind.sentence(body), hinders=hinders, preview=shown)


def _as_draft(
    kind: definitions.Kind[Any],
    typed: Typed,
    body: Any,
    found: definitions.Definition[Any] | None,
    *,
    at: datetime,
    actor: access.Actor,
) -> definitions.Definition[Any]:
    """The version that saving would make, for judging it; it is stored nowhere."""
    title = definitions.title_of(body, typed.key)
    if found is not None:
        return replace(found, body=body, scope=typed.place, state="draft", title=title)
    return definitions.Definition(
        kind=kind.name,
        key=typed.key or "new",
        version=1,
        body=body,
        state="draft",
        scope=typed.place,
        etag="",
        title=title,
        author_id=actor.person_id,
        author=actor.name,
        assisted=False,
        note=None,
        created_at=at,
        published_at=None,
        published_by=None,
        recorded_at=at,
    )


def at_line(text: str, finding: Finding) -> Found:
    line = line_of(text, finding.path)
    lines = text.splitlines()
    words = lines[line - 1].strip() if line and line <= len(lines) else ""
    return Found(path=finding.path, message=finding.message, line=line, words=brief(words, 80))
