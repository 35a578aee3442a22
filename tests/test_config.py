import re
import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from shs_adapter.config import Config, Counterpart, Dated, Tenant, load
from shs_adapter.errors import ConfigError

EXAMPLE = Path(__file__).parents[1] / "config" / "example.toml"

# The smallest configuration there is.
SMALL = """\
[database]
url = "sqlite:///adapter.db"
[keys]
file = "keys.toml"
[tenants.default]
organisation_number = "162120002411"
name = "Provköping"
aktorsid = "000-00"
[[tenants.default.purpose]]
text = "Prov"
valid_from = 2025-07-01
[[tenants.default.legal_basis]]
text = "Provlagen"
agencies = ["AF"]
valid_from = 2025-07-01
[tenants.default.shs]
delivery_url = "https://shs.example.se/ds"
from = "2120002411.social"
product = "00000000-0000-0000-0000-000000000000"
status = "test"
[tenants.default.tls]
certificate = "client.pem"
private_key = "client.key"
ca = "ca.pem"
"""

COUNTERPART = '[counterparts."shs.example.se"]\n'


def written(folder: Path, text: str = SMALL) -> Path:
    file = folder / "adapter.toml"
    file.write_text(text, encoding="utf-8")
    return file


def complaint(folder: Path, text: str) -> str:
    """What `load` says of *text*, without the file's name."""
    file = written(folder, text)
    with pytest.raises(ConfigError) as caught:
        load(file)
    message = str(caught.value)
    assert message.startswith(f"{file}: ")
    assert "\n" not in message
    return message.removeprefix(f"{file}: ")


def test_what_is_left_out_has_its_default(tmp_path: Path) -> None:
    config = load(written(tmp_path))

    assert config.tenants["default"].shs.submit_url == "https://fmansinfo.forsakringskassan.se/shs2"
    assert config.tenants["default"].shs.to == "2021005521"
    assert config.tenants["default"].mode == "asynch"
    assert config.retry.give_up_after == timedelta(days=3)
    assert config.limits.message_bytes == 10 * 1024 * 1024
    assert config.daemon.name


def test_durations_are_seconds(tmp_path: Path) -> None:
    config = load(written(tmp_path, SMALL + "[polling]\nidle = 0.25\n[retry]\nmost = 90\n"))

    assert config.polling.idle == timedelta(milliseconds=250)
    assert config.retry.most == timedelta(seconds=90)


def test_relative_paths_are_taken_from_the_folder_of_the_file(tmp_path: Path) -> None:
    config = load(written(tmp_path))

    tls = config.tenants["default"].tls
    assert config.database.file == tmp_path / "adapter.db"
    assert config.keys.file == tmp_path / "keys.toml"
    assert (tls.certificate, tls.private_key, tls.ca) == (
        tmp_path / "client.pem",
        tmp_path / "client.key",
        tmp_path / "ca.pem",
    )


def test_absolute_paths_stay(tmp_path: Path) -> None:
    text = SMALL.replace("sqlite:///adapter.db", "sqlite:////var/adapter.db").replace("client.pem", "/c.pem")

    config = load(written(tmp_path, text))

    assert config.database.file == Path("/var/adapter.db")
    assert config.tenants["default"].tls.certificate == Path("/c.pem")


def test_validity_dates_are_inclusive() -> None:
    dated = Dated(text="x", valid_from=date(2026, 1, 1), valid_to=date(2026, 1, 31))

    assert [dated.holds(date(2026, 1, 1)), dated.holds(date(2026, 1, 31))] == [True, True]
    assert [dated.holds(date(2025, 12, 31)), dated.holds(date(2026, 2, 1))] == [False, False]
    assert Dated(text="x", valid_from=date(2026, 1, 1)).holds(date(9999, 12, 31))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("aktorsid", "aktorid", "[tenants.default] has an unknown key `aktorid`; did you mean `aktorsid`?"),
        ("[keys]", "[key]", "unknown `key`; did you mean `keys`?"),
        (
            "delivery_url",
            "delivery_uri",
            "[tenants.default.shs] has an unknown key `delivery_uri`; did you mean `delivery_url`?",
        ),
        (
            'text = "Provlagen"',
            'txt = "Provlagen"',
            "[tenants.default.legal_basis] has an unknown key `txt`; did you mean `text`?",
        ),
        ('from = "', 'sender = "', "[tenants.default.shs] has an unknown key `sender`; known here: "),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_known_name(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert complaint(tmp_path, SMALL.replace(old, new, 1)).startswith(said)


@pytest.mark.parametrize(
    ("old", "new", "key", "allowed"),
    [
        ('status = "test"', 'status = "prod"', "tenants.default.shs.status", '"test" or "production"'),
        (
            "162120002411",
            "2120002411",
            "tenants.default.organisation_number",
            'twelve digits in quotes: 16 and the organisation number, such as "162120002411"',
        ),
        ('["AF"]', '["AF", "AFF"]', "tenants.default.legal_basis.agencies", "a list of"),
        ('["AF"]', "[]", "tenants.default.legal_basis.agencies", "a list of"),
        ("2025-07-01", '"1 juli"', "tenants.default.purpose.valid_from", "a date without quotes"),
        ("https://shs", "http://shs", "tenants.default.shs.delivery_url", "an https:// address"),
        ("/ds", "/ds?x=1", "tenants.default.shs.delivery_url", "an https:// address"),
        ("sqlite:///", "postgresql://", "database.url", "in quotes, sqlite:///PATH"),
        ('"ca.pem"', "7", "tenants.default.tls.ca", "a path in quotes"),
        ('"ca.pem"', '""', "tenants.default.tls.ca", "a path in quotes"),
        ("00000000-0000", "0000-0000", "tenants.default.shs.product", "a UUID"),
        ('"Provköping"', '""', "tenants.default.name", "text in quotes, 1 to 255 characters"),
    ],
)
def test_a_wrong_value_is_named_with_its_key_and_what_is_allowed(
    tmp_path: Path, old: str, new: str, key: str, allowed: str
) -> None:
    said = complaint(tmp_path, SMALL.replace(old, new, 1))

    assert said.startswith(f"{key}: ")
    assert f"; allowed: {allowed}" in said


@pytest.mark.parametrize(
    ("section", "allowed"),
    [
        ("[limits]\nin_flight = 0", "limits.in_flight: "),
        ("[limits]\nmessage_bytes = 'x'", "limits.message_bytes: "),
        ("[limits]\nmessage_bytes = 8_388_607", "limits.message_bytes: "),
        ("[polling]\nidle = 'soon'", "polling.idle: "),
        ("[retry]\nfirst = 0", "retry: first must be more than 0 seconds"),
        ("[retry]\ngive_up_after = -1", "retry: give_up_after must be more than 0 seconds"),
        ("[retry]\nmost = nan", "retry.most: "),
        ("[retry]\nmost = inf", "retry.most: "),
        ("[retry]\nmost = 1e300", "retry.most: "),
        ("[retry]\nmost = true", "retry.most: "),
        ("[daemon]\nname = ''", "daemon.name: "),
    ],
)
def test_a_number_out_of_its_range_is_refused(tmp_path: Path, section: str, allowed: str) -> None:
    assert complaint(tmp_path, f"{SMALL}{section}\n").startswith(allowed)


def test_a_doorbell_needs_postgresql(tmp_path: Path) -> None:
    said = complaint(tmp_path, SMALL + "[polling]\ndoorbell = true\n")
    other = SMALL.replace("sqlite:///adapter.db", "postgresql+asyncpg://shs@db1/shs")

    assert "polling.doorbell needs PostgreSQL" in said
    assert load(written(tmp_path, other + "[polling]\ndoorbell = true\n")).polling.doorbell
    assert not load(written(tmp_path, other)).polling.doorbell


def test_nothing_is_purged_unless_the_operator_says_so(tmp_path: Path) -> None:
    silent = load(written(tmp_path, EXAMPLE.read_text(encoding="utf-8"))).retention
    traces_only = load(written(tmp_path, SMALL + "[retention]\ntombstones_after = 60\n")).retention
    said = load(written(tmp_path, SMALL + "[retention]\nanswers_after = 86400\n")).retention

    assert (silent.answers_after, silent.questions_after) == (None, None)
    assert (silent.is_for_ever, traces_only.is_for_ever, said.is_for_ever) == (True, True, False)
    assert said.answers_after == timedelta(days=1)


def test_rows_do_not_go_before_what_answers_say(tmp_path: Path) -> None:
    said = complaint(tmp_path, SMALL + "[retention]\nanswers_after = 20\nquestions_after = 10\n")

    assert said.startswith("retention: questions_after must not be less than answers_after")


@pytest.mark.parametrize("missing", ["product", "delivery_url", "status", "ca", "aktorsid", "text"])
def test_a_missing_key_is_named(tmp_path: Path, missing: str) -> None:
    text = re.sub(f"^{missing} = .*\n", "", SMALL, count=1, flags=re.MULTILINE)

    assert f"missing required field `{missing}`" in complaint(tmp_path, text)


def test_a_missing_key_is_named_with_what_it_takes(tmp_path: Path) -> None:
    said = complaint(tmp_path, SMALL.replace('status = "test"\n', ""))

    assert said == (
        'tenants.default.shs: Object missing required field `status`; allowed: "test" or "production"'
    )


def test_a_sender_of_another_organisation_is_refused(tmp_path: Path) -> None:
    said = complaint(tmp_path, SMALL.replace('from = "2120002411', 'from = "2021005521'))

    assert "shs.from must begin with the ten digits of organisation_number" in said


@pytest.mark.parametrize("text", ["", "tenants = 1", "[tenants]", '[[tenants]]\nname = "x"'])
def test_without_a_tenant_there_is_nothing_to_run(tmp_path: Path, text: str) -> None:
    assert complaint(tmp_path, text).startswith("[tenants.NAME] is missing")


def test_a_file_that_is_no_toml_says_where(tmp_path: Path) -> None:
    assert "line 2" in complaint(tmp_path, "[database]\nurl sqlite\n")


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "adapter.toml"
    file.write_bytes(SMALL.encode("iso-8859-1"))

    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        load(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: cannot be read"):
        load(tmp_path / "none.toml")


def keys(kind: type[msgspec.Struct]) -> dict[str, set[str]]:
    """The keys of every section below *kind*, by the section's path."""
    found: dict[str, set[str]] = {}

    def visit(info: msgspec.inspect.Type, path: str) -> None:
        match info:
            case msgspec.inspect.StructType():
                found.setdefault(path, set())
                for field in info.fields:
                    found[path].add(field.encode_name)
                    visit(field.type, f"{path}.{field.encode_name}".lstrip("."))
            case msgspec.inspect.VarTupleType():
                visit(info.item_type, path)

    visit(msgspec.inspect.type_info(kind), "")
    return found


def uncommented() -> str:
    """The example with every key that shows its default written out."""
    return re.sub(r"^# (?=[a-z_]+ = |\[)", "", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)


def test_every_key_of_every_section_stands_in_the_example() -> None:
    example = tomllib.loads(uncommented())
    expected = {f"tenants.default.{path}".rstrip("."): names for path, names in keys(Tenant).items()}
    expected |= {path: names for path, names in keys(Config).items() if path}

    for path, names in expected.items():
        section = example
        for name in path.split("."):
            section = section[name]
            section = section[0] if isinstance(section, list) else section
        assert set(section) == names, path
    assert set(example) == keys(Config)[""]
    assert set(example["counterparts"]["shs.example.se"]) == keys(Counterpart)[""]


def test_the_example_loads_as_it_stands() -> None:
    config = load(EXAMPLE)

    assert config.tenants["default"].shs.status == "test"


def test_what_the_example_shows_as_defaults_are_the_defaults(tmp_path: Path) -> None:
    shown = load(written(tmp_path, uncommented()))
    silent = load(written(tmp_path, EXAMPLE.read_text(encoding="utf-8")))

    assert (shown.polling, shown.retry, shown.limits) == (silent.polling, silent.retry, silent.limits)
    assert shown.reask == silent.reask
    assert shown.retention.tombstones_after == silent.retention.tombstones_after
    tenant, default = shown.tenants["default"], silent.tenants["default"]
    assert msgspec.structs.replace(tenant.shs, agreement=None) == default.shs
    assert (tenant.mode, tenant.answered_fund_statuses) == (default.mode, default.answered_fund_statuses)
    assert tenant.skv == default.skv
    assert [one.version for one in tenant.contract] == [one.version for one in default.contract]
    assert len(tenant.processors) == 1


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+asyncpg://shs:hemligt@db/shs",
        "postgresql+asyncpg://shs:@db/shs",
        "postgresql+asyncpg://shs@db/shs?password=hemligt",
    ],
)
def test_a_password_in_the_url_is_refused_and_not_repeated(tmp_path: Path, url: str) -> None:
    said = complaint(tmp_path, SMALL.replace("sqlite:///adapter.db", url))

    assert "password_file" in said
    assert "hemligt" not in said


def test_several_hosts_and_a_password_file_are_taken(tmp_path: Path) -> None:
    url = "postgresql+asyncpg://shs@db1:5432,db2:5433/shs?target_session_attrs=primary"
    text = SMALL.replace('"sqlite:///adapter.db"', f'"{url}"\npassword_file = "pg"')

    database = load(written(tmp_path, text)).database

    assert database.url == str(database) == url
    assert database.file is None
    assert database.password_file == tmp_path / "pg"


def test_a_counterpart_is_named_by_the_host_of_a_url_and_has_hours(tmp_path: Path) -> None:
    text = SMALL.replace("https://shs.example.se/", "https://SHS.example.se:443/")
    config = load(written(tmp_path, text + f'{COUNTERPART}in_flight = 2\nopen = ["sat 08:00-16:00"]\n'))

    counterpart = config.counterparts["shs.example.se"]
    assert config.hosts() == {"shs.example.se", "fmansinfo.forsakringskassan.se"}
    assert (counterpart.in_flight, counterpart.requests_per_second) == (2, None)
    assert counterpart.hours.opens_at(datetime(2026, 11, 28, 7, tzinfo=UTC)) is None
    assert counterpart.hours.opens_at(datetime(2026, 11, 28, 6, tzinfo=UTC)) is not None


def test_a_port_other_than_the_usual_one_belongs_to_the_name(tmp_path: Path) -> None:
    config = load(written(tmp_path, SMALL.replace("https://shs.example.se/", "https://shs.example.se:8443/")))

    assert "shs.example.se:8443" in config.hosts()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '[counterparts."shs.example.com"]\nin_flight = 2\n',
            '[counterparts."shs.example.com"] is the host of no submit_url or delivery_url; known here: '
            "fmansinfo.forsakringskassan.se, shs.example.se",
        ),
        (
            f"{COUNTERPART}inflight = 2\n",
            '[counterparts."shs.example.se"] has an unknown key `inflight`; did you mean `in_flight`?',
        ),
        (
            f"{COUNTERPART}requests_per_second = 0\n",
            'counterparts."shs.example.se".requests_per_second: Expected `float` >= 0.1; '
            "allowed: a number from 0.1 to 1000",
        ),
        (
            f'{COUNTERPART}open = ["mon-fri 6-22"]\n',
            'counterparts."shs.example.se": `mon-fri 6-22` is no window of opening hours, such as'
            " `mon-fri 06:00-22:00`",
        ),
        (
            f"{COUNTERPART}open = []\n",
            'counterparts."shs.example.se".open: Expected `array` of length >= 1; '
            'allowed: a list of texts such as "mon-fri 06:00-22:00", without overlaps',
        ),
        ("[[counterparts]]\nin_flight = 2\n", "counterparts must be a table for each name"),
    ],
)
def test_what_a_counterpart_cannot_ask_is_refused(tmp_path: Path, text: str, said: str) -> None:
    assert complaint(tmp_path, SMALL + text) == said
