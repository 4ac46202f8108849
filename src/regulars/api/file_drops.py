"""File drops: what was picked up, looking now, and the password or key of a remote place."""

from typing import Annotated

from fastapi import Path
from pydantic import Field, SecretStr

from regulars import connections, definitions
from regulars.api.calling import Calling, Entered, permission, resource
from regulars.api.problems import documented
from regulars.api.shapes import Cursor, In, Instant, Limit, Number, Out, Page, id_type, key_in_path
from regulars.connections import FILE_DROP
from regulars.kernel import public_id

router = resource("file drops")
KeyInPath = Annotated[str, key_in_path("the file drop", "nightly")]


class FileDrop(Out):
    key: str = Field(examples=["nightly"])
    title: str
    sentence: str
    live: bool
    next_look_at: Instant | None
    looked_at: Instant | None
    found: int = Field(description="Files that were there at the last look.")
    waiting: int = Field(description="Of them, those still being written.")
    problem: str | None = Field(description="What hindered the last look.")
    secrets: int


class PickedFile(Out):
    number: int
    name: str
    size: int
    sha256: str
    picked_at: Instant
    state: str = Field(
        description="handed to the imports, same content as before, failed, or asked for again.",
        examples=["handed"],
    )
    import_id: str | None = Field(description="Public id of its import.", examples=["imp_1000"])
    same_as: str | None = Field(description="Under which name the same content came before.")
    moved: bool
    problem: str | None


class Looking(Out):
    job: Annotated[str, id_type("job", "the job that looks")]


class DropSecret(In):
    secret: SecretStr = Field(min_length=1, max_length=20_000, description="A password or a private key.")


def _shown(entered: Entered, key: str) -> FileDrop:
    live = definitions.live(entered.tx, FILE_DROP, key)
    body = (live or definitions.get(entered.tx, FILE_DROP, key)).body
    state = connections.drop_states(entered.tx).get(key)
    return FileDrop(
        key=key,
        title=body.title,
        sentence=FILE_DROP.sentence(body),
        live=live is not None,
        next_look_at=state.next_look_at if state and live else None,
        looked_at=state.looked_at if state else None,
        found=state.found if state else 0,
        waiting=state.waiting if state else 0,
        problem=state.problem if state else None,
        secrets=len(connections.told_of(entered.tx, f"file-drop/{key}", entered.now)),
    )


def _file(one: connections.Pickup) -> PickedFile:
    return PickedFile(
        number=one.pickup_id,
        name=one.name,
        size=one.size,
        sha256=one.sha256,
        picked_at=one.picked_at,
        state=one.state,
        import_id=one.import_ref,
        same_as=one.same_name,
        moved=one.moved,
        problem=one.problem,
    )


@router.get("/file-drops", openapi_extra=permission("sources.view"))
def list_file_drops(call: Calling) -> Page[FileDrop]:
    """Every file drop. They are made and changed as definitions."""
    with call.enter() as entered:
        heads = definitions.heads(entered.tx, kind=FILE_DROP.name, limit=200)
        return Page(items=tuple(_shown(entered, head.key) for head in heads.items))


@router.get("/file-drops/{key}", openapi_extra=permission("sources.view"))
def get_file_drop(call: Calling, key: KeyInPath) -> FileDrop:
    """One file drop, and how its last look went."""
    with call.enter() as entered:
        return _shown(entered, key)


@router.get("/file-drops/{key}/files", openapi_extra=permission("sources.view"))
def files(call: Calling, key: KeyInPath, cursor: Cursor = None, limit: Limit = 50) -> Page[PickedFile]:
    """What was picked up, the latest first."""
    with call.enter() as entered:
        definitions.get(entered.tx, FILE_DROP, key)
        found = connections.pickups(entered.tx, key, cursor=cursor, limit=limit)
        return Page(items=tuple(_file(one) for one in found.items), next=found.next)


@router.post("/file-drops/{key}/look", status_code=202, openapi_extra=permission("sources.publish"))
def look(call: Calling, key: KeyInPath) -> Looking:
    """Look now, besides the schedule."""
    with call.enter() as entered:
        job = connections.look_now(entered.tx, key, requested_by=entered.actor.name)
        entered.record("drops.look", kind="file-drop", subject=key)
        return Looking(job=public_id("job", job))


@router.post(
    "/file-drops/{key}/files/{number}/import",
    status_code=202,
    openapi_extra=permission("sources.publish"),
)
def import_again(
    call: Calling, key: KeyInPath, number: Annotated[Number, Path(ge=1, le=2**62, examples=[1])]
) -> Looking:
    """Import a file all the same that was left out or failed."""
    with call.enter() as entered:
        job = connections.ask_again(entered.tx, key, number, requested_by=entered.actor.name)
        entered.record("drops.import_again", kind="file-drop", subject=key, after={"pickup": number})
        return Looking(job=public_id("job", job))


@router.put(
    "/file-drops/{key}/secret",
    openapi_extra=permission("sources.secrets"),
    responses=documented(400, 413, 415),
)
def set_secret(call: Calling, key: KeyInPath, body: DropSecret) -> FileDrop:
    """Set the password or private key of a remote place; never given back, and shown to that place alone."""
    with call.enter() as entered:
        found = definitions.live(entered.tx, FILE_DROP, key) or definitions.get(entered.tx, FILE_DROP, key)
        connections.set_secret(
            entered.tx,
            entered.actor,
            entered.app.vault,
            f"file-drop/{key}",
            body.secret.get_secret_value(),
            at=entered.at,
            now=entered.now,
            place=connections.keeper_of(found.body.place),
        )
        return _shown(entered, key)
