"""A real SFTP server on loopback, with a password and a key."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

import asyncssh


@dataclass(frozen=True)
class Served:
    port: int
    host_key: str
    client_key: str  # Private, as it is set for the drop.
    root: Path
    logins: list[str]

    @property
    def place(self) -> str:
        return f"sftp://shop@127.0.0.1:{self.port}/"


@contextmanager
def serving(root: Path, password: str = "drop-password") -> Iterator[Served]:
    host, client = asyncssh.generate_private_key("ssh-ed25519"), asyncssh.generate_private_key("ssh-ed25519")
    logins: list[str] = []
    ready, stop, ports = Event(), Event(), []

    class Server(asyncssh.SSHServer):
        def begin_auth(self, username: str) -> bool:
            return True

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, given: str) -> bool:
            logins.append("password")
            return username == "shop" and given == password

        def public_key_auth_supported(self) -> bool:
            return True

        def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
            logins.append("key")
            return username == "shop" and key == client.convert_to_public()

    async def run() -> None:
        server = await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=Server,
            server_host_keys=[host],
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(root).encode()),
        )
        ports.append(server.get_port())
        ready.set()
        await asyncio.to_thread(stop.wait)
        server.close()
        await server.wait_closed()

    thread = Thread(target=lambda: asyncio.run(run()))
    thread.start()
    assert ready.wait(10)
    try:
        yield Served(
            port=ports[0],
            host_key=host.export_public_key().decode().strip(),
            client_key=client.export_private_key().decode(),
            root=root,
            logins=logins,
        )
    finally:
        stop.set()
        thread.join()
