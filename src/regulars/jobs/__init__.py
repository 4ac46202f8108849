"""Jobs: finite work in the background, and timers for what falls due by the calendar."""

from regulars.jobs.erasing import erase
from regulars.jobs.job import Job, JobEnded, JobNotFailed, State, cancel, defer, get, jobs, retry
from regulars.jobs.progress import Cancelled, Lost, Progress, Stopped
from regulars.jobs.running import SIGN_EVERY_S, Process, announce, leave, processes
from regulars.jobs.timer import Every, Timer, TimerStatus, alone, prepare, run_due, timers
from regulars.jobs.worker import Function, Registry, Worker

__all__ = [
    "SIGN_EVERY_S",
    "Cancelled",
    "Every",
    "Function",
    "Job",
    "JobEnded",
    "JobNotFailed",
    "Lost",
    "Process",
    "Progress",
    "Registry",
    "State",
    "Stopped",
    "Timer",
    "TimerStatus",
    "Worker",
    "alone",
    "announce",
    "cancel",
    "defer",
    "erase",
    "get",
    "jobs",
    "leave",
    "prepare",
    "processes",
    "retry",
    "run_due",
    "timers",
]
