"""Responses: what comes back of a message: opens, clicks, who clicked and what only a machine did."""

from regulars.responses.answers import Answered, of_message
from regulars.responses.attribution import Attribution, Credit, Model, attributed
from regulars.responses.erasing import erase, forget, held
from regulars.responses.figures import (
    DomainFigures,
    Figures,
    HourFigures,
    LinkFigures,
    Rate,
    by_domain,
    by_hour,
    by_link,
    figures,
)
from regulars.responses.finishing import AddressOf, address_of, finish, letters
from regulars.responses.hearing import Came, hear
from regulars.responses.links import Target, key, target_of
from regulars.responses.machine import Networks, Signals, signal_of, signals
from regulars.responses.tokens import PLACES, SIGNS, Key, Mark, Use

__all__ = [
    "PLACES",
    "SIGNS",
    "AddressOf",
    "Answered",
    "Attribution",
    "Came",
    "Credit",
    "DomainFigures",
    "Figures",
    "HourFigures",
    "Key",
    "LinkFigures",
    "Mark",
    "Model",
    "Networks",
    "Rate",
    "Signals",
    "Target",
    "Use",
    "address_of",
    "attributed",
    "by_domain",
    "by_hour",
    "by_link",
    "erase",
    "figures",
    "finish",
    "forget",
    "hear",
    "held",
    "key",
    "letters",
    "of_message",
    "signal_of",
    "signals",
    "target_of",
]
