"""The web process: the API and the console on one port, ended in good order."""

import asyncio
import gc
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from anyio import to_thread
from granian.constants import Interfaces
from granian.server.embed import Server
from granian.utils.proxies import wrap_asgi_with_proxy_headers

from regulars.app import App
from regulars.cli.port import check_port
from regulars.cli.presence import present
from regulars.settings import Settings
from regulars.web import application

COLLECT_EVERY = 20_000  # New objects.


def serve_web(app: App) -> None:
    check_port(app.settings)
    web = application(app)
    with present(app, "web"), collecting_less():
        asyncio.run(_serve(app.settings, behind(app.settings, web), ending=web.state.console.streams.close))


def behind(settings: Settings, web: Any) -> Any:
    """The application, told by the proxies that are trusted who asks and whether by TLS."""
    return wrap_asgi_with_proxy_headers(web, settings.proxies) if settings.proxies else web


@contextmanager
def collecting_less() -> Iterator[None]:
    """What is loaded stays: the collector need not walk through it for each batch that arrives.

    That took half of the time of the tracking API.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY)
    try:
        yield
    finally:
        gc.unfreeze()  # Libraries that look at their own end would take what is frozen for lost.


async def _serve(settings: Settings, web: Any, *, ending: Callable[[], object]) -> None:
    server = Server(
        web,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        websockets=False,
        log_enabled=settings.log_level == "debug",
    )

    def stop() -> None:
        ending()  # Streams never end by themselves, and the server waits for what is open.
        server.stop()  # type: ignore[no-untyped-call]

    # A route waits for a thread, not in one for a connection.
    to_thread.current_default_thread_limiter().total_tokens = settings.connections
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    await server.serve()
    sys.stdout.flush()
