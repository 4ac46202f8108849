"""The HTTP API."""

from fastapi import FastAPI

from regulars.app import App


def create_api(app: App, server: FastAPI) -> None:
    """Add the API's routes; must come before the console, whose last page answers every other address."""

    @server.get("/health", include_in_schema=False)
    def health() -> dict[str, str]:
        return {"status": "ok"}
