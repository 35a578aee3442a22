"""What a counterpart bears becomes permits."""

from datetime import timedelta
from pathlib import Path

import pytest

from shs_adapter.config import load
from shs_adapter.daemon.terms import all_terms
from tests.test_config import COUNTERPART, SMALL, written


@pytest.mark.parametrize(
    ("requests_per_second", "permits", "rest"),
    [(10, 10, 1), (2.5, 3, 1.2), (1, 1, 1), (0.5, 1, 2)],
)
def test_a_rate_is_so_many_permits_that_rest_a_second_or_longer(
    tmp_path: Path, requests_per_second: float, permits: int, rest: float
) -> None:
    text = f"{SMALL}{COUNTERPART}requests_per_second = {requests_per_second}\n"
    rate = all_terms(load(written(tmp_path, text)))["shs.example.se"].rate

    assert rate is not None
    assert rate.size == permits
    assert timedelta(0) < rate.rest - timedelta(seconds=rest) < timedelta(seconds=0.1)


def test_a_counterpart_of_which_nothing_is_said_has_the_slots_of_all(tmp_path: Path) -> None:
    text = f"{SMALL}[limits]\nin_flight = 5\n{COUNTERPART}in_flight = 2\n"
    terms = all_terms(load(written(tmp_path, text)))

    assert {name: one.slots.size for name, one in terms.items()} == {
        "shs.example.se": 2,
        "fmansinfo.forsakringskassan.se": 5,
    }
    assert [one.rate for one in terms.values()] == [None, None]
