"""The kind `export`: a listing that becomes a file by the clock and is brought somewhere."""

import re
from datetime import UTC, datetime
from urllib.parse import urlsplit

import asyncssh

from regulars import access
from regulars.access import Actor
from regulars.connections import SftpAddress
from regulars.db import Tx, run
from regulars.definitions import Definition, Kind, Lookup, Preview
from regulars.exports.body import (
    EVERY,
    NAME,
    NEW_ONLY,
    PLACEHOLDERS,
    ExportBody,
    S3Address,
    address_of,
    is_folder_below,
    kind_of,
)
from regulars.exports.listing import Listings
from regulars.exports.statements import SQL
from regulars.exports.writing import TITLES
from regulars.kernel import Finding, Invalid, NotFound

TEXT_MAX = 300
REGION = re.compile(r"[A-Za-z0-9-]{1,63}")  # It becomes a part of the address that is asked.
WHERE = {"folder": "the folder", "s3": "the store", "sftp": "the server"}


def scheduled(listings: Listings) -> Kind[ExportBody]:
    """The kind, for an installation that can export these."""

    def sentence(body: ExportBody) -> str:
        title = listings.get(body.listing).title if body.listing in listings else body.listing
        what = f"what is new of {title}" if body.only_new else title
        contacts = ", with contact details" if body.contacts == "shown" else ""
        return f"Brings {what} as {TITLES[body.format]}{contacts} to {body.place} {body.every}"

    def validate(body: ExportBody, _lookup: Lookup) -> list[Finding]:
        return [*_of_words(body), *_of_listing(body, listings), *_of_place(body)]

    def preview(_tx: Tx, definition: Definition[ExportBody], _at: datetime) -> Preview:
        return _preview(definition.body, listings, sentence(definition.body))

    def launch(tx: Tx, definition: Definition[ExportBody], actor: Actor, _at: datetime) -> str:
        """Whoever publishes it answers for what leaves: they may look at all of it themselves."""
        body = definition.body
        listing = listings.get(body.listing)
        listing.chosen(tx, body.columns)
        needed = [listing.permission] + (["customers.view_contacts"] if body.contacts == "shown" else [])
        for action in needed:
            decision = access.allows(actor, action)
            if decision.outcome != "yes":
                raise access.NotAllowed(f"“{body.title}” cannot be published by you: {decision.reason}")
        return f"Export “{body.title}” is live: {body.every}."

    def retire(tx: Tx, definition: Definition[ExportBody], _actor: Actor, _at: datetime) -> None:
        run(tx, SQL.forget_schedule, export_key=definition.key)

    return Kind(
        name="export",
        title="Export",
        plural="Exports",
        body=ExportBody,
        sentence=sentence,
        validate=validate,
        preview=preview,
        launch=launch,
        retire=retire,
    )


def _of_words(body: ExportBody) -> list[Finding]:
    found = [
        _wrong(name, f"Give a {name} of at most {TEXT_MAX} signs.")
        for name in ("title", "place", "listing")
        if not getattr(body, name).strip() or len(getattr(body, name)) > TEXT_MAX
    ]
    if not EVERY.fullmatch(body.every):
        found.append(_wrong("every", "Write hourly, daily at 02:30, or weekly on monday at 02:30."))
    unknown = set(re.findall(r"\{([^}]*)\}", body.name)) - set(PLACEHOLDERS)
    bare = re.sub(r"\{[a-z]*\}", "x", body.name)
    if not NAME.fullmatch(bare) or unknown or "{" in bare or "}" in bare:
        told = (
            f"A file's name takes letters, digits, - _ . and {', '.join(f'{{{p}}}' for p in PLACEHOLDERS)}."
        )
        found.append(_wrong("name", told))
    elif body.only_new and not any(f"{{{one}}}" in body.name for one in NEW_ONLY):
        told = "With only what is new, no file may replace another: write {run} or {time} into its name."
        found.append(_wrong("name", told))
    return found


def _of_listing(body: ExportBody, listings: Listings) -> list[Finding]:
    if not body.listing.strip():
        return []
    try:
        listing = listings.get(body.listing)
    except NotFound as error:
        return [_wrong("listing", str(error))]
    found = []
    if body.only_new and listing.top is None:
        able = ", ".join(one.name for one in listings if one.top is not None)
        found.append(_wrong("only_new", f"{listing.title} cannot tell what is new; these can: {able}."))
    try:
        # The instant matters for no check: any day is one.
        listing.read(body.filter, at=datetime(2026, 1, 1, tzinfo=UTC), zone="UTC")
    except Invalid as error:
        found += [_wrong(one.path, one.message) for one in error.findings]
    if len(body.columns) != len(set(body.columns)):
        found.append(_wrong("columns", "Name each column once."))
    return found


def _of_place(body: ExportBody) -> list[Finding]:
    try:
        address = address_of(body.place)
    except ValueError as error:
        return [_wrong("place", str(error))]
    if isinstance(address, SftpAddress):
        return _of_host_key(body)
    if isinstance(address, S3Address):
        return _of_endpoint(body)
    if body.place.strip() and not is_folder_below(body.place):
        return [_wrong("place", "Name a folder below the root for exports, as nightly.")]
    return []


def _of_host_key(body: ExportBody) -> list[Finding]:
    if body.host_key is None:
        told = "Give the server's public key (ssh-keyscan prints it), so that no other can stand in for it."
        return [_wrong("host_key", told)]
    try:
        asyncssh.import_public_key(body.host_key)
    except (asyncssh.KeyImportError, ValueError):
        return [_wrong("host_key", "It is no public key; write it as ssh-ed25519 AAAA….")]
    return []


def _of_endpoint(body: ExportBody) -> list[Finding]:
    if not REGION.fullmatch(body.region):
        return [_wrong("region", "Name the region as the store does, as eu-central-1.")]
    if body.endpoint is None:
        return []
    try:
        parts = urlsplit(body.endpoint)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.path in ("", "/")
        usable = usable and not (parts.username or parts.query) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    return (
        []
        if usable
        else [_wrong("endpoint", "Write the address of the store, as https://store.example.com.")]
    )


def _preview(body: ExportBody, listings: Listings, headline: str) -> Preview:
    listing = listings.get(body.listing)
    facts = [
        ("What", listing.title),
        ("Columns", ", ".join(body.columns) or "every one"),
        ("Narrowed to", ", ".join(f"{name} {value}" for name, value in body.filter.items()) or "nothing"),
        ("When", body.every),
        ("Where", f"{WHERE[kind_of(body.place)]} {body.place}"),
        ("Contact details", "shown" if body.contacts == "shown" else "masked"),
    ]
    told = "Customers' data leaves this machine; what has left cannot be erased from here."
    leaves = listing.personal and kind_of(body.place) != "folder"
    return Preview(
        headline=headline, facts=tuple(facts), warnings=(told,) if leaves else (), reversible=not leaves
    )


def _wrong(path: str, message: str) -> Finding:
    return Finding(path=path, code="exports.body", message=message)
