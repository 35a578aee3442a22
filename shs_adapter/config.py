"""One TOML file, read and checked once, at start, into frozen values.

Durations are written in seconds and held as timedelta. Relative paths are taken from the folder of the
file. Every key, with unit, default and reason, stands in config/example.toml.
"""

import re
import socket
import tomllib
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct, field

from shs_adapter import database_url, hours
from shs_adapter.config_help import escape_help, explained
from shs_adapter.errors import ConfigError
from shs_adapter.hours import Hours

Text = Annotated[str, Meta(pattern=r"\S")]
OrganisationNumber = Annotated[str, Meta(pattern="^16[0-9]{10}$")]
Address = Annotated[str, Meta(pattern=r"^[0-9]{10}(\.[A-Za-z0-9_-]+)*$")]
Uuid = Annotated[str, Meta(pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Url = Annotated[str, Meta(pattern="^https://[^/?#@]+(/[^?#]*)?$")]
AgencyCode = Literal["AF", "CSN", "FK", "SKV", "SO", "TNS", "MIV"]
SkvPart = Literal[
    "foretagsinformation", "individuppgifter", "skattekonto", "skatteuppgifter", "beskattningsbilagor"
]
Count = Annotated[int, Meta(ge=1)]

FORSAKRINGSKASSAN = "2021005521"
SSBTEK = "https://fmansinfo.forsakringskassan.se/shs2"


class Section(Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the file; an unknown key is an error."""

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if isinstance(value, timedelta) and value <= timedelta(0):
                raise ValueError(f"{name} must be more than 0 seconds")


class Database(Section, frozen=True):
    """*url* is `sqlite:///FILE`, or `postgresql+asyncpg://` and whatever else PostgreSQL's URIs may say."""

    url: Annotated[str, Meta(pattern=r"^(sqlite:///.|postgresql\+asyncpg://)")]
    password_file: Path | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        database_url.check(self.url)

    @property
    def file(self) -> Path | None:
        """SQLite's file; None for PostgreSQL."""
        name = self.url.removeprefix("sqlite:///")
        return None if name == self.url else Path(name)

    def __str__(self) -> str:
        """How messages name it: the file, or the URL, which holds nothing secret."""
        return str(self.file or self.url)


class Keys(Section, frozen=True):
    file: Path


class Daemon(Section, frozen=True):
    name: Text = field(default_factory=socket.gethostname)


class Dated(Section, frozen=True):
    """A text with validity dates, both inclusive; no *valid_to* means until further notice."""

    text: Text
    valid_from: date
    valid_to: date | None = None

    def holds(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class LegalBasis(Dated, frozen=True, kw_only=True):
    agencies: Annotated[tuple[AgencyCode, ...], Meta(min_length=1)]


class ContractVersion(Section, frozen=True):
    """A version of the SSBTEK contract, with validity dates, both inclusive."""

    version: Literal[10, 11]
    valid_from: date
    valid_to: date | None = None

    def holds(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class Skv(Section, frozen=True):
    """What Skatteverket is asked for in version 11; without years, the two last completed ones."""

    parts: Annotated[tuple[SkvPart, ...], Meta(min_length=1)] = (
        "foretagsinformation",
        "individuppgifter",
        "skattekonto",
        "skatteuppgifter",
    )


class Processor(Section, frozen=True):
    """A personuppgiftsbiträde, named in every question of the tenant."""

    organisation_number: OrganisationNumber
    name: Annotated[str, Meta(min_length=1, max_length=255)]


class Shs(Section, frozen=True):
    delivery_url: Url
    sender: Address = field(name="from")
    product: Uuid
    status: Literal["test", "production"]
    submit_url: Url = SSBTEK
    to: Address = FORSAKRINGSKASSAN
    agreement: Uuid | None = None
    payload: Literal["document", "soap"] = "document"
    datapart_type: Text = "xml"
    mailbox: Literal["shared", "exclusive"] = "shared"


class Tls(Section, frozen=True):
    certificate: Path
    private_key: Path
    ca: Path


class Tenant(Section, frozen=True):
    organisation_number: OrganisationNumber
    name: Annotated[str, Meta(min_length=1, max_length=255)]
    aktorsid: Text
    purpose: Annotated[tuple[Dated, ...], Meta(min_length=1)]
    legal_basis: Annotated[tuple[LegalBasis, ...], Meta(min_length=1)]
    shs: Shs
    tls: Tls
    mode: Literal["asynch"] = "asynch"
    answered_fund_statuses: tuple[Text, ...] = ()
    processors: tuple[Processor, ...] = ()
    contract: Annotated[tuple[ContractVersion, ...], Meta(min_length=1)] = (
        ContractVersion(version=10, valid_from=date(1970, 1, 1)),
    )
    skv: Skv = Skv()

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.shs.sender[:10] != self.organisation_number[2:]:
            raise ValueError("shs.from must begin with the ten digits of organisation_number")


class Polling(Section, frozen=True):
    idle: timedelta = timedelta(seconds=0.14)
    mailbox: timedelta = timedelta(seconds=60)
    doorbell: bool = False


class Retry(Section, frozen=True):
    first: timedelta = timedelta(seconds=5)
    most: timedelta = timedelta(minutes=10)
    give_up_after: timedelta = timedelta(days=3)


class Reask(Section, frozen=True):
    """Asking agencies again: *rounds* where a failure is documented to pass, *doubtful_rounds* elsewhere."""

    rounds: Annotated[int, Meta(ge=0)] = 3
    doubtful_rounds: Annotated[int, Meta(ge=0)] = 1
    first: timedelta = timedelta(minutes=15)
    most: timedelta = timedelta(hours=6)


class Contracts(Section, frozen=True):
    directory: Path | None = None  # the agencies' own schemas, where the operator has installed them


class Limits(Section, frozen=True):
    # What is smaller may have left a node before it is refused; some take that for fetched, and have lost it.
    # Seen so, on one machine, up to 4 MiB.
    message_bytes: Annotated[int, Meta(ge=8 * 1024 * 1024)] = 10 * 1024 * 1024
    in_flight: Count = 8
    connect_timeout: timedelta = timedelta(seconds=10)
    request_timeout: timedelta = timedelta(seconds=120)
    answer_timeout: timedelta = timedelta(days=2)
    late_answer: timedelta = timedelta(days=14)
    lost_after: timedelta = timedelta(hours=2)
    repeat_window: timedelta = timedelta(minutes=10)


class Counterpart(Section, frozen=True):
    """What a node's host asks of all requests to it together; None: nothing of its own."""

    in_flight: Count | None = None
    requests_per_second: Annotated[float, Meta(ge=0.1, le=1000)] | None = None
    open: Annotated[tuple[str, ...], Meta(min_length=1)] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        _ = self.hours  # raises ValueError where they cannot be read

    @property
    def hours(self) -> Hours:
        """When it is open; always, where nothing is said."""
        return hours.read(self.open or ())


class Retention(Section, frozen=True):
    """What may go, and when, counted from settling; None: never. Rows never go before what answers say."""

    answers_after: timedelta | None = None
    questions_after: timedelta | None = None
    tombstones_after: timedelta = timedelta(days=400)
    audit_after: timedelta | None = None  # from the reading, or the disclosure, itself

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.answers_after and self.questions_after and self.questions_after < self.answers_after:
            raise ValueError("questions_after must not be less than answers_after")
        for name in ("answers_after", "questions_after"):
            kept = getattr(self, name)
            if self.audit_after and kept and self.audit_after < kept:
                raise ValueError(f"audit_after must not be less than {name}")

    @property
    def is_for_ever(self) -> bool:
        return not (self.answers_after or self.questions_after or self.audit_after)


class Config(Section, frozen=True):
    database: Database
    keys: Keys
    tenants: dict[str, Tenant]
    daemon: Daemon = Daemon()
    polling: Polling = Polling()
    retry: Retry = Retry()
    reask: Reask = Reask()
    contracts: Contracts = Contracts()
    limits: Limits = Limits()
    counterparts: dict[str, Counterpart] = {}
    retention: Retention = Retention()

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.polling.doorbell and self.database.file is not None:
            raise ValueError("polling.doorbell needs PostgreSQL; on SQLite, leave it out")

    def hosts(self) -> set[str]:
        """The counterparts of all tenants."""
        return {
            host(url) for one in self.tenants.values() for url in (one.shs.submit_url, one.shs.delivery_url)
        }


def host(url: str) -> str:
    """A node as a counterpart is named: its host, and its port unless that is the usual one."""
    return urlsplit(url).netloc.lower().removesuffix(":443")


S = TypeVar("S", bound=Section)


def load(file: Path) -> Config:
    """Read and check the whole file; raises ConfigError naming the key, what is wrong and what is allowed."""
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8-sig"))  # Windows editors put a BOM there
    except OSError as error:
        raise ConfigError("config_file", f"{file}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise ConfigError("config_file", f"{file}: is not UTF-8 text; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError("config_file", f"{file}: is not TOML: {error}{escape_help(str(error))}") from None
    tenants = document.get("tenants")
    if not isinstance(tenants, dict) or not tenants:
        raise ConfigError("config", f"{file}: [tenants.NAME] is missing: at least one tenant is needed")
    config = msgspec.structs.replace(
        _convert(file, "", _anchored(file, document | {"tenants": {}, "counterparts": {}}), Config),
        tenants=_named(file, "tenants", tenants, Tenant),
        counterparts=_named(file, "counterparts", document.get("counterparts", {}), Counterpart),
    )
    if unused := config.counterparts.keys() - config.hosts():
        raise ConfigError(
            "config",
            f'{file}: [counterparts."{min(unused)}"] is the host of no submit_url or delivery_url; '
            f"known here: {', '.join(sorted(config.hosts()))}",
        )
    return config


def _named(file: Path, place: str, tables: Any, kind: type[S]) -> dict[str, S]:
    """The tables below *place*, by the names that the operator gives them."""
    if not isinstance(tables, dict):
        raise ConfigError("config", f"{file}: {place} must be a table for each name")
    return {
        name: _convert(file, f"{place}.{_quoted(name)}", _anchored(file, table), kind)
        for name, table in tables.items()
    }


def _quoted(name: str) -> str:
    """A name as TOML wants it."""
    return name if re.fullmatch("[A-Za-z0-9_-]+", name) else f'"{name}"'


def _convert(file: Path, place: str, table: object, kind: type[S]) -> S:
    try:
        return msgspec.convert(table, kind, strict=False, dec_hook=_path)
    except msgspec.ValidationError as error:
        raise ConfigError("config", f"{file}: {explained(str(error), place, kind)}") from None


def _path(kind: type, value: object) -> Path:
    if kind is not Path or not isinstance(value, str) or not value:
        raise ValueError("must be a path, as text")
    return Path(value)


def _anchored(file: Path, table: Any) -> Any:
    """Make the paths in the file absolute, from the folder that the file lies in."""
    if not isinstance(table, dict):
        return table
    anchored = {key: _anchored(file, value) for key, value in table.items()}
    for key in ("file", "certificate", "private_key", "ca", "directory", "password_file"):
        if isinstance(anchored.get(key), str) and anchored[key]:
            anchored[key] = str(file.parent.absolute() / anchored[key])
    url = anchored.get("url")
    if isinstance(url, str) and url.startswith("sqlite:///"):
        anchored["url"] = f"sqlite:///{file.parent.absolute() / url.removeprefix('sqlite:///')}"
    return anchored
