"""Putting the console on a server."""

from fastapi import FastAPI

from regulars.console import nowhere, palette, session
from regulars.console.assets import Assets
from regulars.console.console import Console
from regulars.console.security import SecurityHeaders
from regulars.console.upload_limit import UploadLimit


def mount(console: Console, server: FastAPI) -> None:
    """Add the console after every other route: its last page answers for all addresses nobody has."""
    server.add_middleware(UploadLimit, upload_bytes_max=console.app.settings.import_bytes_max)
    server.add_middleware(SecurityHeaders)
    server.state.console = console
    server.mount("/static", Assets(), name="static")
    for router in (session.router, palette.router, *console.routers, nowhere.router):
        server.include_router(router, include_in_schema=False)
