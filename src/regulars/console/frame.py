"""What surrounds every page: who one is, the areas, the clock, what waits, what was just said."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from regulars.console.areas import Area


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """A signed-in person as the frame shows them."""

    name: str
    level: str  # In words: "enables", never a bare number.
    function: str
    zone: str = "UTC"

    @property
    def initials(self) -> str:
        words = self.name.split()
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockFace:
    """The business clock; one that stands is the demonstration's and is advanced by hand."""

    now: datetime
    standing: bool = False
    may_advance: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Whom a session belongs to, with the facts of the frame, read in one transaction."""

    actor: Any  # access.Actor; handed to the facades as it is.
    csrf: str  # What forms of this session carry.
    face: Face
    clock: ClockFace
    waiting: int = 0  # Tasks and approvals that wait for this person.
    session: Any = None  # access.Session, for what one does about one's own.


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One sentence shown once on the next page."""

    text: str
    tone: str = "good"  # One of the five states: good, live, waiting, bad, quiet.


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One line of the command palette."""

    title: str
    href: str
    kind: str  # "Customer", "Segment", "Go to", ...
    icon: str = "arrow-right"
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    workspace: str
    path: str
    csrf: str
    areas: tuple[Area, ...] = ()
    face: Face | None = None
    clock: ClockFace | None = None
    waiting: int = 0
    theme: str = "auto"
    folded: bool = False
    said: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Where somebody stands who is not signed in yet."""

    address: str
    agent: str  # What the browser calls itself.


class Gate(Protocol):
    """What the console asks about sessions."""

    @property
    def workspace(self) -> str:
        """The workspace's name."""

    def visitor(self, token: str) -> Visitor | None:
        """Whom the session token belongs to; None when it is unknown, revoked or expired."""

    def may_see(self, actor: Any, area: str) -> bool:
        """Whether the area stands in this person's frame."""

    def needs_first_person(self) -> bool:
        """True until somebody has been set up."""

    def set_up(self, door: Door, *, code: str, name: str, email: str, password: str, solo: bool) -> str:
        """Make the first person and return a session token."""

    def sign_in(self, door: Door, *, email: str, password: str) -> str:
        """Return a session token; raises NotSignedIn or TooMany."""

    def invited(self, token: str) -> str:
        """The name of who was invited; raises NotFound."""

    def accept(self, door: Door, *, token: str, password: str) -> str:
        """Keep the chosen password and return a session token."""

    def sign_out(self, token: str) -> None:
        """End the session."""
