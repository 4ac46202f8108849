"""Campaigns: one send to an audience, with a holdout, a goal and a window, measured by assignment."""

from regulars.campaigns.again import copied, draft_again, once_more, to_the_others
from regulars.campaigns.carrying import Carrying, channels
from regulars.campaigns.domains import Domain, count_domains, domains, domains_counted_at
from regulars.campaigns.erasing import erase, held
from regulars.campaigns.events import EVENTS
from regulars.campaigns.fact_sources import SOURCES
from regulars.campaigns.handing import Handed, Handing, carry_on_handed, forget_keys, hand_over
from regulars.campaigns.history import Happened, past
from regulars.campaigns.launching import CAMPAIGN, find, source_of
from regulars.campaigns.model import ORDER_COMPLETED, Campaign, Resend, Results, Run, salt_of, sentence, whom
from regulars.campaigns.monitor import Monitor, monitor
from regulars.campaigns.overview import RunLine, run_lines
from regulars.campaigns.previewing import costs, finds, preview_of, price, warnings
from regulars.campaigns.ready_made import (
    WIN_BACK,
    WIN_BACK_KEY,
    WIN_BACK_TEMPLATE,
    WIN_BACK_TEMPLATE_KEY,
)
from regulars.campaigns.ready_made_campaigns import READY_MADE
from regulars.campaigns.results import message, messages, results, runs, why_not
from regulars.campaigns.retrying import NotRetried, may_retry, retry, retry_all, retryable
from regulars.campaigns.revenue import Revenue, Spent, revenue
from regulars.campaigns.running import advance, begin_due, carry_on, due, follow
from regulars.campaigns.sheet import Conflict, Sheet, sheet
from regulars.campaigns.steering import cancel, pause, resume, stop_of, title_of, uncancel

__all__ = [
    "CAMPAIGN",
    "EVENTS",
    "ORDER_COMPLETED",
    "READY_MADE",
    "SOURCES",
    "WIN_BACK",
    "WIN_BACK_KEY",
    "WIN_BACK_TEMPLATE",
    "WIN_BACK_TEMPLATE_KEY",
    "Campaign",
    "Carrying",
    "Conflict",
    "Domain",
    "Handed",
    "Handing",
    "Happened",
    "Monitor",
    "NotRetried",
    "Resend",
    "Results",
    "Revenue",
    "Run",
    "RunLine",
    "Sheet",
    "Spent",
    "advance",
    "begin_due",
    "cancel",
    "carry_on",
    "carry_on_handed",
    "channels",
    "copied",
    "costs",
    "count_domains",
    "domains",
    "domains_counted_at",
    "draft_again",
    "due",
    "erase",
    "find",
    "finds",
    "follow",
    "forget_keys",
    "hand_over",
    "held",
    "may_retry",
    "message",
    "messages",
    "monitor",
    "once_more",
    "past",
    "pause",
    "preview_of",
    "price",
    "results",
    "resume",
    "retry",
    "retry_all",
    "retryable",
    "revenue",
    "run_lines",
    "runs",
    "salt_of",
    "sentence",
    "sheet",
    "source_of",
    "stop_of",
    "title_of",
    "to_the_others",
    "uncancel",
    "warnings",
    "whom",
    "why_not",
]
