"""Rewards: what members get for their points, from the catalogue to the handing over."""

from regulars.rewards.automatic import READER, catch_up
from regulars.rewards.catalogue import Choice, choices
from regulars.rewards.costing import reward_cost
from regulars.rewards.erasing import erase, held
from regulars.rewards.errors import (
    KeyConflict,
    NotInStock,
    NotRedeemable,
    UnknownRedemption,
    UnknownReward,
    WrongStep,
)
from regulars.rewards.events import EVENTS
from regulars.rewards.fulfilling import STATES_ASKED, cancel, confirm, set_state
from regulars.rewards.kind import REWARD, coffee_mug, five_voucher, gold_box, launch_reward
from regulars.rewards.lapsing import lapse_due
from regulars.rewards.model import WAYS, Fulfilment, Reward, TierPrice
from regulars.rewards.redeeming import Redeemed, redeem, reserve
from regulars.rewards.redemption_record import (
    PREFIX,
    Redemption,
    Step,
    redemption,
    redemptions,
    redemptions_of,
    steps,
)
from regulars.rewards.reward_record import (
    Figures,
    Launched,
    StockChange,
    change_stock,
    figures,
    reward,
    rewards,
    stock_changes,
)
from regulars.rewards.words import HANDED_OVER, STATES, sentence

__all__ = [
    "EVENTS",
    "HANDED_OVER",
    "PREFIX",
    "READER",
    "REWARD",
    "STATES",
    "STATES_ASKED",
    "WAYS",
    "Choice",
    "Figures",
    "Fulfilment",
    "KeyConflict",
    "Launched",
    "NotInStock",
    "NotRedeemable",
    "Redeemed",
    "Redemption",
    "Reward",
    "Step",
    "StockChange",
    "TierPrice",
    "UnknownRedemption",
    "UnknownReward",
    "WrongStep",
    "cancel",
    "catch_up",
    "change_stock",
    "choices",
    "coffee_mug",
    "confirm",
    "erase",
    "figures",
    "five_voucher",
    "gold_box",
    "held",
    "lapse_due",
    "launch_reward",
    "redeem",
    "redemption",
    "redemptions",
    "redemptions_of",
    "reserve",
    "reward",
    "reward_cost",
    "rewards",
    "sentence",
    "set_state",
    "steps",
    "stock_changes",
]
