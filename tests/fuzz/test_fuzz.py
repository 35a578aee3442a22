"""Every target, with every case of the corpus and a bounded number of others, the same in every run."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"
CASES = sorted(CORPUS.glob("*/*"))

_TELLING = [
    *(b"<", b">", b"/", b"&", b"'", b'"', b"]]>", b"<!--", b"<!DOCTYPE a [", b"&#0;", b"&#xD800;", b"\x00"),
    *(b"\xff\xfe", b"\xef\xbb\xbf", b"\xc3", b"\r\n\r\n", b"--", b"=", b"{", b"[", b"null", b"1e999", b"-0"),
    *(b"9999-12-31", b"0001-01-01", b"999952", b"9" * 30, b"NaN", b"\\ud800", "\u202e".encode(), b"%00"),
]

Edit = tuple[int, int, bytes]  # where, how much is cut out, what is put there


def edited(seed: bytes, edits: Sequence[Edit]) -> bytes:
    for place, cut, put in edits:
        at = place % (len(seed) + 1)
        seed = seed[:at] + put + seed[at + cut :]
    return seed


EDITS = st.lists(
    st.tuples(
        st.integers(0, 1 << 14),
        st.integers(0, 40) | st.integers(0, 4000),
        st.sampled_from(_TELLING) | st.binary(max_size=8) | st.just(b""),
    ),
    min_size=1,
    max_size=6,
)


@pytest.mark.parametrize("name", TARGETS)
def test_no_edit_of_a_seed_is_a_surprise(name: str) -> None:
    target = TARGETS[name]

    @settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
    @given(st.sampled_from(target.seeds), EDITS)
    def tried(seed: bytes, edits: Sequence[Edit]) -> None:
        target.run(edited(seed, edits))

    for seed in target.seeds:
        target.run(seed)
    tried()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_no_case_of_the_corpus_is_a_surprise(case: Path) -> None:
    TARGETS[case.parent.name].run(case.read_bytes())


def test_every_case_belongs_to_a_target() -> None:
    assert {case.parent.name for case in CASES} <= TARGETS.keys()
