"""Loyalty: programmes, members, tiers, and the double-entry ledger of their points with its lots."""

from regulars.loyalty.accrual import Accrued, accrue
from regulars.loyalty.activation import activate_due
from regulars.loyalty.acts import counted_events
from regulars.loyalty.asking import asked, named_by
from regulars.loyalty.balances import Balance, balance_as_of, balance_known_now
from regulars.loyalty.basket import Basket, BasketLine, Happening
from regulars.loyalty.birthday import award_birthdays
from regulars.loyalty.blocking import Block, Blocked, block, blocked, check_free, check_note, lift
from regulars.loyalty.by_hand import (
    ask_by_hand,
    asked_by_hand,
    carry_out_by_hand,
    do_by_hand,
    is_posted,
)
from regulars.loyalty.check import TrialBalance, TrialLine, check_ledger, trial_balance
from regulars.loyalty.climbing import climb, fall
from regulars.loyalty.closing import Closing, close_books, closings
from regulars.loyalty.deed import REASONS, Deed
from regulars.loyalty.due import DUE, DueJob
from regulars.loyalty.earning_rule import Cap, EarningRule, Lines, Multiplier, Orders
from regulars.loyalty.erasing import erase, held, spendable
from regulars.loyalty.errors import (
    BooksClosed,
    Ended,
    GiftsNotAllowed,
    HoldCaptured,
    HoldExpired,
    HoldTooSmall,
    HoldVoided,
    InsufficientPoints,
    KeyConflict,
    NotReversible,
    NotRunning,
    UnknownHold,
    UnknownMember,
    UnknownProgramme,
    UnknownTransfer,
)
from regulars.loyalty.evaluator import evaluate, evaluate_event
from regulars.loyalty.events import EVENTS
from regulars.loyalty.exact import spread
from regulars.loyalty.expiry import expire_due
from regulars.loyalty.fact_sources import SOURCES
from regulars.loyalty.following import follow
from regulars.loyalty.foreseeing import Foreseen, Sources, foresee, sources, undoing
from regulars.loyalty.gifts import transfer_points
from regulars.loyalty.health import Health, TierMove, active_members, health, tier_moves
from regulars.loyalty.holds import (
    Hold,
    HoldReceipt,
    capture_hold,
    expire_holds,
    hold_of,
    holds_of,
    place_hold,
    void_hold,
)
from regulars.loyalty.inactivity import expire_inactive
from regulars.loyalty.lake import LAKE
from regulars.loyalty.launching import begin_due, launch_version
from regulars.loyalty.linked import Linked, Write, Written, post_linked
from regulars.loyalty.lot_ends import EndsMoved, LotChange, lot_changes, move_ends, reinstate
from regulars.loyalty.member import (
    Lot,
    LotMove,
    Member,
    lot_history,
    lots,
    member,
    programmes_of,
)
from regulars.loyalty.member_state import STRANGER, CapKey, MemberState
from regulars.loyalty.metrics import programme_metrics
from regulars.loyalty.metrics_model import Metrics, Migration, RewardCost, Roll, Share, TierMigration
from regulars.loyalty.model import Currency, Programme, Rollout, points_for
from regulars.loyalty.notices import tell_expiring_points
from regulars.loyalty.opening import Opened, Opening, open_balances, opening_units
from regulars.loyalty.overview import (
    Expiring,
    Flow,
    Holdings,
    ProgrammeLine,
    ProgrammeOverview,
    TierCount,
    holdings,
    points_by_month,
    points_by_week,
    programme_overview,
    programmes,
    tiers,
)
from regulars.loyalty.period import Period, shifted
from regulars.loyalty.policies import AutoReward, Award, Birthday, Payment, Rate, TierRate, Velocity
from regulars.loyalty.policy_words import limit_words
from regulars.loyalty.posting import Receipt, adjust, definition, enrol, spend
from regulars.loyalty.previewing import preview_basket, preview_event
from regulars.loyalty.priced import Cut, Earned, LinePart, Payable, Priced, Skipped
from regulars.loyalty.programme import PROGRAMME
from regulars.loyalty.reader import READER
from regulars.loyalty.ready_made import READY_MADE, points_club
from regulars.loyalty.reversing import give_back, reverse, take_back, unclaim
from regulars.loyalty.review import review_tiers, tell_ending_tiers
from regulars.loyalty.roster import RosterLine, roster
from regulars.loyalty.run_state import ProgrammeRun, VersionRun, programme_run
from regulars.loyalty.running import (
    RUNNING,
    Ran,
    RunDeed,
    carry_out_run,
    close_programme,
    foresee_run,
    pause_programme,
    resume_programme,
)
from regulars.loyalty.scope import scope_of
from regulars.loyalty.standing import standings
from regulars.loyalty.statement import StatementLine, statement
from regulars.loyalty.tier_by_hand import Placing, end_by_hand, place_by_hand
from regulars.loyalty.tier_place import TierPlace
from regulars.loyalty.tier_refresh import Refresh, foresee_refresh, refresh_tiers
from regulars.loyalty.tier_set import Benefit, Tier, TierSet
from regulars.loyalty.watching import (
    WATCH,
    AlreadyDecided,
    Concerned,
    Review,
    UnknownReview,
    concerned,
    decide_review,
    open_reviews,
    review_by_id,
    reviews,
)
from regulars.loyalty.welcome import greet_due
from regulars.loyalty.words import sentence, sentences

__all__ = [
    "DUE",
    "EVENTS",
    "LAKE",
    "PROGRAMME",
    "READER",
    "READY_MADE",
    "REASONS",
    "RUNNING",
    "SOURCES",
    "STRANGER",
    "WATCH",
    "Accrued",
    "AlreadyDecided",
    "AutoReward",
    "Award",
    "Balance",
    "Basket",
    "BasketLine",
    "Benefit",
    "Birthday",
    "Block",
    "Blocked",
    "BooksClosed",
    "Cap",
    "CapKey",
    "Closing",
    "Concerned",
    "Currency",
    "Cut",
    "Deed",
    "DueJob",
    "Earned",
    "EarningRule",
    "Ended",
    "EndsMoved",
    "Expiring",
    "Flow",
    "Foreseen",
    "GiftsNotAllowed",
    "Happening",
    "Health",
    "Hold",
    "HoldCaptured",
    "HoldExpired",
    "HoldReceipt",
    "HoldTooSmall",
    "HoldVoided",
    "Holdings",
    "InsufficientPoints",
    "KeyConflict",
    "LinePart",
    "Lines",
    "Linked",
    "Lot",
    "LotChange",
    "LotMove",
    "Member",
    "MemberState",
    "Metrics",
    "Migration",
    "Multiplier",
    "NotReversible",
    "NotRunning",
    "Opened",
    "Opening",
    "Orders",
    "Payable",
    "Payment",
    "Period",
    "Placing",
    "Priced",
    "Programme",
    "ProgrammeLine",
    "ProgrammeOverview",
    "ProgrammeRun",
    "Ran",
    "Rate",
    "Receipt",
    "Refresh",
    "Review",
    "RewardCost",
    "Roll",
    "Rollout",
    "RosterLine",
    "RunDeed",
    "Share",
    "Skipped",
    "Sources",
    "StatementLine",
    "Tier",
    "TierCount",
    "TierMigration",
    "TierMove",
    "TierPlace",
    "TierRate",
    "TierSet",
    "TrialBalance",
    "TrialLine",
    "UnknownHold",
    "UnknownMember",
    "UnknownProgramme",
    "UnknownReview",
    "UnknownTransfer",
    "Velocity",
    "VersionRun",
    "Write",
    "Written",
    "accrue",
    "activate_due",
    "active_members",
    "adjust",
    "ask_by_hand",
    "asked",
    "asked_by_hand",
    "award_birthdays",
    "balance_as_of",
    "balance_known_now",
    "begin_due",
    "block",
    "blocked",
    "capture_hold",
    "carry_out_by_hand",
    "carry_out_run",
    "check_free",
    "check_ledger",
    "check_note",
    "climb",
    "close_books",
    "close_programme",
    "closings",
    "concerned",
    "counted_events",
    "decide_review",
    "definition",
    "do_by_hand",
    "end_by_hand",
    "enrol",
    "erase",
    "evaluate",
    "evaluate_event",
    "expire_due",
    "expire_holds",
    "expire_inactive",
    "fall",
    "follow",
    "foresee",
    "foresee_refresh",
    "foresee_run",
    "give_back",
    "greet_due",
    "health",
    "held",
    "hold_of",
    "holdings",
    "holds_of",
    "is_posted",
    "launch_version",
    "lift",
    "limit_words",
    "lot_changes",
    "lot_history",
    "lots",
    "member",
    "move_ends",
    "named_by",
    "open_balances",
    "open_reviews",
    "opening_units",
    "pause_programme",
    "place_by_hand",
    "place_hold",
    "points_by_month",
    "points_by_week",
    "points_club",
    "points_for",
    "post_linked",
    "preview_basket",
    "preview_event",
    "programme_metrics",
    "programme_overview",
    "programme_run",
    "programmes",
    "programmes_of",
    "refresh_tiers",
    "reinstate",
    "resume_programme",
    "reverse",
    "review_by_id",
    "review_tiers",
    "reviews",
    "roster",
    "scope_of",
    "sentence",
    "sentences",
    "shifted",
    "sources",
    "spend",
    "spendable",
    "spread",
    "standings",
    "statement",
    "take_back",
    "tell_ending_tiers",
    "tell_expiring_points",
    "tier_moves",
    "tiers",
    "transfer_points",
    "trial_balance",
    "unclaim",
    "undoing",
    "void_hold",
]
