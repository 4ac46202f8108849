"""The web application: the API and the console of one workspace on one server."""

from fastapi import FastAPI

from regulars import __version__
from regulars.api import create_api
from regulars.app import App
from regulars.console import create_console, mount


def application(app: App) -> FastAPI:
    server = FastAPI(
        title="Regulars",
        version=__version__,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # Both would load scripts from elsewhere.
        redoc_url=None,
    )
    create_api(app, server)
    mount(create_console(app), server)
    return server
