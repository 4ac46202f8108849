"""Loyalty: programmes, members, tiers, and the double-entry ledger of their points with its lots."""

from regulars.loyalty.accrual import READER, Accrued, accrue
from regulars.loyalty.asking import asked, named_by
from regulars.loyalty.basket import Basket, BasketLine
from regulars.loyalty.blocking import Block, Blocked, block, blocked, check_free, lift
from regulars.loyalty.by_hand import (
    ask_by_hand,
    asked_by_hand,
    carry_out_by_hand,
    do_by_hand,
    is_posted,
)
from regulars.loyalty.check import TrialBalance, TrialLine, check_ledger, trial_balance
from regulars.loyalty.climbing import climb, fall
from regulars.loyalty.deed import REASONS, Deed
from regulars.loyalty.due import (
    DUE,
    DueJob,
    activate_due,
    award_birthdays,
    expire_due,
    expire_inactive,
    greet_due,
    review_tiers,
    tell_ending_tiers,
    tell_expiring_points,
)
from regulars.loyalty.earning_rule import Cap, EarningRule, Lines, Multiplier, Orders
from regulars.loyalty.erasing import erase, held, spendable
from regulars.loyalty.errors import (
    InsufficientPoints,
    KeyConflict,
    NotReversible,
    UnknownMember,
    UnknownProgramme,
    UnknownTransfer,
)
from regulars.loyalty.evaluator import evaluate
from regulars.loyalty.events import EVENTS
from regulars.loyalty.fact_sources import SOURCES
from regulars.loyalty.following import follow
from regulars.loyalty.foreseeing import Foreseen, Sources, foresee, sources, undoing
from regulars.loyalty.health import Health, TierMove, active_members, health, tier_moves
from regulars.loyalty.lake import LAKE
from regulars.loyalty.launching import begin_due, launch_version
from regulars.loyalty.member import (
    Balance,
    Lot,
    LotMove,
    Member,
    TierPlace,
    balance_as_of,
    lot_history,
    lots,
    member,
    programmes_of,
)
from regulars.loyalty.member_state import STRANGER, CapKey, MemberState
from regulars.loyalty.model import Currency, Programme, Rollout, points_for
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
from regulars.loyalty.posting import Receipt, adjust, definition, enrol, spend
from regulars.loyalty.previewing import preview_basket
from regulars.loyalty.priced import Cut, Earned, LinePart, Payable, Priced, Skipped
from regulars.loyalty.programme import PROGRAMME
from regulars.loyalty.ready_made import READY_MADE, points_club
from regulars.loyalty.reversing import give_back, reverse, take_back, unclaim
from regulars.loyalty.roster import RosterLine, roster
from regulars.loyalty.standing import standings
from regulars.loyalty.statement import StatementLine, statement
from regulars.loyalty.tier_set import Benefit, Tier, TierSet
from regulars.loyalty.watching import (
    WATCH,
    AlreadyDecided,
    Review,
    UnknownReview,
    decide_review,
    reviews,
)
from regulars.loyalty.words import sentence, sentences

__all__ = [
    "DUE",
    "EVENTS",
    "LAKE",
    "PROGRAMME",
    "READER",
    "READY_MADE",
    "REASONS",
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
    "Cap",
    "CapKey",
    "Currency",
    "Cut",
    "Deed",
    "DueJob",
    "Earned",
    "EarningRule",
    "Expiring",
    "Flow",
    "Foreseen",
    "Health",
    "Holdings",
    "InsufficientPoints",
    "KeyConflict",
    "LinePart",
    "Lines",
    "Lot",
    "LotMove",
    "Member",
    "MemberState",
    "Multiplier",
    "NotReversible",
    "Opened",
    "Opening",
    "Orders",
    "Payable",
    "Payment",
    "Period",
    "Priced",
    "Programme",
    "ProgrammeLine",
    "ProgrammeOverview",
    "Rate",
    "Receipt",
    "Review",
    "Rollout",
    "RosterLine",
    "Skipped",
    "Sources",
    "StatementLine",
    "Tier",
    "TierCount",
    "TierMove",
    "TierPlace",
    "TierRate",
    "TierSet",
    "TrialBalance",
    "TrialLine",
    "UnknownMember",
    "UnknownProgramme",
    "UnknownReview",
    "UnknownTransfer",
    "Velocity",
    "accrue",
    "activate_due",
    "active_members",
    "adjust",
    "ask_by_hand",
    "asked",
    "asked_by_hand",
    "award_birthdays",
    "balance_as_of",
    "begin_due",
    "block",
    "blocked",
    "carry_out_by_hand",
    "check_free",
    "check_ledger",
    "climb",
    "decide_review",
    "definition",
    "do_by_hand",
    "enrol",
    "erase",
    "evaluate",
    "expire_due",
    "expire_inactive",
    "fall",
    "follow",
    "foresee",
    "give_back",
    "greet_due",
    "health",
    "held",
    "holdings",
    "is_posted",
    "launch_version",
    "lift",
    "lot_history",
    "lots",
    "member",
    "named_by",
    "open_balances",
    "opening_units",
    "points_by_month",
    "points_by_week",
    "points_club",
    "points_for",
    "preview_basket",
    "programme_overview",
    "programmes",
    "programmes_of",
    "reverse",
    "review_tiers",
    "reviews",
    "roster",
    "sentence",
    "sentences",
    "shifted",
    "sources",
    "spend",
    "spendable",
    "standings",
    "statement",
    "take_back",
    "tell_ending_tiers",
    "tell_expiring_points",
    "tier_moves",
    "tiers",
    "trial_balance",
    "unclaim",
    "undoing",
]
