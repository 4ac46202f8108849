"""Channels: how their providers do, their secrets, tests; tokens and cards of customers' pages."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import Path
from pydantic import Field, SecretStr

from regulars import channels, connections, definitions
from regulars.api.calling import Calling, Entered, permission, resource
from regulars.api.customers import customer_of
from regulars.api.problems import documented
from regulars.api.shapes import CustomerInPath, In, Instant, Line, Out, Page, key_in_path
from regulars.channels import CHANNEL

router = resource("channels")
KeyInPath = Annotated[str, key_in_path("the channel", "mail-server")]
ProviderInPath = Annotated[
    str, Path(description="Name of the provider within it.", max_length=40, examples=["main"])
]
DAYS = 7
REFUSALS = documented(400, 409, 413, 415)


class ProviderShown(Out):
    name: str = Field(examples=["main"])
    type: str = Field(examples=["smtp"])
    secret: str = Field(description="What it needs, as password; empty: nothing.", examples=["password"])
    secret_set: bool
    state: str = Field(description="well, failing, left alone, on trial, or unasked.", examples=["well"])
    open_until: Instant | None = Field(description="Left alone until then.")
    last_ok_at: Instant | None
    last_error_at: Instant | None
    last_error: str = Field(description="Without addresses and numbers.")
    sent: int
    failed: int
    deferred: int
    in_doubt: int


class ChannelShown(Out):
    key: str = Field(examples=["mail-server"])
    title: str
    sentence: str
    medium: str = Field(examples=["email"])
    live: bool
    providers: tuple[ProviderShown, ...]
    unsigned: tuple[str, ...] = Field(
        description="Signatures whose private key is not there, by domain/selector."
    )


class ProblemShown(Out):
    provider: str
    at: Instant
    outcome: str
    detail: str
    messages: int


class DomainShown(Out):
    domain: str = Field(examples=["example.com"])
    sent: int
    failed: int
    deferred: int
    in_doubt: int


class ChannelDetail(ChannelShown):
    problems: tuple[ProblemShown, ...] = Field(description="The last ones, newest first.")
    domains: tuple[DomainShown, ...] = Field(description="The last seven days, the busiest first.")


class ChannelSecret(In):
    secret: SecretStr | None = Field(
        default=None,
        max_length=20_000,
        description="Sealed; never given back. Left out for what is made here: a key pair, a signing secret.",
    )


class SecretMade(Out):
    shown: str = Field(description="What was made, this once; of a key pair the public half. Else empty.")


class Testing(In):
    provider: Line = Field(default="", description="Left out: the first.", examples=["main"])
    address: Line = Field(
        description="An address, a number, or of push a customer.", examples=["ada@example.com"]
    )


class Tested(Out):
    outcome: str = Field(description="sent, failed, deferred or in_doubt.", examples=["sent"])
    sentence: str
    detail: str
    message_id: str = Field(examples=["msg_z8"])


class TokenAsked(In):
    customer: Line = Field(examples=["cus_z8"])
    hours: Annotated[int, Field(ge=1, le=channels.HOURS_MAX)] = 24


class TokenMade(Out):
    token: str = Field(description="For the page of this customer alone.", examples=["c2FtcGxl"])
    good_until: Instant


class CardShown(Out):
    id: str = Field(examples=["crd_z8"])
    title: str
    body: str
    link: str
    image: str
    at: Instant
    expires_at: Instant
    read_at: Instant | None


def _shown(entered: Entered, key: str) -> dict[str, Any]:
    tx = entered.tx
    live = definitions.live(tx, CHANNEL, key)
    body = (live or definitions.get(tx, CHANNEL, key)).body
    standing = channels.health(tx, key)
    secrets = {one.provider: one for one in connections.channel_secrets(tx, key, body, entered.now)}
    return {
        "key": key,
        "title": body.title,
        "sentence": CHANNEL.sentence(body),
        "medium": body.medium,
        "live": live is not None,
        "providers": tuple(
            _provider(one, standing.get(one.name), secrets[one.name], entered) for one in body.providers
        ),
        "unsigned": tuple(connections.missing_keys(tx, body, entered.now)),
    }


def _provider(
    one: channels.Provider,
    stands: channels.Health | None,
    secret: connections.ProviderSecret,
    entered: Entered,
) -> ProviderShown:
    return ProviderShown(
        name=one.name,
        type=str(type(one).__struct_config__.tag),
        secret=secret.word,
        secret_set=secret.told is not None,
        state=channels.state_of(stands, entered.now),
        open_until=stands.open_until if stands else None,
        last_ok_at=stands.last_ok_at if stands else None,
        last_error_at=stands.last_error_at if stands else None,
        last_error=stands.last_error if stands else "",
        sent=stands.sent if stands else 0,
        failed=stands.failed if stands else 0,
        deferred=stands.deferred if stands else 0,
        in_doubt=stands.in_doubt if stands else 0,
    )


@router.get("/channels", openapi_extra=permission("definitions.view"))
def list_channels(call: Calling) -> Page[ChannelShown]:
    """Every channel and how its providers do. They are made and changed as definitions."""
    with call.enter() as entered:
        heads = definitions.heads(entered.tx, kind=CHANNEL.name, limit=200)
        return Page(items=tuple(ChannelShown(**_shown(entered, head.key)) for head in heads.items))


@router.get("/channels/{key}", openapi_extra=permission("definitions.view"))
def get_channel(call: Calling, key: KeyInPath) -> ChannelDetail:
    """One channel: its providers, what went wrong last, and what went to which domain."""
    with call.enter() as entered:
        since = (entered.now - timedelta(days=DAYS)).date()
        return ChannelDetail(
            **_shown(entered, key),
            problems=tuple(ProblemShown.model_validate(one) for one in channels.problems(entered.tx, key)),
            domains=tuple(
                DomainShown.model_validate(one) for one in channels.domains(entered.tx, key, since=since)
            ),
        )


@router.put(
    "/channels/{key}/providers/{provider}/secret",
    openapi_extra=permission("sources.secrets"),
    responses=REFUSALS,
)
def set_secret(call: Calling, key: KeyInPath, provider: ProviderInPath, body: ChannelSecret) -> SecretMade:
    """Set what a provider needs, for its own host alone; key pairs and signing secrets are made here."""
    with call.enter() as entered:
        shown = connections.set_channel_secret(
            entered.tx,
            entered.actor,
            entered.app.vault,
            key,
            provider,
            body.secret.get_secret_value() if body.secret else "",
            at=entered.at,
            now=entered.now,
        )
        return SecretMade(shown=shown)


@router.delete("/channels/{key}/providers/{provider}/secret", openapi_extra=permission("sources.secrets"))
def forget_secret(call: Calling, key: KeyInPath, provider: ProviderInPath) -> ChannelShown:
    """Forget it: nothing is sent by this provider any more."""
    with call.enter() as entered:
        connections.forget_channel_secret(entered.tx, entered.actor, key, provider, at=entered.at)
        return ChannelShown(**_shown(entered, key))


@router.post("/channels/{key}/test", openapi_extra=permission("channels.test", by="room"), responses=REFUSALS)
def send_test(call: Calling, key: KeyInPath, body: Testing) -> Tested:
    """Send one message at once, by the draft if there is one; it leaves really, with a campaign's headers."""
    with call.enter() as entered:
        pass  # Nothing is open while the provider is asked.
    found = entered.app.try_channel(entered.actor, key, provider=body.provider, address=body.address)
    return Tested(
        outcome=found.receipt.outcome,
        sentence=found.sentence,
        detail=found.receipt.detail or "",
        message_id=found.message_id,
    )


@router.post(
    "/channels/{key}/providers/{provider}/ask-again", openapi_extra=permission("channels.test", by="room")
)
def ask_again(call: Calling, key: KeyInPath, provider: ProviderInPath) -> ChannelShown:
    """Ask a provider that was left alone at once: it is mended."""
    with call.enter() as entered:
        channels.have_asked_again(entered.tx, entered.actor, key, provider, at=entered.at)
        return ChannelShown(**_shown(entered, key))


@router.post(
    "/channels/{key}/tokens",
    status_code=201,
    openapi_extra=permission("preferences.link"),
    responses=REFUSALS,
)
def make_token(call: Calling, key: KeyInPath, body: TokenAsked) -> TokenMade:
    """Make a token for a customer's page or app: with it, it reads their cards and takes notifications."""
    with call.enter() as entered:
        definitions.get(entered.tx, CHANNEL, key)
        person = customer_of(entered, body.customer)
        ends_at = entered.now + timedelta(hours=body.hours)
        token = channels.customer_token(entered.tx, key, person.customer_id, ends_at=ends_at)
        return TokenMade(token=token, good_until=ends_at)


@router.get("/channels/{key}/customers/{customer}/cards", openapi_extra=permission("customers.view"))
def list_cards(call: Calling, key: KeyInPath, customer: CustomerInPath) -> Page[CardShown]:
    """The cards a customer has now, newest first, for a server that shows them itself."""
    with call.enter() as entered:
        person = customer_of(entered, customer)
        found = channels.cards(entered.tx, key, person.customer_id, at=entered.at, limit=100)
        return Page(items=tuple(CardShown.model_validate(one) for one in found))
