"""JSON is read the quick way only where that says the same as reading it with care."""

import json
from contextlib import suppress
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from shs_adapter.errors import MalformedAnswer
from shs_adapter.ssbtek import record
from shs_adapter.ssbtek.notes import Notes

_WRITTEN = [
    *("{", "}", "[", "]", ",", ":", '"', '"a":', '"b" :', '"a:":', '"\\u003a":', '"\\u0061":', '"\\\\":'),
    *("1", "-0", "0.50", "1e5", "1E999999999999999999999", "1" * 60, "1" * 61, "7" * 5000, "01", ".5", "NaN"),
    *("-Infinity", "true", "null", '"å:"', '"\\ud800"', '"\\uD83D\\uDE00"', '"\ud83d"', '"\n"', " "),
    *(
        "\ufeff",
        '{"a":1,"a":2}',
        '{"a":":","a":1}',
        '{"a":"\\u003a","a":1,"b":"\\u003A"}',
        '{"k":[{"a":1,"a":{}}]}',
    ),
]
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False).map(float) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


def told(raw: bytes) -> Any:
    notes = Notes()
    try:
        return repr(record.parsed(raw, "x", notes)), notes.deviations
    except MalformedAnswer as error:
        return error.code


def read_with_care(raw: bytes) -> Any:
    notes = Notes()
    try:
        return repr(record._odd(raw, "x", notes)), notes.deviations
    except MalformedAnswer as error:
        return error.code


@given(st.lists(st.sampled_from(_WRITTEN), max_size=8).map("".join))
@example('{"a":1,"\\u0061":2}')
@example('{"a":"::","a":""}')
@example('{"a":1,"a":"\\u003a"}')
@example('[{"a":' + "9" * 61 + "}]")
def test_both_ways_of_reading_json_say_the_same_of_odd_documents(text: str) -> None:
    raw = text.encode(errors="surrogatepass")

    assert told(raw) == read_with_care(raw)


@given(_VALUES, st.booleans(), st.sampled_from([None, 1]))
def test_both_ways_of_reading_json_say_the_same_of_ordinary_documents(
    value: Any, is_ascii: bool, indent: int | None
) -> None:
    raw = json.dumps(value, ensure_ascii=is_ascii, indent=indent).encode(errors="surrogatepass")

    assert told(raw) == read_with_care(raw)


def test_an_ordinary_document_is_read_the_quick_way() -> None:
    raw = json.dumps({"namn": "Åsa", "belopp": [{"summa": 12.5}, {"summa": 0}]}, ensure_ascii=False).encode()
    read = None
    with suppress(ValueError, ArithmeticError, RecursionError):
        read = record._ordinary(raw)

    assert read == json.loads(raw)
