"""A store that speaks S3, on loopback."""

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from pyarrow import fs

from tests.acceptance.console.conftest import free_port


@dataclass(frozen=True)
class Store:
    port: int

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def files(self) -> fs.S3FileSystem:
        return fs.S3FileSystem(
            access_key="key", secret_key="secret", region="us-east-1", endpoint_override=f"127.0.0.1:{self.port}",
            scheme="http", allow_bucket_creation=True,
        )  # fmt: skip

    def names(self, bucket: str) -> list[str]:
        found = self.files.get_file_info(fs.FileSelector(bucket, recursive=True))
        return sorted(one.path for one in found if one.is_file)

    def read(self, path: str) -> bytes:
        with self.files.open_input_stream(path) as file:
            return file.read()


@contextmanager
def serving(bucket: str, port: int | None = None) -> Iterator[Store]:
    store = Store(port or free_port())
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(store.port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with suppress(urllib.error.URLError, ConnectionError):
                urllib.request.urlopen(f"{store.endpoint}/moto-api/").read()
                break
            time.sleep(0.05)
        store.files.create_dir(bucket)
        yield store
    finally:
        process.terminate()
        process.wait()
