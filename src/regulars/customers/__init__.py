"""Customers: who they are, what is known of them, and one timeline of everything that happened to them."""

from regulars.customers.computing import COMPUTED_TRAIT, Computing, computed_traits
from regulars.customers.consent import Consent, consent_history, consents
from regulars.customers.correcting import Enriched, Enrichment, correct_traits, enrich, restore_trait
from regulars.customers.deciding import (
    AlreadyOne,
    AlreadyUndone,
    Deciding,
    IdentityDeed,
    decline,
    deed,
    deeds_of,
    merge,
    split,
    undo,
)
from regulars.customers.declaring import TRAIT, Declared, TraitBody, declared_traits, personal_traits
from regulars.customers.electing import expire_traits
from regulars.customers.groups import (
    Belonging,
    Group,
    GroupMember,
    GroupType,
    add_to_group,
    group,
    group_members,
    group_types,
    groups,
    groups_of,
    put_group,
    remove_from_group,
)
from regulars.customers.holding import hold, hold_alone
from regulars.customers.identity import IDENTITY, IdentifierKind, Identity
from regulars.customers.identity_events import EVENTS
from regulars.customers.knowing import people_of
from regulars.customers.measure import ComputedTraitBody, Facts, Filter, computed_sentence
from regulars.customers.model import Customer, Identifier, masked, masked_text, masked_values
from regulars.customers.moving import Follow, Moved
from regulars.customers.profile import Filters, by_ids, count, find, get, identifiers, list_page, search
from regulars.customers.provenance import Told, told_traits, trait_history, unfit_traits
from regulars.customers.reader import reader, resolve
from regulars.customers.saved_views import SavedView, delete_view, save_view, saved_view, saved_views
from regulars.customers.searching import SEARCH
from regulars.customers.timeline import masked_event, sources_of, timeline

__all__ = [
    "COMPUTED_TRAIT",
    "EVENTS",
    "IDENTITY",
    "SEARCH",
    "TRAIT",
    "AlreadyOne",
    "AlreadyUndone",
    "Belonging",
    "ComputedTraitBody",
    "Computing",
    "Consent",
    "Customer",
    "Deciding",
    "Declared",
    "Enriched",
    "Enrichment",
    "Facts",
    "Filter",
    "Filters",
    "Follow",
    "Group",
    "GroupMember",
    "GroupType",
    "Identifier",
    "IdentifierKind",
    "Identity",
    "IdentityDeed",
    "Moved",
    "SavedView",
    "Told",
    "TraitBody",
    "add_to_group",
    "by_ids",
    "computed_sentence",
    "computed_traits",
    "consent_history",
    "consents",
    "correct_traits",
    "count",
    "declared_traits",
    "decline",
    "deed",
    "deeds_of",
    "delete_view",
    "enrich",
    "expire_traits",
    "find",
    "get",
    "group",
    "group_members",
    "group_types",
    "groups",
    "groups_of",
    "hold",
    "hold_alone",
    "identifiers",
    "list_page",
    "masked",
    "masked_event",
    "masked_text",
    "masked_values",
    "merge",
    "people_of",
    "personal_traits",
    "put_group",
    "reader",
    "remove_from_group",
    "resolve",
    "restore_trait",
    "save_view",
    "saved_view",
    "saved_views",
    "search",
    "sources_of",
    "split",
    "timeline",
    "told_traits",
    "trait_history",
    "undo",
    "unfit_traits",
]
