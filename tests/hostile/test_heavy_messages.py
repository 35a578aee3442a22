"""Reading a message takes work in proportion to it, whatever stands in it often.

`python -m tests.hostile.heavy_messages` measures the same at full size, in seconds.
"""

from functools import partial

import pytest

from tests.bytecodes import grows_too_fast
from tests.hostile.heavy_messages import KINDS, taken

FEW = 50  # and twice, and four times as many


@pytest.mark.parametrize("kind", KINDS)
def test_reading_a_message_takes_work_in_proportion_to_it(kind: str) -> None:
    assert not grows_too_fast(lambda count: partial(taken, KINDS[kind](count)), FEW)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("history", "too_long"),
        ("appinfo", "too_long"),
        ("parts", "too_many_parts"),
    ],
)
def test_what_no_real_message_has_so_much_of_is_not_read(kind: str, code: str) -> None:
    assert f"invalid {code}" in taken(KINDS[kind](20_000))
