"""The API as one application of its own, mounted under /api/v1."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Match
from starlette.types import Scope

from regulars import __version__
from regulars.api import (
    approaches,
    approvals,
    audit,
    campaigns,
    catalogue,
    channels,
    checkout,
    clock,
    closings,
    condition_words,
    conditions,
    connections,
    consents,
    customers,
    definition_files,
    definitions,
    deliverability,
    enrichments,
    estimates,
    experiments,
    exports,
    figures,
    file_drops,
    groups,
    health,
    holds,
    identity,
    imports,
    jobs,
    keys,
    lake,
    lots,
    loyalty_reviews,
    me,
    member_links,
    members,
    messages,
    orders,
    people,
    points,
    preferences,
    privacy,
    programme_metrics,
    programme_runs,
    programmes,
    quality,
    raw_events,
    readers,
    ready_statements,
    reconciliation,
    rejects,
    rewards,
    segment_lists,
    segments,
    sources,
    stores,
    tiers,
    till_members,
    tracked_events,
    traits,
    views,
    voucher_pools,
    vouchers,
    webhooks,
)
from regulars.api.boundary import BodyLimit, LastCatch
from regulars.api.examples import add_examples
from regulars.api.problems import Problem, documented, of_http, of_ours, of_validation
from regulars.app import App
from regulars.kernel import RegularsError

PREFIX = "/api/v1"
ABOUT = """Customer engagement and loyalty on your own PostgreSQL, honestly measured.

Sign in with an API key: `Authorization: Bearer rk_…`. Lists come in pages: pass `next` on as `cursor`.
Errors are problem details (RFC 9457). Each address names the permission it takes as `x-permission`.
Instants are UTC; money counts the currency's smallest unit. What is here changes by addition only."""
RESOURCES = (
    me, customers, identity,
    traits, consents, quality, enrichments, groups, views, preferences, privacy,
    segments, segment_lists, approaches, conditions, condition_words, estimates,
    programmes, programme_runs, programme_metrics, members, points, lots, holds, closings, tiers, rewards,
    voucher_pools, vouchers, member_links, checkout, till_members, loyalty_reviews, campaigns, messages,
    experiments, definitions, definition_files, deliverability,
    orders, catalogue, stores, reconciliation,
    channels, connections, file_drops, webhooks, imports, exports,
    approvals, audit, people, keys, lake, readers, jobs, clock, figures, health,
    sources, rejects, tracked_events, raw_events, ready_statements,
)  # fmt: skip


def create_api(app: App, server: FastAPI, *, session_cookie: Callable[[Request], str] | None = None) -> None:
    """Put the API on a server; `session_cookie` names the console's, by which its pages may ask too."""
    api = specification()
    api.state.app = app
    api.state.session_cookie = session_cookie
    api.state.methods_at = lambda scope: _methods_at(api, scope)
    api.add_exception_handler(RegularsError, of_ours)
    api.add_exception_handler(RequestValidationError, of_validation)
    api.add_exception_handler(HTTPException, of_http)
    server.add_exception_handler(HTTPException, of_http)  # Of addresses that no route matches at all.
    server.get("/health", include_in_schema=False)(health.health)
    server.mount(PREFIX, api, name="api")


def specification() -> FastAPI:
    """The routes with nothing behind them: what the reference documentation is written from."""
    api = FastAPI(
        title="Regulars",
        version=__version__,
        description=ABOUT,
        servers=[{"url": PREFIX}],
        docs_url=None,  # Both would load scripts from elsewhere.
        redoc_url=None,
        redirect_slashes=False,
        separate_input_output_schemas=False,
    )
    api.add_middleware(BodyLimit)
    api.add_middleware(LastCatch)
    for module in RESOURCES:
        api.router.routes.extend(module.router.routes)
    api.openapi = lambda: _openapi(api)  # type: ignore[method-assign]
    return api


def _openapi(api: FastAPI) -> dict[str, Any]:
    if api.openapi_schema is None:
        made = FastAPI.openapi(api)
        schemas = made.setdefault("components", {}).setdefault("schemas", {})
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        _drop_null(made)
        _refuse_bodies(made)
        own = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= own.pop("$defs", {}) | {"Problem": own}
        add_examples(made)
    assert api.openapi_schema is not None
    return api.openapi_schema


def _drop_null(made: dict[str, Any]) -> None:
    """A parameter of an address that is not given is left out; there is no null in an address."""
    for path in made["paths"].values():
        for operation in path.values():
            for parameter in operation.get("parameters", ()):
                schema = parameter["schema"]
                one_of = [inner for inner in schema.pop("anyOf", ()) if inner != {"type": "null"}]
                parameter["schema"] = schema | (one_of[0] if len(one_of) == 1 else {})


def _refuse_bodies(made: dict[str, Any]) -> None:
    """What every address with a body may answer: it cannot be read, is too large, or is of another type."""
    for path in made["paths"].values():
        for operation in path.values():
            if "requestBody" in operation:
                for status, told in documented(400, 413, 415).items():
                    operation["responses"].setdefault(str(status), told)


def _methods_at(api: FastAPI, scope: Scope) -> list[str]:
    named: set[str] = set()  # By the address as it is written.
    taken: set[str] = set()  # By addresses that take a word of it for a name.
    for route in api.router.routes:
        match, found = route.matches(scope)
        if match is not Match.NONE:
            methods = taken if found.get("path_params") else named
            methods |= getattr(route, "methods", None) or set()
    return sorted(named or taken)
