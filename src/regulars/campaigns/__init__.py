"""Campaigns: one send to an audience, with a holdout, a goal and a window, measured by assignment."""

from regulars.campaigns.erasing import held
from regulars.campaigns.events import EVENTS
from regulars.campaigns.fact_sources import SOURCES
from regulars.campaigns.launching import CAMPAIGN, find
from regulars.campaigns.model import ORDER_COMPLETED, Campaign, Results, Run, sentence
from regulars.campaigns.overview import RunLine, run_lines
from regulars.campaigns.ready_made import (
    WIN_BACK,
    WIN_BACK_KEY,
    WIN_BACK_TEMPLATE,
    WIN_BACK_TEMPLATE_KEY,
)
from regulars.campaigns.results import message, messages, results, runs, why_not
from regulars.campaigns.running import advance, carry_on, due, follow

__all__ = [
    "CAMPAIGN",
    "EVENTS",
    "ORDER_COMPLETED",
    "SOURCES",
    "WIN_BACK",
    "WIN_BACK_KEY",
    "WIN_BACK_TEMPLATE",
    "WIN_BACK_TEMPLATE_KEY",
    "Campaign",
    "Results",
    "Run",
    "RunLine",
    "advance",
    "carry_on",
    "due",
    "find",
    "follow",
    "held",
    "message",
    "messages",
    "results",
    "run_lines",
    "runs",
    "sentence",
    "why_not",
]
