"""Schemathesis asks every address with what its description allows and forbids, and finds nothing."""

import hashlib

import pytest
import schemathesis
from hypothesis import HealthCheck, seed, settings
from schemathesis.checks import CHECKS, load_all_checks

from regulars.access import PERMISSIONS
from regulars.api import specification
from regulars.web import application
from tests.integration.api.shop import HIGHEST

load_all_checks()


class Later:
    """The application stands behind the description once there is a database, and knows the keys only then."""

    app = None
    keys: dict[bytes, bytes]  # Of each function: what was sent, and the key that it stands for.

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http":
            headers = [(name, self.keys.get(value, value)) for name, value in scope["headers"]]
            scope = {**scope, "headers": headers}
        await self.app(scope, receive, send)


LATER = Later()
REACHED: set[str] = set()  # The operations that were answered with what was asked.
schema = schemathesis.openapi.from_dict(specification().openapi())
schema.app = LATER
# A body that breaks its schema by its sheer length is refused before anybody looks at it.
refusals = schema.config.checks.negative_data_rejection
refusals.expected_statuses = [*refusals.expected_statuses, "413"]


@schema.auth(refresh_interval=None)
class Key:
    """Of a program that may: the highest level, in a function of the permission."""

    def get(self, case, _context):
        action = case.operation.definition.raw.get("x-permission", "people.view")
        return next(function for function in HIGHEST if function in PERMISSIONS[action].functions)

    def set(self, case, data, _context):
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}


EXCLUDED = {
    # A cursor, a definition's body and what it refers to have rules that JSON Schema cannot say: what breaks
    # them is refused with 422 and a finding at its place.
    "positive_data_acceptance",
    # The two below follow a thing from its making to its end by links between operations, which the
    # description has none of; tests of our own walk those ways.
    "use_after_free",
    "ensure_resource_availability",
    # Takes two users who each own things; here nobody owns anything, levels and functions decide.
    "object_level_authorization",
}


@pytest.fixture(scope="module", autouse=True)
def _behind(shop):
    LATER.app = application(shop.app)
    LATER.keys = {f"Bearer {name}".encode(): f"Bearer {key}".encode() for name, key in shop.keys.items()}


@schema.parametrize()
@seed(20250301)
@settings(
    max_examples=15, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
def test_address_keeps_its_description(case, shop):
    make_real(case, shop)
    answer = case.call_and_validate(excluded_checks=[c for c in CHECKS.get_all() if c.__name__ in EXCLUDED])
    if answer.status_code < 300:
        REACHED.add(case.operation.label)


def test_most_addresses_were_asked_for_what_is_there():
    everything = {operation.ok().label for operation in schema.get_all_operations()}

    missed = "\n".join(sorted(everything - REACHED))
    assert len(REACHED) > len(everything) * 0.6, missed


def make_real(case, shop) -> None:
    """Half of the cases that should be taken ask for things that are there."""
    mode = getattr(getattr(case.meta, "generation", None), "mode", None)
    if not case.path_parameters or mode is None or not mode.is_positive:
        return
    known = {
        "customer": shop.customers[0],
        "programme": "club",
        "campaign": "win-back",
        "segment": "lapsed",
        "kind": "segment",
        "key": "lapsed",
        "reader": "loyalty",
        "order": "ord_1",
        "message": "msg_1",
        "entry": "aud_1",
        "approval": "apr_1",
        "transfer": "txn_1",
        "lot": "lot_1",
        "product": "prd_1",
        "reject": "rej_1",
        "type": "account",
        "group": "acme",
        "source": "shop",
        "event": "evt_1",
        "trait": "email",
        "pool": "five",
        "reward": "voucher",
        "voucher_id": "vch_1",
        "use": "use_1",
    }
    if case.operation.path.startswith("/keys"):
        del known["key"]
    if case.operation.path.startswith("/connections"):
        known["key"] = "north"
    if case.operation.path.startswith(("/channels", "/deliverability/domains")):
        known |= {"key": "letters", "provider": "main"}
        if not case.operation.path.endswith("/check"):  # That asks name servers outside.
            known["channel"] = "letters"
    drawn = hashlib.sha256(repr((case.path_parameters, case.query, case.body)).encode()).digest()[0]
    if drawn % 2:
        replaced = {n: known.get(n, v) for n, v in case.path_parameters.items()}
        case.path_parameters = replaced
