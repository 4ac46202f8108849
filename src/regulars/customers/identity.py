"""The kind `identity`: which identifiers there are, where they are read from, and which make one person."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec
import phonenumbers

from regulars import log
from regulars.access import Actor
from regulars.customers.identity_events import POLICY
from regulars.customers.normalising import Form
from regulars.customers.people import ANONYMOUS, USER
from regulars.db import Query, Statements, Tx, run
from regulars.definitions import Definition, Kind, Lookup, live
from regulars.kernel import Finding, Invalid
from regulars.log import NewEvent

KEY = "default"  # There is one policy; a second would give a second answer.
KINDS_MAX = 20
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


class Sql(Statements, file="identity.sql"):
    unsettle: Query


SQL = Sql()


class IdentifierKind(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One kind of identifier that customers are known by."""

    kind: str  # Small letters, as in "card".
    title: str
    form: Form = "text"
    # An identifier makes those who share it one person, or suggests it; a contact may be shared by anybody.
    use: Literal["merge", "suggest", "contact"] = "contact"
    traits: tuple[str, ...] = ()  # Of identify events.
    external_ids: tuple[str, ...] = ()  # Types in context.externalIds.


class Identity(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What makes two records one person."""

    title: str
    identifiers: tuple[IdentifierKind, ...]
    region: str = ""  # Of phone numbers without a country code, as in "DE"; empty: such are not read.
    unverified_sources: tuple[str, ...] = ()  # Such as tills: what they say suggests, and never merges.


DEFAULT = Identity(
    title="How customers are recognised",
    identifiers=(
        IdentifierKind(
            kind="email", title="E-mail", form="email", traits=("email",), external_ids=("email",)
        ),
        IdentifierKind(
            kind="phone", title="Phone", form="phone", traits=("phone", "mobile"), external_ids=("phone",)
        ),
        IdentifierKind(
            kind="card",
            title="Customer card",
            form="card",
            use="merge",
            traits=("card", "card_number", "cardNumber"),
            external_ids=("card",),
        ),
    ),
)

# Every workspace has these: the customer's own id with you, and what a browser or app remembers.
BUILT_IN = (
    IdentifierKind(kind=USER, title="User id", use="merge", external_ids=(USER,)),
    IdentifierKind(kind=ANONYMOUS, title="Anonymous id", use="merge", external_ids=(ANONYMOUS,)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The policy as the reader works by it."""

    kinds: dict[str, IdentifierKind]
    region: str
    unverified_sources: tuple[str, ...]

    @property
    def traits(self) -> list[tuple[str, str]]:
        return [(one.kind, trait) for one in self.kinds.values() for trait in one.traits]

    @property
    def external_ids(self) -> list[tuple[str, str]]:
        return [(one.kind, kind) for one in self.kinds.values() for kind in one.external_ids]

    @property
    def merging(self) -> list[str]:
        """The kinds, beside the built-in ones, whose sharers are one person."""
        return [one.kind for one in self.kinds.values() if one.use == "merge" and one not in BUILT_IN]

    @property
    def contacts(self) -> list[str]:
        return [one.kind for one in self.kinds.values() if one.use == "contact"]

    def title(self, kind: str) -> str:
        return self.kinds[kind].title if kind in self.kinds else kind


def rules(tx: Tx) -> Rules:
    """What holds now: the live policy, or the built-in one when none is live."""
    found = live(tx, IDENTITY, KEY)
    return rules_of(found.body if found else DEFAULT)


def rules_of(body: Identity) -> Rules:
    return Rules(
        kinds={one.kind: one for one in (*BUILT_IN, *body.identifiers)},
        region=body.region,
        unverified_sources=body.unverified_sources,
    )


def sentence(body: Identity) -> str:
    """Who is one person, in one sentence."""
    merging = [one.title.lower() for one in body.identifiers if one.use == "merge"]
    suggesting = [one.title.lower() for one in body.identifiers if one.use == "suggest"]
    contacts = [one.title.lower() for one in body.identifiers if one.use == "contact"]
    said = [f"customers with one {_either(['user id', *merging])} are one person"]
    if suggesting:
        said.append(f"one {_either(suggesting)} suggests it")
    if contacts:
        said.append(f"{_either(contacts)} may be shared")
    if body.unverified_sources:
        said.append(f"what {_either(list(body.unverified_sources))} says only suggests")
    text = "; ".join(said)
    return text[0].upper() + text[1:]


def _either(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def validate(body: Identity, _lookup: Lookup) -> list[Finding]:
    found: list[Finding] = []
    if not body.title.strip():
        found.append(_finding("title", "Give the policy a title."))
    if len(body.identifiers) > KINDS_MAX:
        found.append(
            _finding("identifiers", f"{len(body.identifiers)} kinds are declared, at most {KINDS_MAX}.")
        )
    if body.region and body.region not in phonenumbers.SUPPORTED_REGIONS:
        found.append(
            _finding("region", f"{body.region!r} is no region; write two capital letters, such as DE.")
        )
    return [*found, *_kind_findings(body)]


def _kind_findings(body: Identity) -> list[Finding]:
    found: list[Finding] = []
    read: dict[str, str] = {}
    names = {one.kind for one in BUILT_IN}
    for number, one in enumerate(body.identifiers):
        place = f"identifiers[{number}]"
        if not NAME.fullmatch(one.kind):
            found.append(_finding(f"{place}.kind", "Write the kind in small letters, digits and _."))
        if one.kind in names:
            found.append(_finding(f"{place}.kind", f"{one.kind!r} is declared twice or built in."))
        names.add(one.kind)
        if not one.title.strip():
            found.append(_finding(f"{place}.title", "Give the kind a title."))
        if not one.traits and not one.external_ids:
            found.append(_finding(f"{place}.traits", f"Say where {one.kind!r} is read from."))
        for trait in one.traits:
            if trait in read:
                found.append(_finding(f"{place}.traits", f"{trait!r} is read as {read[trait]!r} already."))
            read[trait] = one.kind
    return found


def _finding(path: str, message: str) -> Finding:
    return Finding(path=path, code="identity.unfit", message=message)


def launch(tx: Tx, definition: Definition[Identity], _actor: Actor, at: datetime) -> str:
    """Everybody whom the change may concern is settled anew by the reader, soon after."""
    if definition.key != KEY:
        message = (
            f"Save it under the key {KEY!r}: a workspace has one identity policy, not {definition.key!r}."
        )
        raise Invalid(message, [Finding(path="key", code="identity.one_policy", message=message)])
    waiting = _unsettle(tx, definition.body)
    _wake(tx, definition.version, at)
    return f"The policy holds from now on; {waiting:,} customers with such identifiers are looked at anew."


def retire(tx: Tx, _definition: Definition[Identity], _actor: Actor, at: datetime) -> None:
    _unsettle(tx, DEFAULT)
    _wake(tx, 0, at)


def _unsettle(tx: Tx, body: Identity) -> int:
    read = rules_of(body).traits
    return run(tx, SQL.unsettle, kinds=[kind for kind, _ in read], traits=[trait for _, trait in read])


def _wake(tx: Tx, version: int, at: datetime) -> None:
    """The reader works when something happens, so something does."""
    event = NewEvent(
        message_id=f"customers.policy:{version}:{at.isoformat()}",
        name=POLICY,
        occurred_at=at,
        properties={"version": version},
    )
    log.append(tx, [event])


IDENTITY = Kind(
    name="identity",
    title="Identity policy",
    plural="Identity policies",
    body=Identity,
    sentence=sentence,
    validate=validate,
    launch=launch,
    retire=retire,
)
