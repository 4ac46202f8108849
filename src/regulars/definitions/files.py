"""Definitions as files: one YAML file each in `kind/key.yaml`, without versions, ids or times."""

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import msgspec

from regulars.db import Tx
from regulars.definitions.kind import Kind, Registry
from regulars.definitions.model import Definition
from regulars.definitions.reading import all_drafts, all_live
from regulars.definitions.shape import canonical, decode, name_findings
from regulars.definitions.yaml_text import SIGNS_MAX, dump, dump_all, load_all
from regulars.kernel import Finding, Invalid

FILES_MAX = 20_000
FIELDS = ("kind", "key", "scope", "body")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One definition as a file holds it."""

    origin: str  # The file, or the number of the document in a stream.
    kind: str
    key: str
    scope: str | None
    body: msgspec.Struct

    @property
    def id(self) -> tuple[str, str]:
        return (self.kind, self.key)


def shown(tx: Tx, kind: Kind[Any]) -> dict[str, Definition[Any]]:
    """What stands for each definition in files: the live version, or the draft where nothing is live yet."""
    found = {definition.key: definition for definition in all_drafts(tx, kind)}
    found.update({definition.key: definition for definition in all_live(tx, kind)})
    return dict(sorted(found.items()))


def export(tx: Tx, registry: Registry, target: Path | TextIO, *, prune: bool = False) -> list[str]:
    """Write every definition to a folder, or as documents to a stream; gives the names of the files.

    Equal definitions give equal text. With `prune`, files of definitions that are no more are removed.
    """
    plain = {
        f"{kind.name}/{definition.key}.yaml": _plain(definition)
        for kind in registry
        for definition in shown(tx, kind).values()
    }
    if not isinstance(target, Path):
        target.write(dump_all(list(plain.values())))
        return list(plain)
    for name, document in plain.items():
        _write(target, name, dump(document))
    if prune:
        for kind in registry:
            for path in sorted((target / kind.name).glob("*.yaml")):
                if f"{kind.name}/{path.name}" not in plain:
                    path.unlink()
    return list(plain)


def read_all(registry: Registry, source: Path | TextIO) -> list[Entry]:
    """Read and check every file before anything is done; raises Invalid naming each file and place."""
    texts = _folder_texts(registry, source) if isinstance(source, Path) else _stream_texts(source)
    entries: list[Entry] = []
    findings: list[Finding] = []
    for origin, found in texts:
        try:
            entries += _entries(registry, origin, found)
        except Invalid as error:
            findings += [_in_file(origin, f) for f in error.findings] or [_problem(origin, "", str(error))]
    findings += _given_twice(entries)
    if findings:
        raise Invalid(f"{len(findings)} things in the files are to be mended; nothing was changed.", findings)
    return entries


def _plain(definition: Definition[Any]) -> dict[str, Any]:
    return {
        "kind": definition.kind,
        "key": definition.key,
        "scope": definition.scope,
        "body": canonical(definition.body),
    }


def _write(folder: Path, name: str, text: str) -> None:
    """Written beside and renamed, so that a file is whole or not there; an equal file keeps its time."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_file() and not path.is_symlink() and path.read_text(encoding="utf-8") == text:
        return
    beside = path.with_suffix(".yaml.new")
    beside.write_text(text, encoding="utf-8", newline="\n")
    beside.replace(path)


def _folder_texts(registry: Registry, folder: Path) -> Iterator[tuple[str, str | Finding]]:
    if not folder.is_dir():
        raise Invalid(f"There is no folder {folder.name!r}; `regulars export` makes one.")
    root = folder.resolve()
    for number, path in enumerate(sorted(_candidates(folder))):
        origin = path.relative_to(folder).as_posix()
        if number >= FILES_MAX:
            yield origin, _problem("", "", f"More than {FILES_MAX:,} files are too many; divide them.")
            return
        yield origin, _folder_problem(registry, root, path) or _text_of(path)


def _candidates(folder: Path) -> Iterator[Path]:
    """The YAML files one level down; a README or a hidden folder beside them is nobody's business."""
    for inner in folder.iterdir():
        if inner.is_dir() and not inner.name.startswith("."):
            yield from (p for p in inner.iterdir() if p.suffix in (".yaml", ".yml"))


def _folder_problem(registry: Registry, root: Path, path: Path) -> Finding | None:
    if not path.resolve().is_relative_to(root):
        return _problem("", "", "The file is a link that leads out of the folder; put the file itself here.")
    if path.parent.name not in registry:
        known = ", ".join(kind.name for kind in registry)
        return _problem("", "kind", f"No kind is called {path.parent.name!r}; the folders are: {known}.")
    if path.suffix != ".yaml":
        return _problem("", "", f"Name the file {path.stem}.yaml.")
    return None


def _text_of(path: Path) -> str | Finding:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # A pipe in its place must not block us.
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return _problem("", "", "This is not an ordinary file.")
            found = file.read(SIGNS_MAX + 1)
    except OSError as error:
        return _problem("", "", f"The file cannot be read ({error.strerror}).")
    if len(found) > SIGNS_MAX:
        return _problem("", "", f"The file is larger than {SIGNS_MAX:,} bytes; divide it.")
    try:
        return found.decode("utf-8")
    except UnicodeDecodeError as error:
        return _problem("", f"byte {error.start}", "The file is not UTF-8 text.")


def _stream_texts(stream: TextIO) -> Iterator[tuple[str, str | Finding]]:
    yield "", stream.read(SIGNS_MAX * 10)


def _entries(registry: Registry, origin: str, found: str | Finding) -> list[Entry]:
    if isinstance(found, Finding):
        raise Invalid(found.message, [found])
    documents = load_all(found)
    if origin and len(documents) != 1:
        raise Invalid(f"A file holds one definition; this one holds {len(documents)}.")
    return [
        _entry(registry, origin or f"document {number}", document, in_folder=bool(origin))
        for number, document in enumerate(documents, 1)
    ]


def _entry(registry: Registry, origin: str, document: object, *, in_folder: bool) -> Entry:
    head = _head(document)
    kind, key, scope = head["kind"], head["key"], head.get("scope")
    if kind not in registry:
        raise Invalid("", [_problem("", "kind", f"No kind is called {kind!r}.")])
    findings = name_findings(key, scope)
    if in_folder and origin != f"{kind}/{key}.yaml":
        findings.append(
            _problem("", "key", f"The file says it is {kind}/{key}, but its place says {origin}.")
        )
    body = None
    try:
        body = decode(registry.kind(kind).body, head["body"])
    except Invalid as error:
        findings += [_under_body(finding) for finding in error.findings]
    if findings or body is None:
        raise Invalid(f"{origin} has {len(findings)} things to mend.", findings)
    return Entry(origin=origin, kind=kind, key=key, scope=scope, body=body)


def _head(document: object) -> dict[str, Any]:
    if not isinstance(document, Mapping):
        raise Invalid("", [_problem("", "", f"The file holds the fields {', '.join(FIELDS)}.")])
    findings = [
        _problem("", str(name), f"There is no field {name!r} here.") for name in document.keys() - set(FIELDS)
    ]
    for name, wanted in (("kind", str), ("key", str), ("body", Mapping)):
        if not isinstance(document.get(name), wanted):
            what = "text" if wanted is str else "fields with values"
            findings.append(_problem("", name, f"Give {what} for {name}."))
    if not isinstance(document.get("scope"), str | None):
        findings.append(_problem("", "scope", "Give a text for scope, or null for the whole company."))
    if findings:
        raise Invalid("The file is not a definition.", findings)
    return dict(document)


def _under_body(finding: Finding) -> Finding:
    dot = "." if finding.path and not finding.path.startswith("[") else ""
    return Finding(path=f"body{dot}{finding.path}", code=finding.code, message=finding.message)


def _in_file(origin: str, finding: Finding) -> Finding:
    return _problem(origin, finding.path, finding.message, code=finding.code)


def _problem(origin: str, path: str, message: str, *, code: str = "file.invalid") -> Finding:
    """The path of a finding in files is the file, then the place in it."""
    return Finding(path=": ".join(part for part in (origin, path) if part), code=code, message=message)


def _given_twice(entries: list[Entry]) -> list[Finding]:
    seen: set[tuple[str, str]] = set()
    findings = []
    for entry in entries:
        if entry.id in seen:
            findings.append(_problem(entry.origin, "key", f"{entry.kind}/{entry.key} is given twice."))
        seen.add(entry.id)
    return findings
