from datetime import datetime

import pytest
from hypothesis import given

from shs_adapter.shs import names
from tests.shs import samples


@pytest.mark.parametrize(
    ("value", "bare"),
    [
        ("urn:X-shs:2021005521", "2021005521"),
        (" URN:x-SHS: 2021005521.a\n", "2021005521.a"),
        ("2021005521", "2021005521"),
        ("urn:X-shs:", ""),
        ("mailto:anna@example.com", "mailto:anna@example.com"),
        ("urn:isbn:1", "urn:isbn:1"),
    ],
)
def test_the_prefix_is_taken_off_in_any_case(value: str, bare: str) -> None:
    assert names.bare(value) == bare
    assert names.urn(value) == f"urn:X-shs:{bare}"


@given(samples.addresses)
def test_a_prefix_put_on_comes_off_again(address: str) -> None:
    assert names.bare(names.urn(address)) == address


def test_an_organisation_is_what_stands_before_the_first_dot() -> None:
    assert names.organisation("urn:X-shs:2120000001.ek.bistand") == "2120000001"
    assert names.organisation("2120000001") == "2120000001"


@pytest.mark.parametrize(
    "text", ["2026-03-01T08:15:30", " 2026-03-01T08:15:30.123Z", "2026-03-01T08:15:30+02:00"]
)
def test_a_time_is_read_as_the_wall_clock_shows_it(text: str) -> None:
    assert names.local_time(text) == datetime(2026, 3, 1, 8, 15, 30)  # noqa: DTZ001  # the wire has no zones


@pytest.mark.parametrize(
    "text", ["", "2026-03-01", "2026-03-01 08:15:30", "2026-02-30T08:15:30", "٢٠٢٦-03-01T08:15:30"]
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert names.local_time(text) is None
