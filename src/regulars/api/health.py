"""Whether the process lives, and whether it can work."""

from typing import Literal

from fastapi import APIRouter
from starlette.requests import Request

from regulars import log
from regulars.api.problems import documented
from regulars.api.shapes import Out
from regulars.app import App
from regulars.db import check_current
from regulars.kernel import Conflict, Unavailable

router = APIRouter(tags=["health"])


class Health(Out):
    status: Literal["ok"] = "ok"


class Readiness(Health):
    settled: bool


async def health() -> Health:
    """The process lives; it asks nobody."""
    return Health()


@router.get("/ready", responses=documented(503))
def ready(request: Request) -> Readiness:
    """The database answers and is as new as the code; `settled` says that readers have taken everything."""
    app: App = request.app.state.app
    with app.database.transaction() as tx:
        try:
            check_current(tx)
        except Conflict as cause:
            raise Unavailable(str(cause)) from cause
        return Readiness(settled=log.is_settled(tx))
