import json
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shs_adapter import log
from shs_adapter.errors import MalformedXml
from shs_adapter.log import JsonLine, describe, event, mask

PERSON = "201701012393"
NUMBERS = (
    PERSON,
    "199001012385",
    "189001019802",
    "202402292383",
    "197701182391",
    "202201612393",
    "202601612381",
)


def line(message: str, *, name: str = "shs_adapter.store", **extra: Any) -> dict[str, Any]:
    """The log line of one record, read back."""
    record = logging.makeLogRecord({"name": name, "msg": message, "levelname": "INFO", **extra})
    read: dict[str, Any] = json.loads(JsonLine().format(record))
    return read


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("form", ["{0}", "{1}", "{2}-{3}", "{2}+{3}", "{0[0]}{0[1]}{2}-{3}"])
def test_a_personal_number_is_masked_in_every_form(number: str, form: str) -> None:
    token = form.format(number, number[2:], number[2:8], number[8:])

    assert mask(f"id={token}, {token}.") == "id=***, ***."


@pytest.mark.parametrize(
    "text",
    [
        "201701012394",  # the check digit does not fit
        "201713012393",  # no such month
        "2120002411",  # an organisation number
        "162120002411",
        f"{PERSON}7",
        f"a{PERSON}",
        f"123e4567-e89b-12d3-a456-{PERSON}",  # the end of a UUID
    ],
)
def test_what_is_no_personal_number_by_itself_stays(text: str) -> None:
    assert mask(text) == text


@settings(max_examples=200)
@given(st.from_regex(r"[0-9+-]{6,16}", fullmatch=True))
def test_masking_takes_any_digits(text: str) -> None:
    assert set(mask(text)) <= set(text) | {"*"}


@pytest.mark.parametrize("before", ["\n", "\t", "\r", "\b", "\f", "\x1b", '"', "\\", "å ", ":"])
def test_a_number_is_masked_whatever_stands_before_it(before: str) -> None:
    text = JsonLine().format(
        logging.makeLogRecord({"name": "shs_adapter", "msg": "seen", "fields": {"code": before + PERSON}})
    )

    assert PERSON not in text


def test_a_number_among_the_fields_is_masked_whatever_its_type() -> None:
    read = JsonLine().format(
        logging.makeLogRecord(
            {"name": "shs_adapter", "msg": "x", "fields": {"a": int(PERSON), "b": [PERSON], PERSON: 1}}
        )
    )

    assert PERSON not in read


def test_an_event_is_one_line_of_json_with_its_fields(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("shs_adapter.test")

    with caplog.at_level(logging.INFO):
        event(logger, "built", id=7, tx_id="ab-cd", code=None)
    (record,) = caplog.records
    text = JsonLine().format(record)

    assert "\n" not in text
    read = json.loads(text)
    assert read.pop("at").endswith("+00:00")
    assert read == {"level": "info", "event": "built", "id": 7, "tx_id": "ab-cd", "code": None}


def test_a_field_of_any_type_is_written() -> None:
    read = line("seen", fields={"file": Path("/var/adapter.db"), "rest": timedelta(seconds=5)})

    assert (read["file"], read["rest"]) == ("/var/adapter.db", "0:00:05")


def test_of_an_exception_only_type_and_code_are_logged() -> None:
    secret = "Testsson, Test"
    try:
        raise MalformedXml("xml_syntax", secret)
    except MalformedXml as error:
        ours = line("surprise", exc_info=(type(error), error, error.__traceback__))
    try:
        raise ValueError(secret)
    except ValueError as error:
        foreign = line("surprise", exc_info=(type(error), error, error.__traceback__))

    assert ours["error"] == "MalformedXml:xml_syntax"
    assert foreign["error"] == "ValueError"
    assert secret not in json.dumps([ours, foreign])


def test_a_code_that_is_not_a_short_name_is_not_logged() -> None:
    error = ValueError()
    error.code = "Testsson, Test"  # type: ignore[attr-defined]  # as libraries do

    assert describe(error) == "ValueError"


def test_of_what_others_log_only_the_first_line_is_kept() -> None:
    """asyncio writes the repr of an exception that nobody fetched below its own sentence."""
    read = line("Task exception was never retrieved\nfuture: <Task ValueError('Testsson')>", name="asyncio")

    assert read["event"] == "Task exception was never retrieved"
    assert read["logger"] == "asyncio"


def test_the_process_logs_json_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        log.set_up()
        event(logging.getLogger("shs_adapter.test"), "started", count=1)
        logging.getLogger("aiohttp.access").info("GET /")
    finally:
        root.handlers[:], root.level = handlers, level

    (written,) = capsys.readouterr().err.splitlines()
    assert json.loads(written)["event"] == "started"
