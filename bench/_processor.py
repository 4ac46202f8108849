"""Processor time of a server and of what we ran beside it."""

import resource

import psutil

from regulars.db import Server


def processor_s(server: Server) -> float:
    """What the server's processes, those that ended too, and our ended children took until now."""
    postmaster = psutil.Process(server.pid)
    taken = postmaster.cpu_times()
    own = resource.getrusage(resource.RUSAGE_CHILDREN)
    alive = [child.cpu_times() for child in postmaster.children(recursive=True)]
    return (
        sum(one.user + one.system for one in (taken, *alive))
        + taken.children_user
        + taken.children_system
        + own.ru_utime
        + own.ru_stime
    )
