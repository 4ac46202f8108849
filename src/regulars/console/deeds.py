"""What people did, in words: the actions of the audit, and what they were done to."""

from dataclasses import dataclass
from typing import Final

from regulars.definitions import Registry

# Read on from a name: "Marta Lind signed in". Another action is shown by its own name.
DEEDS: Final = {
    "sign_in": "signed in",
    "sessions.end": "signed out",
    "people.add": "added a person",
    "people.change": "changed a person",
    "people.invite": "invited a person",
    "people.accept_invitation": "accepted an invitation",
    "people.change_password": "changed a password",
    "people.set_deputy": "named a deputy",
    "keys.make": "made an API key",
    "keys.revoke": "revoked an API key",
    "lake.export": "had the lake exported",
    "secret.set": "set a secret",
    "secret.forgotten": "let all secrets be forgotten",
    "connections.erase_payloads": "erased what a connection received last",
    "campaigns.pause": "paused a campaign",
    "campaigns.resume": "let a campaign go on",
    "campaigns.cancel": "stopped a campaign",
    "campaigns.uncancel": "took a stopped campaign up again",
    "exports.ask": "asked for an export",
    "exports.made": "exported",
    "events.export": "asked the whole history, contacts shown",
    "exports.fetch": "fetched an exported file",
    "exports.run": "had a scheduled export made",
    "exports.again": "had an export tried again",
    "exports.cancel": "cancelled an export",
    "drops.look": "had a file drop looked at",
    "drops.import_again": "had a file imported all the same",
    "deliverability.key_made": "made a key that signs mail",
    "deliverability.key_dropped": "dropped a key that signs mail",
    "deliverability.resumed": "let go on what had stopped by itself",
    "deliverability.mailbox_look": "had a mailbox looked into",
    "deliverability.unmatched_dropped": "let a mail go that belonged to no message",
    "webhooks.pause": "paused a webhook",
    "webhooks.resume": "let a webhook go on",
    "webhooks.replay": "had a webhook sent again",
    "webhooks.stop": "stopped a webhook that nobody answers",
    "channels.test": "sent a test by a channel",
    "channels.ask_again": "had a provider asked again",
    "webhooks.test": "sent a test to a webhook",
    "sources.assign_key": "let a key send for a source",
    "workspace.set_solo": "changed the way of working",
    "workspace.set_zone": "changed the time zone",
    "approvals.request": "asked for approval",
    "approvals.approve": "approved a request",
    "approvals.decline": "refused a request",
    "approvals.withdraw": "took a request back",
    "approvals.expire": "closed a request that nobody decided",
    "approvals.done": "carried out what was approved",
    "definitions.draft_saved": "saved a draft",
    "definitions.draft_discarded": "discarded a draft",
    "definitions.taken_on": "took a draft on",
    "definitions.requested": "asked to publish or archive",
    "definitions.published": "published",
    "definitions.archived": "took out of use",
    "segments.list_added": "put customers on a list",
    "segments.list_removed": "took customers off a list",
    "customers.edit": "corrected a customer",
    "messages.exempt": "sent something that the sending policy does not bind",
    "messages.switch_template": "let the rest of a send have another version of its template",
    "messages.retry": "let refused messages be sent again",
    "messages.settle": "settled messages in doubt",
    "consents.record": "recorded what a customer said",
    "preferences.link": "made a link to a customer's preferences",
    "portal.link": "made a link to a member's page",
    "preferences.withdraw_links": "withdrew all links to preferences",
    "consents.restrict": "restricted the use of a customer's data, or lifted that",
    "suppressions.lift": "let messages go to an address again",
    "customers.merge": "merged two customers",
    "customers.split": "split a customer",
    "customers.decline": "said that two customers are two people",
    "customers.undo": "took back who is one person",
    "customers.import": "imported customers",
    "imports.upload": "uploaded a file to import",
    "imports.run": "started an import",
    "imports.cancel": "stopped an import",
    "imports.mend": "mended rows of an import",
    "imports.download": "downloaded the bad rows of an import",
    "customers.export": "exported customers",
    "catalogue.put": "changed the catalogue",
    "stores.put": "changed stores",
    "orders.reconcile": "compared orders with the shop's figures",
    "loyalty.give": "gave points by hand",
    "loyalty.take": "took points away by hand",
    "loyalty.spend": "spent points by hand",
    "loyalty.undo": "undid a line of the ledger",
    "loyalty.pause": "paused a programme",
    "loyalty.resume": "let a programme run again",
    "loyalty.close": "closed a programme",
    "loyalty.hold": "held points",
    "loyalty.capture": "captured a hold of points",
    "loyalty.void": "voided a hold of points",
    "loyalty.gift": "passed points on",
    "loyalty.extend": "moved the end of points",
    "loyalty.reinstate": "gave expired points back",
    "loyalty.linked": "wrote several lines of the ledger at once",
    "loyalty.close_books": "closed the books of a programme",
    "loyalty.place": "put a member on a tier by hand",
    "loyalty.refresh_tiers": "put all members of a tier set where their figures say",
    "loyalty.review": "decided what was held for review",
    "loyalty.block": "stopped a member’s spending",
    "loyalty.lift": "let a member spend again",
    "rewards.redeem": "redeemed a reward for a member",
    "rewards.confirm": "confirmed a reward that was held",
    "rewards.fulfil": "moved a redeemed reward on",
    "rewards.cancel": "cancelled a redeemed reward",
    "rewards.stock": "changed the stock of a reward",
    "vouchers.make": "generated voucher codes",
    "vouchers.upload": "uploaded voucher codes",
    "vouchers.issue": "handed out a voucher code",
    "vouchers.withdraw": "withdrew a voucher code",
    "vouchers.redeem": "used a voucher code",
    "vouchers.give_back": "gave the use of a voucher code back",
    "readers.pause": "paused a reader",
    "readers.resume": "resumed a reader",
    "readers.replay": "applied an event set aside",
    "readers.dismiss": "gave an event up",
    "rejects.mend": "mended a reject",
    "rejects.replay": "replayed rejects",
    "rejects.dismiss": "dismissed a reject",
    "rejects.export": "saved rejects as a file",
    "jobs.cancel": "cancelled a job",
    "jobs.retry": "ran a job again",
    "privacy.copy": "had a copy made of what is held",
    "privacy.download": "fetched the copy of what is held",
    "privacy.erase": "had a customer erased",
    "privacy.decline": "declined an erasure",
    "clock.advance": "advanced the clock",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What something was done to, by the name people use."""

    title: str
    href: str = ""
    note: str = ""  # Its kind.


def deed_words(action: str) -> str:
    """As in "published"; an action that has no words yet says its name.

    >>> deed_words("people.add"), deed_words("demo.did")
    ('added a person', 'demo.did')
    """
    return DEEDS.get(action, action)


# Kinds whose subject is an id: its words, address and note.
BY_ID: Final = {
    "approval": ("request {}", "/approvals/{}", ""),
    "key": ("API key {}", "/keys", ""),
    "exported": ("export {}", "/data/exports/{}", ""),
    "listing": ("the list {}", "/data/exports", ""),
    "job": ("job {}", "/jobs/{}", ""),
    "redemption": ("redemption {}", "/loyalty/redemptions/{}", ""),
    "voucher": ("voucher code {}", "/loyalty/vouchers/codes/{}", ""),
    "customer": ("{}", "/customers/{}", "customer"),
    "erasure": ("erasure {}", "/privacy/erasures/{}", ""),
    "group": ("{}", "/groups/{}", "group"),
    "address": ("an address", "", "known by its hash"),
    "lake": ("the lake", "/data/lake", ""),
    "reader": ("reader {}", "/readers", ""),
    "workspace": ("the workspace", "/workspace", ""),
    "customers": ("the list as it was asked for", "{}", ""),  # Its subject is the list's address.
}


def subject_of(kind: str, subject: str, kinds: Registry, people: dict[str, str]) -> Subject:
    """`people` gives names by public id."""
    if kind == "person":
        return Subject(title=people.get(subject, subject), href=f"/people/{subject}", note="person")
    if kind in kinds:
        note = kinds.kind(kind).title.lower()
        return Subject(title=subject, href=f"/definitions/{kind}/{subject}", note=note)
    if kind == "member":
        programme, _, customer = subject.partition("/")
        return Subject(title=customer, href=f"/loyalty/{programme}/members/{customer}", note="member")
    if kind in BY_ID:
        title, href, note = BY_ID[kind]
        return Subject(title=title.format(subject), href=href.format(subject), note=note)
    return Subject(title=f"{kind} {subject}".strip())
