"""What a proven customer may ask for: their data as an archive, and its erasure."""

from collections.abc import Callable

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from regulars.app import App
from regulars.db import Tx
from regulars.preferences import Holder, Words

Guarded = Callable[[Request, Callable[[], Response]], Response]


def add(router: APIRouter, app: App, guarded: Guarded) -> None:
    return None


def state_of(tx: Tx, holder: Holder, words: Words, zone: str) -> None:
    return None
