"""The web application: the API and the console of one workspace on one server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import to_thread
from fastapi import FastAPI

from regulars import __version__
from regulars.api import create_api
from regulars.app import App
from regulars.console import create_console, mount
from regulars.intake import create_forms, create_script


def application(app: App) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_server: FastAPI) -> AsyncIterator[None]:
        # As many route threads as database connections: more would only wait for one inside a thread.
        to_thread.current_default_thread_limiter().total_tokens = app.settings.connections
        yield

    server = FastAPI(
        title="Regulars",
        version=__version__,
        openapi_url=None,  # The API describes itself, under its own address.
        docs_url=None,  # Both would load scripts from elsewhere.
        redoc_url=None,
        lifespan=lifespan,
    )
    console = create_console(app)
    create_api(app, server, session_cookie=console.cookie)
    server.include_router(create_forms(app))
    server.include_router(create_script())
    mount(console, server)
    return server
