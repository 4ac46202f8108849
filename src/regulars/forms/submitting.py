"""Taking an answer over: at once, or after the owner of the address has confirmed it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from psycopg.types.json import Jsonb

from regulars import definitions, log
from regulars.db import Tx, maybe, one, run, value
from regulars.forms.answers import Typed, read_agreed, read_answers
from regulars.forms.kind import FORM
from regulars.forms.model import CONFIRM_WITHIN, Agreement, Form, Submission
from regulars.forms.statements import SQL
from regulars.forms.tokens import (
    FILLED_AFTER,
    FILLED_WITHIN,
    Opened,
    origin,
    person_key,
    read_confirmation,
    read_opened,
    secret,
)
from regulars.kernel import Conflict, NotFound, TooMany, public_id
from regulars.log import EventType, NewEvent
from regulars.messaging import normalised

TRAP = "website"  # A field people do not see; whoever fills it in is a machine.
COUNTED_FOR = timedelta(minutes=15)
FROM_ADDRESS_MAX = 30
OF_PERSON_MAX = 5

EVENTS = (
    EventType(
        name="regulars.forms.submitted",
        description="Somebody answered a form.",
        properties={"form": "Key of the form", "version": "Its version", "submission": "Id of the answer"},
    ),
    EventType(
        name="regulars.forms.confirmed",
        description="The owner of the address confirmed an answer.",
        properties={"form": "Key of the form", "version": "Its version", "submission": "Id of the answer"},
    ),
)


class TooManyAnswers(TooMany):
    code: ClassVar[str] = "forms.too_many"


class LinkTooOld(Conflict):
    code: ClassVar[str] = "forms.link_too_old"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    from_address: int
    of_person: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a browser sent for one form."""

    typed: Typed
    token: str
    address: str  # Where it came from.


def submit(tx: Tx, key: str, sent: Sent, *, at: datetime, now: datetime) -> Submission | None:
    """Keep an answer; None for what looks like a machine's, which is counted and told nothing.

    `at` is the business instant, `now` the wall clock's. Raises Invalid with the fields that are wrong,
    Conflict for a form that was left open too long, TooMany.
    """
    found = definitions.live(tx, FORM, key)
    if found is None:
        raise NotFound("This form is not there any more.")
    signing = secret(tx)
    opened = _screened(tx, key, sent, read_opened(signing, key, sent.token), at=at, now=now)
    if opened is None:
        return None
    known = maybe(tx, SQL.of_nonce, Submission, nonce=opened.nonce)
    if known is not None:
        return known
    answers, agreed = read_answers(found.body, sent.typed), read_agreed(found.body, sent.typed)
    who = person_key(signing, normalised(str(answers.get("email") or opened.nonce)))
    where = origin(signing, sent.address)
    _limit(tx, where, who, now)
    number = value(
        tx,
        SQL.submit,
        form_key=key,
        version=found.version,
        nonce=opened.nonce,
        answers=Jsonb(answers),
        agreed=agreed,
        person_key=who,
        address_hash=where,
        at=at,
        now=now,
        asked_ip=sent.address or None if agreed else None,  # The proof of a consent; else nobody needs it.
    )
    if number is None:  # The same form was sent twice at once.
        return one(tx, SQL.of_nonce, Submission, nonce=opened.nonce)
    made = submission(tx, number)
    log.append(tx, _received(made, at))
    if not found.body.confirm:
        _take_over(tx, made, found.body, at)
    return submission(tx, number)


def _screened(
    tx: Tx, key: str, sent: Sent, opened: Opened | None, *, at: datetime, now: datetime
) -> Opened | None:
    if opened is not None and now - opened.at > FILLED_WITHIN:
        raise Conflict("This form was open for more than a day. Load it again, and send it then.")
    hasty = opened is None or now - opened.at < FILLED_AFTER
    if not hasty and not any(one.strip() for one in sent.typed.get(TRAP, ())):
        return opened
    refuse(tx, key, "too fast" if hasty else "hidden field filled in", at.date())
    return None


def confirm(tx: Tx, token: str, at: datetime, *, address: str = "") -> Submission:
    """Take an answer over, because the owner of the address said so; again, it changes nothing.

    `address`: from where on the network it was confirmed, kept where something is agreed to.
    """
    found = submission(tx, read_confirmation(secret(tx), token))
    form = definitions.get(tx, FORM, found.form_key, found.version).body
    if found.state == "expired" or (found.state == "pending" and at - found.submitted_at > CONFIRM_WITHIN):
        raise LinkTooOld("This link was good for a week. Fill in the form again, please.")
    _take_over(tx, found, form, at, ip=address or None if found.agreed else None)
    return submission(tx, found.submission_id)


def _take_over(tx: Tx, found: Submission, form: Form, at: datetime, ip: str | None = None) -> None:
    if run(tx, SQL.confirm, submission_id=found.submission_id, at=at, ip=ip):
        log.append(tx, _taken_over(replace(found, confirmed_ip=ip), form, at))


def awaiting(tx: Tx, token: str) -> Submission:
    """The answer a link would confirm; raises NotFound for a link that is not one of ours."""
    return submission(tx, read_confirmation(secret(tx), token))


def submission(tx: Tx, submission_id: int) -> Submission:
    found = maybe(tx, SQL.submission, Submission, submission_id=submission_id)
    if found is None:
        raise NotFound(f"There is no answer {public_id('sub', submission_id)}.")
    return found


def expire_due(tx: Tx, at: datetime) -> int:
    """Forget what nobody confirmed in time; gives how many."""
    return run(tx, SQL.expire, before=at - CONFIRM_WITHIN)


def refuse(tx: Tx, key: str, reason: str, day: date) -> None:
    """Count what was refused; nothing else of it is kept."""
    run(tx, SQL.refuse, form_key=key, reason=reason, day=day)


def _limit(tx: Tx, where: bytes, who: str, now: datetime) -> None:
    lately = one(tx, SQL.recent, Recent, address_hash=where, person_key=who, since=now - COUNTED_FOR)
    if lately.from_address >= FROM_ADDRESS_MAX or lately.of_person >= OF_PERSON_MAX:
        raise TooManyAnswers("That was a little often. Wait a quarter of an hour, then send it again.")


def _received(found: Submission, at: datetime) -> Sequence[NewEvent]:
    """Of an unconfirmed answer nothing but the address is known, so that it can be asked."""
    told = [_event(found, "track", "regulars.forms.submitted", _facts(found), at)]
    if found.email is not None:
        told.append(_event(found, "identify", "identify", {"email": found.email}, at, step="address"))
    return told


def _taken_over(found: Submission, form: Form, at: datetime) -> Sequence[NewEvent]:
    traits = _nested(found.answers or {})
    agreed = [(place, form.agreements[place]) for place in found.agreed if place < len(form.agreements)]
    return [
        _event(found, "track", "regulars.forms.confirmed", _facts(found), at),
        _event(found, "identify", "identify", traits, at, verified=form.confirm),
        *(
            _event(
                found, "track", "Consent Given", _consent(asked, found, form), at, step=f"agreement-{place}"
            )
            for place, asked in agreed
        ),
    ]


def _consent(asked: Agreement, found: Submission, form: Form) -> dict[str, Any]:
    """With its proof: of a double opt-in both instants and places, else where it was said."""
    double = {
        "asked_at": found.submitted_at.isoformat(),
        "asked_ip": found.asked_ip,
        "ip": found.confirmed_ip,
    }
    said = {
        "channel": asked.channel,
        "topic": asked.topic,
        "wording": asked.wording,
        "wording_version": asked.wording_version or None,
        "purpose": asked.purpose or None,
        "basis": "consent",
        "source": f"form {found.form_key}, version {found.version}",
        **(double if form.confirm else {"ip": found.asked_ip}),
    }
    return {name: content for name, content in said.items() if content is not None}


def _facts(found: Submission) -> dict[str, Any]:
    return {"form": found.form_key, "version": found.version, "submission": found.id}


def _event(
    found: Submission,
    kind: str,
    name: str,
    properties: dict[str, Any],
    at: datetime,
    *,
    step: str = "",
    verified: bool = False,
) -> NewEvent:
    return NewEvent(
        message_id=f"form:{found.submission_id}:{step or name}",
        type=kind,
        name=name,
        occurred_at=at,
        properties=properties,
        anonymous_id=found.person_key,
        context={"verified": verified, "form": found.form_key, "provenance": {"kind": "form"}},
        source=f"form-{found.form_key}",
    )


def _nested(answers: dict[str, Any]) -> dict[str, Any]:
    """The traits as they nest: preferences.colour goes into the object preferences."""
    traits: dict[str, Any] = {}
    for name, content in answers.items():
        *outer, last = name.split(".")
        place = traits
        for part in outer:
            place = place.setdefault(part, {}) if isinstance(place.get(part, {}), dict) else {}
        place[last] = content
    return traits
