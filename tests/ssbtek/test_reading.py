from datetime import date

import pytest

from shs_adapter import xml
from shs_adapter.errors import MalformedAnswer
from shs_adapter.ssbtek.notes import Notes
from shs_adapter.ssbtek.reading import decoded, only, text


@pytest.mark.parametrize("suffix", ["", "+01:00", "+02:00", "Z", "-11:00"])
def test_a_zone_is_cut_off_a_date_and_shifts_nothing(suffix: str) -> None:
    assert Notes().day(f"2016-11-18{suffix}", "Day") == date(2016, 11, 18)


@pytest.mark.parametrize("written", ["", "0", "2016-02-30", "igår"])
def test_what_is_no_date_is_none(written: str) -> None:
    assert Notes().day(written, "Day") is None


@pytest.mark.parametrize("written", ["å", "abc", "a$==", "<b/>"])
def test_what_is_no_base64_is_malformed_and_not_quoted(written: str) -> None:
    with pytest.raises(MalformedAnswer) as caught:
        decoded(xml.parse_text(f"<svar>{written}</svar>"))

    assert caught.value.where == "svar"
    assert written not in str(caught.value)


@pytest.mark.parametrize("written", ["<b>1</b><b>2</b>", "<b>1<c/></b>"])
def test_a_text_that_is_not_one_text_is_malformed(written: str) -> None:
    with pytest.raises(MalformedAnswer):
        text(xml.parse_text(f"<a>{written}</a>"), "b")


def test_an_absent_text_is_empty_where_it_may_be_absent() -> None:
    root = xml.parse_text("<a/>")

    assert text(root, "b") == ""
    with pytest.raises(MalformedAnswer):
        only(root, "b")
