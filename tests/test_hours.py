"""Opening hours, on ordinary days and in the two nights when the clock is changed."""

from datetime import UTC, datetime, timedelta

import pytest

from shs_adapter.hours import SWEDEN, Hours, read

HOUR = timedelta(hours=1)
OFFICE = read(["mon-fri 06:00-22:00", "sat 08:00-16:00"])
NIGHTS = read(["sun-thu 22:00-06:00"])


def at(text: str, fold: int = 0) -> datetime:
    """Swedish time."""
    return datetime.fromisoformat(text).replace(tzinfo=SWEDEN, fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("hours", "now", "opens"),
    [
        pytest.param(Hours(), "2026-11-22 03:00", None, id="without windows"),
        pytest.param(OFFICE, "2026-11-23 06:00", None, id="as it opens"),
        pytest.param(OFFICE, "2026-11-23 21:59:59", None, id="before it closes"),
        pytest.param(OFFICE, "2026-11-23 22:00", "2026-11-24 06:00", id="as it closes"),
        pytest.param(OFFICE, "2026-11-27 23:00", "2026-11-28 08:00", id="friday night"),
        pytest.param(OFFICE, "2026-11-28 16:00", "2026-11-30 06:00", id="saturday evening"),
        pytest.param(NIGHTS, "2026-11-22 21:59", "2026-11-22 22:00", id="before a night"),
        pytest.param(NIGHTS, "2026-11-23 05:59", None, id="over midnight"),
        pytest.param(NIGHTS, "2026-11-27 05:59", None, id="into a day on which it does not open"),
        pytest.param(NIGHTS, "2026-11-28 00:00", "2026-11-29 22:00", id="a night on which it does not open"),
        pytest.param(read(["fri-mon 08:00-09:00"]), "2026-11-22 08:30", None, id="days over a weekend"),
        pytest.param(read(["mon 08:00-09:00"]), "2026-11-23 09:00", "2026-11-30 08:00", id="once a week"),
        pytest.param(read(["mon-sun 00:00-24:00"]), "2026-11-23 00:00", None, id="whole days"),
    ],
)
def test_it_is_open_or_says_when_it_opens(hours: Hours, now: str, opens: str | None) -> None:
    assert hours.opens_at(at(now)) == (opens and at(opens))


@pytest.mark.parametrize("day", ["2026-03-28", "2026-03-29", "2026-10-24", "2026-10-25"])
def test_it_opens_and_closes_by_the_clock_on_the_wall_when_that_is_changed(day: str) -> None:
    hours = read(["sat-sun 06:00-22:00"])

    assert hours.opens_at(at(f"{day} 05:59:59")) == at(f"{day} 06:00")
    assert hours.opens_at(at(f"{day} 06:00")) is None
    assert hours.opens_at(at(f"{day} 21:59:59")) is None
    assert hours.opens_at(at(f"{day} 22:00")) is not None


def test_a_time_that_the_clock_skips_comes_an_hour_later() -> None:
    assert read(["sun 02:30-05:00"]).opens_at(at("2026-03-29 01:00")) == at("2026-03-29 03:30")


def test_a_time_that_the_clock_shows_twice_counts_when_it_comes_first() -> None:
    hours = read(["sun 02:30-05:00"])

    assert hours.opens_at(at("2026-10-25 02:00")) == at("2026-10-25 02:30", fold=0)
    assert hours.opens_at(at("2026-10-25 02:00", fold=1)) is None
    assert read(["sun 00:00-02:30"]).opens_at(at("2026-10-25 02:30")) is not None


@pytest.mark.parametrize(
    ("hours", "now", "duration", "since"),
    [
        pytest.param(Hours(), "2026-11-23 08:00", 48, "2026-11-21 08:00", id="without windows"),
        pytest.param(OFFICE, "2026-11-23 08:00", 0, "2026-11-23 08:00", id="no time, while it is open"),
        pytest.param(OFFICE, "2026-11-23 08:00", 1, "2026-11-23 07:00", id="the same day"),
        pytest.param(OFFICE, "2026-11-23 08:00", 3, "2026-11-21 15:00", id="over a sunday"),
        pytest.param(OFFICE, "2026-11-23 05:00", 1, "2026-11-21 15:00", id="while it is closed"),
        pytest.param(OFFICE, "2026-11-23 08:00", 2, "2026-11-23 06:00", id="just as it opened"),
        pytest.param(OFFICE, "2026-11-23 08:00", 88 + 2, "2026-11-16 06:00", id="a week"),
        pytest.param(NIGHTS, "2026-11-24 02:00", 5, "2026-11-23 05:00", id="over midnight"),
        pytest.param(
            read(["sun 00:00-05:00"]), "2026-03-29 05:00", 4, "2026-03-29 00:00", id="a short night"
        ),
        pytest.param(read(["sun 00:00-05:00"]), "2026-10-25 05:00", 6, "2026-10-25 00:00", id="a long night"),
    ],
)
def test_time_while_it_is_closed_is_not_counted(hours: Hours, now: str, duration: int, since: str) -> None:
    assert hours.since(at(now), duration * HOUR) == at(since)


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["mon-fri 6-22"], "`mon-fri 6-22` is no window"),
        (["mån 06:00-22:00"], "`mån 06:00-22:00` is no window"),
        (["mon 06:00-25:00"], "is no window"),
        (["mon 24:00-06:00"], "is no window"),
        (["mon 06:00-06:00"], "opens when it closes"),
        (["mon-fri 06:00-22:00", "fri 21:00-23:00"], "windows overlap"),
        (["sun 22:00-06:00", "mon 05:00-07:00"], "windows overlap"),
    ],
)
def test_what_cannot_be_meant_is_refused(texts: list[str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read(texts)


def test_windows_may_touch() -> None:
    hours = read(["sun 22:00-24:00", "mon 00:00-06:00"])

    assert hours.opens_at(at("2026-11-23 00:00")) is None
