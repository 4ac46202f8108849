"""Where the lake stands: a folder, or a bucket of a store that speaks S3."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from regulars.kernel import Invalid
from regulars.settings import Settings

S3 = "s3://"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    root: str  # An absolute path, or s3://bucket/prefix.
    options: Mapping[str, str] = field(default_factory=dict, repr=False)  # As the Delta library calls them.

    @property
    def is_remote(self) -> bool:
        return self.root.startswith(S3)

    def table(self, name: str) -> str:
        return f"{self.root}/{name}"

    def filesystem(self) -> Any:
        """The store as Arrow sees it; paths in it are those of `path_of`."""
        from pyarrow import fs  # noqa: PLC0415 - it is loaded where the lake is used.

        if not self.is_remote:
            return fs.LocalFileSystem()
        known = {
            "access_key": self.options.get("AWS_ACCESS_KEY_ID"),
            "secret_key": self.options.get("AWS_SECRET_ACCESS_KEY"),
            "region": self.options.get("AWS_REGION"),
            "endpoint_override": self.options.get("AWS_ENDPOINT_URL"),
        }
        return fs.S3FileSystem(**{name: value for name, value in known.items() if value})

    def path_of(self, uri: str) -> str:
        return uri.removeprefix(S3).removeprefix("file://")


def place_of(settings: Settings) -> Place:
    """The workspace's own place; raises Invalid for an address of another kind."""
    if settings.lake is None:
        return Place(root=str(settings.folder / "lake" / settings.workspace))
    given = settings.lake.rstrip("/")
    if given.startswith(S3):
        return Place(root=f"{given}/{settings.workspace}", options=_options(settings))
    if "://" in given:
        raise Invalid(
            f"REGULARS_LAKE is {given!r}; write a folder, or s3://bucket/prefix for a store that speaks S3."
        )
    return Place(root=str(Path(given).expanduser().absolute() / settings.workspace))


def _options(settings: Settings) -> dict[str, str]:
    options = {"AWS_REGION": settings.lake_region}
    if settings.lake_endpoint:
        options["AWS_ENDPOINT_URL"] = settings.lake_endpoint
        options["AWS_ALLOW_HTTP"] = str(settings.lake_endpoint.startswith("http://")).lower()
    if settings.lake_access_key and settings.lake_secret_key:
        options["AWS_ACCESS_KEY_ID"] = settings.lake_access_key.get_secret_value()
        options["AWS_SECRET_ACCESS_KEY"] = settings.lake_secret_key.get_secret_value()
    return options
