"""Everything in which people stand, in the order of erasing: profiles last, since others ask them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from regulars import (
    access,
    audit,
    campaigns,
    channels,
    checkout,
    connections,
    customers,
    definitions,
    deliverability,
    experiments,
    exports,
    forms,
    imports,
    jobs,
    log,
    loyalty,
    messaging,
    offers,
    orders,
    portal,
    preferences,
    responses,
    rewards,
    segments,
    webhooks,
)
from regulars.db import Tx
from regulars.privacy.copy import erase_copies
from regulars.privacy.erasure import STAYED, TAKEN_OUT
from regulars.privacy.subject import Subject, Tables
from regulars.privacy.sureness import PICKING
from regulars.settings import Settings

HISTORY = "What happened, so that service, segments and figures are right"
SERVICE = "Serving the customer and keeping the books"
RIGHTS = "Answering what customers ask of their data"
TECHNICAL = "Running the product"


def subjects(settings: Settings, desk: exports.Desk) -> tuple[Subject, ...]:
    """Every place, wired to the folders of this installation."""
    return (*_doings(), *_traffic(settings, desk), *_work(), _profile())


def _doings() -> tuple[Subject, ...]:
    return (
        Subject(
            title="Events and what was refused",
            kept=("events",),
            why=HISTORY,
            held=log.held,
            erase=log.erase,
            keeps="place and time of each event, without customer and content",
        ),
        Subject(
            title="Orders",
            basis="contract",
            how_long="as long as the books are kept",
            why=SERVICE,
            held=orders.held,
            erase=orders.erase,
            keeps="order number, products and amounts, for the books",
        ),
        Subject(
            title="Loyalty",
            basis="contract",
            seen_by="loyalty.view",
            how_long="as long as the ledger is kept",
            why=SERVICE,
            held=loyalty.held,
            erase=loyalty.erase,
            keeps="postings and balances under a number, for the ledger",
        ),
        Subject(
            title="Vouchers",
            basis="contract",
            seen_by="rewards.view",
            how_long="as long as the books are kept",
            why=SERVICE,
            held=offers.held,
            erase=offers.erase,
            keeps="codes, uses and gift cards under a number, for the books",
        ),
        Subject(
            title="Rewards",
            basis="contract",
            seen_by="rewards.view",
            how_long="as long as the books are kept",
            why=SERVICE,
            held=rewards.held,
            erase=rewards.erase,
            keeps="what was redeemed under a number, for the books",
        ),
        Subject(
            title="Messages",
            basis="consent",
            kept=("messages",),
            why="Writing to the customer, and answering what was written",
            held=messaging.held,
            erase=messaging.erase,
            keeps="that something was sent; addresses not to be written to, as keyed hashes",
        ),
        Subject(
            title="Bounces and complaints",
            basis="legitimate interest",
            how_long="mails that could not be matched, 14 days or as the bounce policy says",
            why="Writing to no address that does not want it or does not exist",
            held=deliverability.held,
            erase=deliverability.erase,
            keeps="that something came back of a number",
        ),
        Subject(
            title="Inbox and notifications",
            basis="consent",
            how_long="cards 30 days beyond their end; browsers until they are gone",
            why="Writing to the customer, and answering what was written",
            held=channels.held,
            erase=channels.erase,
            keeps="counts by day and domain",
        ),
        Subject(
            title="Opens and clicks",
            basis="consent",
            kept=("opens_and_clicks",),
            why="Seeing what messages are worth; network addresses and programs are not kept",
            held=responses.held,
            erase=responses.erase,
            keeps="that something came back of a message, by a person or a machine, under a number",
        ),
        Subject(
            title="Segments", why="Addressing customers fittingly", held=segments.held, erase=segments.erase
        ),
        Subject(
            title="Experiments",
            why="Measuring what an action changes",
            held=experiments.held,
            keeps="the arm that was drawn, under a number",
        ),
        Subject(
            title="Campaigns",
            why="Writing to the customer, and measuring it",
            held=campaigns.held,
            erase=campaigns.erase,
            keeps="that a number was in, and what it did in the window",
        ),
    )


def _traffic(settings: Settings, desk: exports.Desk) -> tuple[Subject, ...]:
    return (
        Subject(
            title="Forms",
            basis="consent",
            kept=("form_answers",),
            why="What customers tell of themselves",
            held=forms.held,
            erase=forms.erase,
        ),
        Subject(
            title="Preference centre",
            basis="legal obligation",
            why="Letting the customer decide",
            held=preferences.held,
            erase=preferences.erase,
        ),
        Subject(
            title="Member page",
            basis="contract",
            how_long="30 days after it ended",
            why=SERVICE,
            held=portal.held,
            erase=portal.erase,
        ),
        Subject(
            title="Tills and shops",
            basis="contract",
            why=SERVICE,
            held=checkout.held,
            erase=checkout.erase,
        ),
        Subject(
            title="Imports",
            seen_by="customers.import",
            setting="import_keep_days",
            why="Taking data over from other systems",
            held=imports.held,
            erase=partial(imports.erase, home=settings.imports),
            is_read=False,
        ),
        Subject(
            title="Connections",
            seen_by="sources.view",
            how_long="the last payload, 7 days",
            why="Taking data over from other systems",
            held=connections.held,
            erase=partial(connections.erase, drops=settings.drops),
            is_read=False,
        ),
        Subject(
            title="Webhooks",
            seen_by="sources.view",
            setting="webhook_keep_days",
            why="Telling other systems",
            held=_webhooks_held,
            erase=_erase_webhooks,
        ),
        Subject(
            title="Copies for customers",
            basis="legal obligation",
            seen_by="privacy.copy",
            how_long="7 days",
            why=RIGHTS,
            erase=partial(_erase_copies, settings.copies),
        ),
        Subject(
            title="Exports",
            seen_by="exports.view",
            setting="export_keep_days",
            why="Files for people and systems",
            erase=partial(_erase_exports, desk),
            is_read=False,
        ),
    )


def _work() -> tuple[Subject, ...]:
    return (
        Subject(
            title="Audit",
            seen_by="audit.view",
            kept=("audit_values",),
            why="Showing who did what",
            held=audit.held,
            erase=audit.erase,
            is_read=False,
            keeps="that something was done, by whom and when",
        ),
        Subject(
            title="Approvals",
            seen_by="approvals.view",
            why="Showing who decided what",
            erase=access.erase,
            is_read=False,
        ),
        Subject(
            title="Definitions",
            seen_by="definitions.view",
            why=TECHNICAL,
            erase=_erase_definitions,
            erase_sure=_erase_live_definitions,
            is_read=False,
            keeps="texts and settings that are live and name what may be the company's own",
        ),
        Subject(title="Jobs", seen_by="jobs.view", why=TECHNICAL, erase=jobs.erase, is_read=False),
    )


def _profile() -> Subject:
    return Subject(
        title="Profile",
        basis="contract",
        kept=("former_traits", "consent_proofs", "inactive_customers"),
        why="Knowing whom the company serves, and what they agreed to",
        held=customers.profile_held,
        erase=_erase_profile,
        keeps="a number, that it was erased and when, and that somebody agreed or withdrew",
    )


def _erase_profile(tx: Tx, atoms: Sequence[int], values: Sequence[str]) -> Mapping[str, int]:
    proofs = customers.erase_consents(tx, atoms, datetime.now(UTC))
    return customers.erase_profile(tx, atoms, values) | {"customers.consent": proofs}


def _erase_definitions(tx: Tx, _atoms: Sequence[int], values: Sequence[str]) -> Mapping[str, int]:
    stayed = definitions.naming_live(tx, values, (), ())
    return definitions.erase(tx, values, PICKING) | {f"{STAYED}{one.name}": 0 for one in stayed}


def _erase_live_definitions(tx: Tx, _atoms: Sequence[int], sure: Sequence[str]) -> Mapping[str, int]:
    taken_out = definitions.erase_live(tx, sure, PICKING)
    if taken_out:
        segments.ask_written_over(tx, [one.name for one in taken_out])
    return {"definitions.version": len(taken_out), **{f"{TAKEN_OUT}{one.name}": 1 for one in taken_out}}


def _webhooks_held(tx: Tx, atoms: Sequence[int], _values: Sequence[str]) -> Tables:
    return list(webhooks.held(tx, atoms))


def _erase_webhooks(tx: Tx, atoms: Sequence[int], values: Sequence[str]) -> Mapping[str, int]:
    return {"webhooks.delivery": webhooks.erase(tx, atoms, values), "webhooks.attempt": 0}


def _erase_exports(
    desk: exports.Desk, tx: Tx, atoms: Sequence[int], values: Sequence[str]
) -> Mapping[str, int]:
    return {
        "files of exports": exports.erase(tx, desk, atoms, values),
        "exports.run": 0,
        "exports.schedule": 0,
    }


def _erase_copies(folder: Path, tx: Tx, atoms: Sequence[int], _values: Sequence[str]) -> Mapping[str, int]:
    return erase_copies(tx, list(atoms), folder=folder)
