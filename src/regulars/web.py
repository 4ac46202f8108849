"""The web application: the API and the console of one workspace on one server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import to_thread
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from regulars import __version__
from regulars.api import create_api
from regulars.app import App
from regulars.console import create_console, mount
from regulars.intake import (
    Responding,
    Tracking,
    create_bounces,
    create_channels,
    create_forms,
    create_member_page,
    create_preferences,
    create_script,
    create_webhooks,
    is_response,
    is_tracking,
)


class Web(FastAPI):
    """Everything of one workspace. What is tracked goes past the framework, to cost no more than its work."""

    tracking: Tracking
    responding: Responding

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and is_tracking(scope["path"]):
            await self.tracking(scope, receive, send)
        elif scope["type"] == "http" and is_response(scope["path"]):
            await self.responding(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def application(app: App) -> Web:
    @asynccontextmanager
    async def lifespan(_server: FastAPI) -> AsyncIterator[None]:
        # As many route threads as database connections: more would only wait for one inside a thread.
        to_thread.current_default_thread_limiter().total_tokens = app.settings.connections
        async with server.tracking.running(), server.responding.running():
            yield

    server = Web(
        title="Regulars",
        version=__version__,
        openapi_url=None,  # The API describes itself, under its own address.
        docs_url=None,  # Both would load scripts from elsewhere.
        redoc_url=None,
        lifespan=lifespan,
    )
    server.tracking = Tracking(app)
    server.responding = Responding(app)
    console = create_console(app)
    create_api(app, server, session_cookie=console.cookie)
    server.include_router(create_forms(app))
    server.include_router(create_bounces(app))
    server.include_router(create_channels(app))
    server.include_router(create_preferences(app))
    server.include_router(create_member_page(app))
    server.include_router(create_script())
    server.mount("/v1/webhooks", create_webhooks(app))
    mount(console, server)
    return server
