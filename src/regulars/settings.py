"""The settings of one process: read once, frozen, each field with its environment name."""

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from regulars.kernel import Finding, Invalid

PORT_LARGEST = 65535


def listed(said: str) -> list[str]:
    """What stands in a setting that takes several, with spaces or commas between."""
    return said.replace(",", " ").split()


class Settings(BaseSettings):
    """Every field is read from the environment as REGULARS_ and its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="REGULARS_", frozen=True, extra="ignore")

    home: Annotated[Path, Field(description="Folder of the embedded database, keys and logs.")] = Path(
        "~/.regulars"
    )
    database_url: Annotated[
        SecretStr | None,
        Field(description="A PostgreSQL 15 or newer of one's own; empty means the embedded one in the home."),
    ] = None
    workspace: Annotated[
        str,
        Field(description="Which workspace to serve; each is a database of its own."),
    ] = "main"
    host: Annotated[str, Field(description="Address the web process listens on.")] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=PORT_LARGEST, description="Port the web process listens on.")] = 8642
    public_url: Annotated[
        str | None,
        Field(description="Address people reach it by, if a proxy stands before it, as https://name."),
    ] = None
    connections: Annotated[
        int,
        Field(ge=2, le=200, description="Database connections and route threads of the web process."),
    ] = 10
    postgres_bin: Annotated[
        Path | None,
        Field(
            description="Folder of PostgreSQL's own binaries for the embedded server; empty: the packaged."
        ),
    ] = None
    secret_key: Annotated[
        SecretStr | None,
        Field(
            description="Key that seals the secrets of connections; empty: the file secret-key in the home."
        ),
    ] = None
    trusted_proxies: Annotated[
        str,
        Field(
            description="Proxies in front, as addresses or networks, several with spaces or commas. They are "
            "believed whom they ask for; without this, everybody behind a proxy counts as one address."
        ),
    ] = ""
    machine_networks_file: Annotated[
        Path | None,
        Field(
            description="File of networks in which only machines stand, one a line, such as data centres: "
            "opens and clicks from there count as a machine's. Empty: none is known."
        ),
    ] = None
    outgoing_allow: Annotated[
        str,
        Field(description="Internal systems that may be asked, as host:port, several with spaces or commas."),
    ] = ""
    name_servers: Annotated[
        str,
        Field(
            description="Name servers asked for the records of sending domains, as addresses or "
            "address:port; empty: those of the machine."
        ),
    ] = ""
    import_bytes_max: Annotated[
        int,
        Field(ge=1, description="The largest file that can be imported, in bytes."),
    ] = 2 * 1024**3
    import_keep_days: Annotated[
        int,
        Field(ge=1, le=3650, description="Days after which imported files and their bad rows are deleted."),
    ] = 30
    lake: Annotated[
        str | None,
        Field(
            description="Where the lake stands: a folder or s3://bucket/prefix; empty means lake in the home."
        ),
    ] = None
    lake_endpoint: Annotated[
        str | None,
        Field(description="Address of an S3-compatible store other than Amazon's, as http://minio:9000."),
    ] = None
    lake_access_key: Annotated[
        SecretStr | None,
        Field(description="Access key of the lake's S3 store; empty: as the machine's own role allows."),
    ] = None
    lake_secret_key: Annotated[
        SecretStr | None, Field(description="Secret key that belongs to the access key.")
    ] = None
    lake_region: Annotated[str, Field(description="Region of the lake's S3 store.")] = "us-east-1"
    lake_keep_days: Annotated[
        int | None,
        Field(
            ge=1,
            le=36_500,
            description="Days after which events leave PostgreSQL and stand in the lake only; empty: never.",
        ),
    ] = None
    webhook_keep_days: Annotated[
        int,
        Field(ge=4, le=3650, description="Days the log of webhooks is kept, with what was sent."),
    ] = 30
    files: Annotated[
        Path | None,
        Field(
            description="Folder of imported and exported files, file drops and the list of the erased; "
            "several hosts share one; empty means the home."
        ),
    ] = None
    drop_root: Annotated[
        Path | None,
        Field(description="Folder under which file drops may look; empty means drop beside the files."),
    ] = None
    export_root: Annotated[
        Path | None,
        Field(
            description="Folder below which scheduled exports write; empty: exported/WORKSPACE by the files."
        ),
    ] = None
    export_keep_days: Annotated[
        int,
        Field(ge=1, le=365, description="Days after which exported files that lie here are deleted."),
    ] = 7
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Field(description="How much the processes print."),
    ] = "info"
    stop_grace_s: Annotated[
        float,
        Field(gt=0, le=300, description="Seconds a process has to finish what it began when it is stopped."),
    ] = 10.0
    tracking_rate: Annotated[
        int,
        Field(
            ge=1,
            description="Events a second one tracking key may send to one web process; ten times as many "
            "may come at once.",
        ),
    ] = 5_000
    tracking_waiting_mib: Annotated[
        int,
        Field(ge=2, description="MiB of arriving bodies held before more are refused until later."),
    ] = 32

    @property
    def folder(self) -> Path:
        return self.home.expanduser().absolute()

    @property
    def shared(self) -> Path:
        """Of what every host must reach: a file that one takes in is read by a worker on another."""
        return self.files.expanduser().absolute() if self.files else self.folder

    @property
    def drops(self) -> Path:
        """Under which the folders of file drops stand."""
        return self.drop_root.expanduser().absolute() if self.drop_root else self.shared / "drop"

    @property
    def imports(self) -> Path:
        """Where imported files lie until their retention ends."""
        return self.shared / "imports"

    @property
    def exports(self) -> Path:
        """Where exported files lie until they are fetched, brought or too old."""
        return self.shared / "exports" / self.workspace

    @property
    def exports_root(self) -> Path:
        """Under which the folders that scheduled exports write to stand."""
        given = self.export_root
        return given.expanduser().absolute() if given else self.shared / "exported" / self.workspace

    @property
    def erasures(self) -> Path:
        """Who was erased, as keyed hashes: outside of the database, and of every backup."""
        return self.shared / "erasures" / f"{self.workspace}.jsonl"

    @field_validator("trusted_proxies")
    @classmethod
    def _are_addresses(cls, said: str) -> str:
        for one in listed(said):
            try:
                ip_network(one)
            except ValueError:
                raise ValueError(f"{one!r} is no address or network; write it as in 10.0.0.0/8") from None
        return said

    @property
    def proxies(self) -> list[str]:
        return listed(self.trusted_proxies)

    @property
    def machine_networks(self) -> list[str]:
        """What stands in the file of networks, without remarks."""
        if self.machine_networks_file is None:
            return []
        text = self.machine_networks_file.expanduser().read_text(encoding="utf-8")
        return [said for line in text.splitlines() if (said := line.partition("#")[0].strip())]

    @property
    def copies(self) -> Path:
        """Where copies of what is held of a person wait to be fetched."""
        return self.shared / "copies" / self.workspace

    @property
    def outgoing_allowed(self) -> frozenset[str]:
        return frozenset(listed(self.outgoing_allow.lower()))

    @property
    def address(self) -> str:
        """Where people reach the console."""
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{shown}:{self.port}"


def read_settings(**changes: object) -> Settings:
    """Read the environment; raises Invalid with the name of each variable that is wrong."""
    given = {name: value for name, value in changes.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as cause:
        findings = [
            Finding(
                path="REGULARS_" + "_".join(str(part) for part in error["loc"]).upper(),
                code="settings.invalid",
                message=error["msg"],
            )
            for error in cause.errors(include_input=False, include_url=False)
        ]
        told = "; ".join(f"{f.path}: {f.message}" for f in findings)
        raise Invalid(f"The settings cannot be used: {told}.", findings) from None
