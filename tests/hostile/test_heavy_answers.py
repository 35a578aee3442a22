"""Judging takes work in proportion to the answer, whatever stands in it often.

`python -m tests.hostile.heavy_answers` measures the same at full size, in seconds and bytes.
"""

from functools import partial

import pytest

from tests.bytecodes import grows_too_fast
from tests.hostile import heavy_answers

FEW = 24  # and twice, and four times as many
KINDS = heavy_answers.kinds()


@pytest.mark.parametrize("group", sorted({name.split()[0] for name in KINDS}))
def test_judging_an_answer_takes_work_in_proportion_to_it(group: str) -> None:
    mine = {name: build for name, build in KINDS.items() if name.split()[0] == group}

    assert [
        name
        for name, build in mine.items()
        if grows_too_fast(lambda count, build=build: partial(heavy_answers.judged, build(count)), FEW)  # type: ignore[misc]
    ] == []
