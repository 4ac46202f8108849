"""Writing a template: its fields, what a customer would read beside them, what is wrong, publishing."""

from dataclasses import dataclass, replace

from starlette.responses import Response

from regulars import access, customers, definitions
from regulars.console.campaign_form import slug
from regulars.console.console import pages
from regulars.console.data.exports import Filled
from regulars.console.message_templates.showing import Shown, samples, show
from regulars.console.message_templates.testing import Told, channels_for, look_outside, send_test, take_over
from regulars.console.message_templates.typed import MEDIA, Part, Typed, body_of, read_form, typed_of
from regulars.console.parts import Line
from regulars.console.ready_made import Start, start_called, starts
from regulars.console.security import POLICY
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.db import Tx
from regulars.definitions import Requested
from regulars.kernel import CallerError, Finding, Invalid, Stale, public_id
from regulars.templates import TEMPLATE

router = pages()
# The message is somebody else's HTML: no script and no right; pictures come as in a mail program.
LETTER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src https: http: data:; font-src https:; "
    "frame-ancestors 'self'; sandbox; form-action 'none'; base-uri 'none'"
)
VIEWS = (("desktop", "Desktop"), ("phone", "Phone"), ("dark", "Dark"), ("text", "Plain text"))


@dataclass(frozen=True, slots=True, kw_only=True)
class EditorPage:
    title: str
    typed: Typed
    shown: Shown
    who: str
    look: str
    samples: tuple[tuple[str, str], ...]
    topics: tuple[tuple[str, str], ...]
    media: tuple[tuple[str, str], ...] = MEDIA
    views: tuple[tuple[str, str], ...] = VIEWS
    errors: tuple[Finding, ...] = ()
    problem: str = ""
    theirs: tuple[Line, ...] = ()
    forbidden: str = ""
    publishing: str = ""  # What the button does: publish, ask, or nothing.
    told: Told | None = None  # By a further look.
    channels: tuple[tuple[str, str], ...] = ()  # By which a test can leave.
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartPage:
    starts: tuple[Start, ...]


@router.get("/templates/new")
def new(visit: Visiting, start: str = "") -> Response:
    """Choose what to start from, or begin with what was chosen."""
    access.require(visit.actor, "definitions.draft", kind=TEMPLATE.name)
    if not start:
        return page(visit, "message_templates/new.html", StartPage(starts=starts(TEMPLATE, visit.app.zone)))
    began = start_called(TEMPLATE, visit.app.zone, "" if start == "empty" else start)
    body = definitions.decode(TEMPLATE.body, began.body)
    with visit.app.database.transaction() as tx:
        key = _free(tx, began.key) if began.key else ""
        value = _page(tx, visit, typed_of(body, key=key, etag="", new=True))
    return _framing(page(visit, "message_templates/editor.html", value))


@router.get("/templates/{key}/edit")
def edit(visit: Visiting, key: str) -> Response:
    with visit.app.database.transaction() as tx:
        found = definitions.get(tx, TEMPLATE, key)
        etag = found.etag if found.state in ("draft", "live") else ""
        value = _page(tx, visit, typed_of(found.body, key=key, etag=etag, new=False))
    return _framing(page(visit, "message_templates/editor.html", value))


@router.post("/templates/write")
def write(visit: Visiting, form: Filled) -> Response:
    """Whatever a button of the editor asks: look, add or drop a language, save, publish."""
    given = dict(form)
    typed, asked = read_form(given), given.get("do", "look")
    if asked == "language":
        typed = replace(typed, parts=(*typed.parts, Part()))
    elif asked.startswith("drop ") and asked[5:].isdecimal() and 0 < int(asked[5:]) < len(typed.parts):
        parts = (*typed.parts[: int(asked[5:])], *typed.parts[int(asked[5:]) + 1 :])
        typed = replace(typed, parts=parts)
    elif asked in ("save", "publish"):
        return _save(visit, typed, given, publish=asked == "publish")
    typed, told = _further(visit, typed, given, asked)
    with visit.app.database.transaction() as tx:
        value = replace(_page(tx, visit, typed, given), told=told)
    return _framing(page(visit, "message_templates/editor.html", value))


def _further(visit: Visit, typed: Typed, given: dict[str, str], asked: str) -> tuple[Typed, Told | None]:
    """A look that asks more than the page itself."""
    who, look = given.get("who", ""), given.get("look", "")
    if asked == "test":
        to = {"channel": given.get("test_channel", ""), "address": given.get("test_address", "").strip()}
        return typed, send_test(visit, typed, who=who, language=look, **to)
    if asked == "outside":
        access.require(visit.actor, "definitions.draft", kind=TEMPLATE.name)
        return typed, look_outside(visit, typed)
    if asked == "import":
        html, told = take_over(given.get("import", ""))
        if told.good:
            main = replace(typed.main, source=html)
            return replace(typed, markup="html", medium="email", parts=(main, *typed.parts[1:])), told
        return typed, told
    return typed, None


@router.post("/templates/frame")
def frame(visit: Visiting, form: Filled) -> Response:
    """The message as HTML, or its text on a page, for a frame without any right."""
    given = dict(form)
    with visit.app.database.transaction() as tx:
        shown = show(tx, visit, read_form(given), who=given.get("who", ""), language=given.get("look", ""))
    html = shown.rendered.html if shown.rendered is not None and given.get("view") != "text" else None
    response: Response
    if html:
        response = Response(html, media_type="text/html; charset=utf-8")
    else:
        response = page(visit, "message_templates/frame.html", _Framed.of(shown))
    response.headers["Content-Security-Policy"] = LETTER_POLICY
    response.headers["Cache-Control"] = "no-store"
    return response


@dataclass(frozen=True, slots=True, kw_only=True)
class _Framed:
    text: str
    said: str

    @classmethod
    def of(cls, shown: Shown) -> "_Framed":
        if shown.rendered is not None:
            return cls(text=shown.rendered.text, said="")
        said = f"This person would not get it: {shown.declined}." if shown.declined else ""
        return cls(text="", said=said or "It cannot be shown before what is marked is mended.")


def _save(visit: Visit, typed: Typed, given: dict[str, str], *, publish: bool) -> Response:
    key = typed.key or slug(typed.title)
    typed = replace(typed, key=key)
    try:
        with visit.app.database.transaction() as tx:
            at = visit.app.now(tx)
            kept = definitions.save_draft(
                tx, visit.actor, TEMPLATE, key, body_of(typed), at=at, etag=typed.etag or None
            )
            typed = replace(typed, etag=kept.etag, new=False)
    except Invalid as wrong:
        return _again(visit, typed, given, 422, errors=wrong.findings, problem=str(wrong))
    except Stale as stale:
        return _stale(visit, typed, given, stale)
    if not publish:
        said = f"Saved as version {kept.version}. Nothing has gone live."
        return redirect(visit, f"/templates/{key}/edit", said)
    try:
        with visit.app.database.transaction() as tx:
            done = definitions.publish(tx, visit.actor, TEMPLATE, key, at=visit.app.now(tx), etag=typed.etag)
    except CallerError as wrong:
        found = wrong.findings if isinstance(wrong, Invalid) else ()
        problem = "The draft is saved, and not published: what is marked comes first."
        return _again(visit, typed, given, 422, errors=found, problem=problem if found else str(wrong))
    if isinstance(done, Requested):
        said = f"Asked for as {public_id('apr', done.approval_id)}. {done.reason} Nothing goes live before."
        return redirect(visit, f"/templates/{key}/edit", said, tone="waiting")
    return redirect(visit, f"/templates/{key}/edit", done.sentence)


def _stale(visit: Visit, typed: Typed, given: dict[str, str], stale: Stale) -> Response:
    """What somebody saved in between; saving again from here goes over it."""
    with visit.app.database.transaction() as tx:
        every = definitions.versions(tx, TEMPLATE, typed.key)
    theirs = next((v for state in ("draft", "live") for v in every if v.state == state), None)
    lines = tuple(
        Line(path=path, before=None if before is None else str(before), after=str(after))
        for path, before, after in stale.difference
    )
    if typed.new or theirs is None:
        problem = f"A template with the key “{typed.key}” exists already. Choose another key."
        return _again(visit, replace(typed, etag=""), given, 409, problem=problem)
    problem = f"{theirs.author} saved version {theirs.version} while you wrote. Saving now goes over it."
    return _again(visit, replace(typed, etag=theirs.etag), given, 409, problem=problem, theirs=lines)


def _again(
    visit: Visit,
    typed: Typed,
    given: dict[str, str],
    status: int,
    *,
    errors: tuple[Finding, ...] = (),
    problem: str = "",
    theirs: tuple[Line, ...] = (),
) -> Response:
    with visit.app.database.transaction() as tx:
        value = _page(tx, visit, typed, given)
    value = replace(value, errors=tuple(errors), problem=problem, theirs=theirs)
    return _framing(page(visit, "message_templates/editor.html", value, status=status))


def _page(tx: Tx, visit: Visit, typed: Typed, given: dict[str, str] | None = None) -> EditorPage:
    known = samples(tx)
    given = given or {"who": known[0][0] if known else ""}
    who, look = given.get("who", ""), given.get("look", "")
    drafting = access.allows(visit.actor, "definitions.draft", kind=TEMPLATE.name)
    publishing = access.allows(visit.actor, "definitions.publish", kind=TEMPLATE.name)
    policy = customers.consent_policy(tx)
    return EditorPage(
        title=typed.title or "New template",
        typed=typed,
        shown=show(tx, visit, typed, who=who, language=look),
        who=who,
        look=look,
        samples=(("", "Somebody invented"), *known),
        topics=(("", "The channel as a whole"), *((one.key, one.title) for one in policy.topics)),
        channels=channels_for(tx, typed.medium),
        address=given.get("test_address", ""),
        forbidden=drafting.reason if drafting.outcome == "no" else "",
        publishing={"yes": "Publish", "request": "Ask to publish"}.get(publishing.outcome, ""),
    )


def _free(tx: Tx, key: str) -> str:
    """The key, or with the first number that makes it one nobody has."""
    name, number = key, 2
    while definitions.versions(tx, TEMPLATE, name):
        name, number = f"{key}-{number}", number + 1
    return name


def _framing(response: Response) -> Response:
    """Let this page, and no other, show a frame of ours."""
    response.headers["Content-Security-Policy"] = f"{POLICY}; frame-src 'self'"
    return response
