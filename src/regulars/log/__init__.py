"""The one log: anybody appends, one sequencer numbers, many readers follow, each event exactly once."""

from regulars.log.appending import append
from regulars.log.catching import NeverCaughtUp, catch_up
from regulars.log.clock import BusinessClock, ClockRunsBack, clock, let_run, stand
from regulars.log.event import Event, EventType, NewEvent
from regulars.log.loop import LogLoop
from regulars.log.reader import Reader, ReaderAtFault, ReaderRunner, SetAsideNotFound, Span, replay
from regulars.log.sequencer import Resolve, Sequencer, SequencerAtFault, prune_seen
from regulars.log.status import (
    ReaderNotFound,
    ReaderStatus,
    Reject,
    SequencerStatus,
    SetAside,
    dismiss,
    erase_rejects,
    is_settled,
    pause,
    rejects,
    resume,
    sequencer_status,
    set_aside,
    status,
)
from regulars.log.timeline import events, timeline

__all__ = [
    "BusinessClock",
    "ClockRunsBack",
    "Event",
    "EventType",
    "LogLoop",
    "NeverCaughtUp",
    "NewEvent",
    "Reader",
    "ReaderAtFault",
    "ReaderNotFound",
    "ReaderRunner",
    "ReaderStatus",
    "Reject",
    "Resolve",
    "Sequencer",
    "SequencerAtFault",
    "SequencerStatus",
    "SetAside",
    "SetAsideNotFound",
    "Span",
    "append",
    "catch_up",
    "clock",
    "dismiss",
    "erase_rejects",
    "events",
    "is_settled",
    "let_run",
    "pause",
    "prune_seen",
    "rejects",
    "replay",
    "resume",
    "sequencer_status",
    "set_aside",
    "stand",
    "status",
    "timeline",
]
