"""The web process: the API and the console on one port, ended in good order."""

import asyncio
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

from granian.constants import Interfaces
from granian.server.embed import Server

from regulars.app import App
from regulars.kernel import Unavailable
from regulars.settings import Settings
from regulars.web import application


def check_port(settings: Settings) -> None:
    """Raise Unavailable when the address cannot be listened on."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as cause:
            raise Unavailable(
                f"Port {settings.port} on {settings.host} was asked and cannot be had ({cause.strerror}). "
                f"Stop what holds it, or choose another: REGULARS_PORT={settings.port + 1}."
            ) from cause


def serve_web(app: App) -> None:
    check_port(app.settings)
    web = application(app)
    asyncio.run(_serve(app.settings, web, ending=web.state.console.streams.close))


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
        server.stop()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    await server.serve()
    sys.stdout.flush()
