"""Definitions: everything people define, with versions, drafts, approval, difference, files and history."""

from regulars.definitions.applying import Applied, Change
from regulars.definitions.applying import apply as apply
from regulars.definitions.applying import diff as diff_files
from regulars.definitions.comparison import compare, differing
from regulars.definitions.drafting import discard_draft, restore, save_draft, take_on, title_of
from regulars.definitions.erasing import LiveNaming, erase, erase_live, naming_live
from regulars.definitions.files import export
from regulars.definitions.forcing import ApprovalNeeded, UsersChanged, archive_with_users, users_of
from regulars.definitions.kind import Kind, Lookup, Registry
from regulars.definitions.model import (
    Archived,
    ChangedSinceRequest,
    Comparison,
    Definition,
    Difference,
    InUse,
    Keep,
    NotTakenOn,
    Preview,
    Published,
    Ref,
    Requested,
    State,
    Unreadable,
    User,
)
from regulars.definitions.publishing import archive, carry_out, preview, publish, validate
from regulars.definitions.reading import (
    Head,
    LiveLookup,
    all_drafts,
    all_live,
    diff,
    draft,
    get,
    heads,
    live,
    scope_of,
    used_by,
    versions,
)
from regulars.definitions.shape import canonical, decode
from regulars.definitions.yaml_text import dump as dump_yaml
from regulars.definitions.yaml_text import load_all as load_yaml

__all__ = [
    "Applied",
    "ApprovalNeeded",
    "Archived",
    "Change",
    "ChangedSinceRequest",
    "Comparison",
    "Definition",
    "Difference",
    "Head",
    "InUse",
    "Keep",
    "Kind",
    "LiveLookup",
    "LiveNaming",
    "Lookup",
    "NotTakenOn",
    "Preview",
    "Published",
    "Ref",
    "Registry",
    "Requested",
    "State",
    "Unreadable",
    "User",
    "UsersChanged",
    "all_drafts",
    "all_live",
    "apply",
    "archive",
    "archive_with_users",
    "canonical",
    "carry_out",
    "compare",
    "decode",
    "diff",
    "diff_files",
    "differing",
    "discard_draft",
    "draft",
    "dump_yaml",
    "erase",
    "erase_live",
    "export",
    "get",
    "heads",
    "live",
    "load_yaml",
    "naming_live",
    "preview",
    "publish",
    "restore",
    "save_draft",
    "scope_of",
    "take_on",
    "title_of",
    "used_by",
    "users_of",
    "validate",
    "versions",
]
