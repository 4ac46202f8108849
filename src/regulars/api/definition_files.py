"""Definitions as files: exported, compared with the workspace, applied to it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from regulars import definitions
from regulars.api.calling import Calling, permission, resource
from regulars.api.definitions import Comparison, Requested, requested
from regulars.api.problems import documented
from regulars.api.shapes import In, Out, storable

router = resource("definition files")
FILES_MAX = 2000
EXAMPLE = {"segment/lapsed.yaml": "kind: segment\nkey: lapsed\nscope: null\nbody:\n  name: Lapsed\n"}
FileName = Annotated[str, Field(pattern=r"^[a-z][a-z_-]{0,40}/[a-z0-9][a-z0-9_-]{0,62}\.yaml$")]
FileText = Annotated[str, AfterValidator(storable)]


class Files(Out):
    files: dict[str, str] = Field(description="Text by name, as kind/key.yaml.", examples=[EXAMPLE])


class Compared(In):
    files: dict[FileName, FileText] = Field(max_length=FILES_MAX, examples=[EXAMPLE])
    publish: bool = Field(default=False, description="Compare with what is live, not with drafts.")


class Applying(In):
    files: dict[FileName, FileText] = Field(max_length=FILES_MAX, examples=[EXAMPLE])
    publish: bool = Field(default=False, description="Also publish what changed.")
    prune: bool = Field(default=False, description="Also archive what the files lack.")
    dry_run: bool = False


class Change(Out):
    kind: str
    key: str
    action: Literal["create", "change", "publish", "missing"]
    compared: Comparison


class Changes(Out):
    changes: tuple[Change, ...]


class Applied(Changes):
    published: tuple[str, ...] = Field(description="The sentences of what happened.")
    requested: tuple[Requested, ...] = Field(description="What was above your level.")
    waiting: tuple[str, ...] = Field(description="Drafts of which something they use waits for approval.")


@router.get("/definition-files", openapi_extra=permission("definitions.view"))
def export(call: Calling) -> Files:
    """Every definition as a YAML file; equal definitions give equal text."""
    with call.enter() as entered, TemporaryDirectory(prefix="regulars-") as folder:
        names = definitions.export(entered.tx, entered.app.kinds, Path(folder))
        return Files(files={name: Path(folder, name).read_text(encoding="utf-8") for name in names})


@router.post(
    "/definition-files/diff",
    openapi_extra=permission("definitions.view"),
    responses=documented(400, 409, 413, 415),
)
def diff(call: Calling, body: Compared) -> Changes:
    """What applying the files would change."""
    with call.enter() as entered, _written(body.files) as folder:
        found = definitions.diff_files(entered.tx, entered.app.kinds, folder, publish=body.publish)
        return Changes(changes=tuple(Change.model_validate(one) for one in found))


@router.post(
    "/definition-files/apply",
    openapi_extra=permission("definitions.apply"),
    responses=documented(400, 409, 413, 415),
)
def apply(call: Calling, body: Applying) -> Applied:
    """Bring the workspace to what the files say: all of it or nothing; twice is once."""
    with call.enter() as entered, _written(body.files) as folder:
        done = definitions.apply(
            entered.tx,
            entered.actor,
            entered.app.kinds,
            folder,
            at=entered.at,
            publish=body.publish,
            prune=body.prune,
            dry_run=body.dry_run,
        )
        return Applied(
            changes=tuple(Change.model_validate(one) for one in done.changes),
            published=done.published,
            requested=tuple(requested(one) for one in done.requested),
            waiting=done.waiting,
        )


@contextmanager
def _written(files: Mapping[str, str]) -> Iterator[Path]:
    """In a folder, so that findings name the file; the names were checked to stay inside."""
    with TemporaryDirectory(prefix="regulars-") as made:
        for name, text in files.items():
            path = Path(made, name)
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
        yield Path(made)
