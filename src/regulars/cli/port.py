"""The address the web process listens on: whether it is free, and who has it if not."""

import errno
import json
import socket
import urllib.request
from http.client import HTTPException

from regulars.cli.report import PortTaken
from regulars.settings import PORT_LARGEST, Settings

PRIVILEGED = 1024
ANSWER_S = 4.0  # The first description of the API takes most of a second, and more on a busy machine.


def check_port(settings: Settings) -> None:
    """Raise PortTaken when the address cannot be listened on."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except (OSError, UnicodeError) as cause:
            raise PortTaken(_why_not(settings, cause)) from cause


def _why_not(settings: Settings, cause: OSError | UnicodeError) -> str:
    wish = f"Port {settings.port} on {settings.host} was asked and cannot be had"
    if not isinstance(cause, OSError) or cause.errno not in (errno.EADDRINUSE, errno.EACCES):
        said = cause.strerror if isinstance(cause, OSError) else "no such address"
        return f"{wish} ({said}). Give an address of this machine: REGULARS_HOST=127.0.0.1."
    another = f"REGULARS_PORT={settings.port + 1 if PRIVILEGED <= settings.port < PORT_LARGEST else 8642}"
    if cause.errno == errno.EACCES:
        return f"{wish} ({cause.strerror}). Ports below {PRIVILEGED} are root's; choose another: {another}."
    holder = answering(settings)
    if holder is not None:
        return f"{wish}: {holder} answers there already. Use that one, stop it, or choose another: {another}."
    return f"{wish} ({cause.strerror}). Stop what holds it, or choose another: {another}."


def answering(settings: Settings) -> str | None:
    """The Regulars that answers at our own address, as its name and version; None if none does."""
    try:
        info = json.loads(asked(settings, "/api/v1/openapi.json") or "{}")["info"]
        return f"{info['title']} {info['version']}" if info["title"] == "Regulars" else None
    except (ValueError, KeyError, TypeError):
        return None


def asked(settings: Settings, path: str) -> bytes | None:
    """What answers there, with code 200; None if nothing does."""
    address = f"{local_address(settings)}{path}"
    try:
        with urllib.request.urlopen(address, timeout=ANSWER_S) as told:  # noqa: S310 - it is http
            return bytes(told.read())
    except (OSError, HTTPException, ValueError):
        return None


def local_address(settings: Settings) -> str:
    """Where this machine itself reaches the web process."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - read, not bound
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"
