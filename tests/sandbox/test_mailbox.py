"""The node's mailboxes without a node: states, locks, acknowledgements, lists."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from shs_adapter.errors import Malformed, NotFound
from shs_adapter.sandbox import listing
from shs_adapter.sandbox.mailbox import Mailbox, PostOffice, State
from shs_adapter.shs.label import Label, SequenceType, Status

NOW = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)  # 08:30 in Sweden
MINUTE = timedelta(minutes=1)
LABEL = Label(
    tx_id="a",
    corr_id="c",
    content_id="k",
    sequence_type=SequenceType.REPLY,
    product="p",
    datetime=datetime(2026, 11, 23, 8, 30),  # noqa: DTZ001  # labels have no zone
    sender="2021005521",
    to="2120002411",
)


def holding(*labels: Label, consume: bool = True) -> Mailbox:
    """A mailbox whose messages came a minute apart, the first at NOW."""
    mailbox = Mailbox(consume=consume)
    for minutes, label in enumerate(labels):
        mailbox.deliver(label, b"raw of " + label.tx_id.encode(), NOW + minutes * MINUTE)
    return mailbox


def listed(mailbox: Mailbox, parameters: Mapping[str, str] | None = None, now: datetime = NOW) -> list[str]:
    shown = listing.read(parameters or {}).select(mailbox.waiting(now))
    return [entry.label.tx_id for entry in shown]


def fetch(mailbox: Mailbox, tx_id: str, now: datetime = NOW) -> bytes:
    entry = mailbox.lock(tx_id, now)
    raw = entry.raw
    mailbox.fetched(entry, now)
    return raw


# Fetching


def test_a_message_that_is_being_fetched_is_neither_listed_nor_fetched_again() -> None:
    mailbox = holding(LABEL)

    mailbox.lock("a", NOW)

    assert listed(mailbox) == []
    with pytest.raises(NotFound):
        mailbox.lock("a", NOW)


def test_a_fetched_message_is_gone_for_good() -> None:
    mailbox = holding(LABEL)

    assert fetch(mailbox, "a") == b"raw of a"

    assert listed(mailbox) == []
    with pytest.raises(NotFound):
        mailbox.lock("a", NOW + timedelta(days=1))


def test_a_broken_fetch_puts_the_message_back_where_it_was() -> None:
    mailbox = holding(LABEL, replace(LABEL, tx_id="b"))
    entry = mailbox.lock("a", NOW)

    mailbox.put_back(entry, NOW)

    assert listed(mailbox) == ["a", "b"]
    assert fetch(mailbox, "a") == b"raw of a"


def test_a_lock_goes_stale_after_an_hour() -> None:
    mailbox = holding(LABEL)
    mailbox.lock("a", NOW)

    at_the_hour = listed(mailbox, now=NOW + 60 * MINUTE)
    later = listed(mailbox, now=NOW + 61 * MINUTE)

    assert at_the_hour == []
    assert later == ["a"]


def test_a_fetch_that_outlived_its_lock_does_not_bring_back_what_another_has_fetched() -> None:
    mailbox = holding(LABEL)
    slow = mailbox.lock("a", NOW)
    fetch(mailbox, "a", NOW + 61 * MINUTE)

    mailbox.fetched(slow, NOW + 62 * MINUTE)
    mailbox.put_back(slow, NOW + 62 * MINUTE)

    assert listed(mailbox, now=NOW + 62 * MINUTE) == []


def test_a_node_that_does_not_consume_lists_and_gives_a_message_until_it_is_acknowledged() -> None:
    mailbox = holding(LABEL, consume=False)

    first, second = fetch(mailbox, "a"), fetch(mailbox, "a")
    before = listed(mailbox)
    mailbox.acknowledge("a")

    assert first == second == b"raw of a"
    assert before == ["a"]
    assert listed(mailbox) == []
    with pytest.raises(NotFound):
        mailbox.lock("a", NOW)


# Acknowledging


def test_the_first_acknowledgement_names_the_message_to_confirm_and_the_second_nothing() -> None:
    mailbox = holding(LABEL)
    fetch(mailbox, "a")

    first, second = mailbox.acknowledge("a"), mailbox.acknowledge("a")

    assert first == LABEL
    assert second is None


def test_an_administrative_message_is_acknowledged_without_a_confirm() -> None:
    mailbox = holding(replace(LABEL, sequence_type=SequenceType.ADM))

    assert mailbox.acknowledge("a") is None


def test_an_acknowledgement_before_the_fetch_hides_the_message_only_from_those_who_ask_for_noack() -> None:
    mailbox = holding(LABEL)

    confirmed = mailbox.acknowledge("a")

    assert confirmed == LABEL
    assert listed(mailbox) == ["a"]
    assert listed(mailbox, {"filter": "noack"}) == []
    assert fetch(mailbox, "a") == b"raw of a"
    assert mailbox.acknowledge("a") is None


def test_an_unknown_message_cannot_be_acknowledged() -> None:
    with pytest.raises(NotFound):
        holding(LABEL).acknowledge("b")


# Lists


def test_a_list_shows_production_alone_unless_test_is_asked_for() -> None:
    mailbox = holding(LABEL, replace(LABEL, tx_id="b", status=Status.TEST))

    assert listed(mailbox) == ["a"]
    assert listed(mailbox, {"status": "TEST"}) == ["b"]


@pytest.mark.parametrize("maxhits", [{}, {"maxhits": "0"}, {"maxhits": "-1"}])
def test_a_list_shows_the_200_oldest_unless_told(maxhits: dict[str, str]) -> None:
    mailbox = holding(*(replace(LABEL, tx_id=str(number)) for number in range(201)))

    assert listed(mailbox, maxhits) == [str(number) for number in range(200)]
    assert len(listed(mailbox, {"maxhits": "201"})) == 201


@pytest.mark.parametrize(
    ("parameters", "shown"),
    [
        ({"filter": "anything"}, "abc"),
        ({"producttype": "p"}, "a"),
        ({"producttype": "urn:x-shs:p,q"}, "ab"),
        ({"producttype": "p, q"}, "a"),
        ({"corrid": "d"}, "b"),
        ({"contentid": "l"}, "b"),
        ({"originator": "origin"}, "b"),
        ({"originator": "2021005521"}, "abc"),
        ({"endrecipient": "end"}, "b"),
        ({"since": "2026-11-23T08:31:00"}, "bc"),
        ({"sequencetype": "adm", "meta-x": "y"}, "abc"),
        ({"arrivalorder": "Descending"}, "cba"),
        ({"maxhits": "1", "arrivalorder": "descending"}, "c"),
        ({"maxhits": "9" * 30}, "abc"),
        ({"sortattribute": "subject"}, "cab"),
        ({"sortattribute": "subject", "sortorder": "DESC", "maxhits": "2"}, "ba"),
        ({"sortattribute": "subject", "arrivalorder": "descending"}, "cab"),
        ({"sortattribute": "originator", "sortorder": "ascending"}, "acb"),
        ({"sortattribute": "from", "sortorder": "descending"}, "bac"),
        ({"sortattribute": "endrecipient"}, "acb"),
        ({"sortattribute": "producttype"}, "abc"),
        ({"sortattribute": "contentid", "sortorder": "descending"}, "bac"),
        ({"sortattribute": "sequencetype"}, "cab"),
        ({"sortattribute": "transfertype"}, "abc"),
        ({"sortattribute": "-corrid", "sortorder": "descending"}, "bac"),
        ({"sortattribute": "meta-whatever"}, "acb"),
    ],
)
def test_a_list_is_filtered_and_ordered_as_asked(parameters: dict[str, str], shown: str) -> None:
    b = replace(
        LABEL,
        tx_id="b",
        product="q",
        corr_id="d",
        content_id="l",
        originator="origin",
        end_recipient="end",
        subject="second",
        meta=(("x", "1"),),
    )
    c = replace(LABEL, tx_id="c", product="r", sequence_type=SequenceType.ADM, subject="a first")
    mailbox = holding(replace(LABEL, subject="middle"), b, c)

    assert listed(mailbox, parameters) == [*shown]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "both"),
        ("since", "2026-11-23"),
        ("since", "2026-11-23T08:31:00+01:00"),
        ("maxhits", "many"),
        ("sortattribute", "corrid"),
        ("sortattribute", "size"),
        ("sortorder", "up"),
        ("arrivalorder", "asc"),
    ],
)
def test_a_bad_parameter_is_refused_by_name_and_not_quoted(name: str, value: str) -> None:
    with pytest.raises(Malformed) as refused:
        listing.read({name: value})

    assert refused.value.where == name
    assert value not in str(refused.value)


def test_since_asks_when_the_message_was_put_back_and_not_when_it_came() -> None:
    mailbox = holding(LABEL)
    mailbox.put_back(mailbox.lock("a", NOW), NOW + 5 * MINUTE)

    assert listed(mailbox, {"since": "2026-11-23T08:35:00"}) == ["a"]


# The post office


def test_a_tx_id_is_a_duplicate_from_its_second_coming() -> None:
    post = PostOffice(detect_duplicates=True, consume=True)

    assert [post.is_duplicate("a"), post.is_duplicate("a"), post.is_duplicate("b")] == [False, True, False]


def test_a_node_without_an_index_detects_no_duplicates() -> None:
    post = PostOffice(detect_duplicates=False, consume=True)

    assert [post.is_duplicate("a"), post.is_duplicate("a")] == [False, False]


def test_an_address_is_matched_exactly() -> None:
    post = PostOffice(detect_duplicates=True, consume=True)
    post.deliver(LABEL, b"raw", NOW)
    post.deliver(replace(LABEL, tx_id="b", to="2120002411.agda"), b"raw", NOW)

    assert listed(post.mailbox("2120002411")) == ["a"]
    assert listed(post.mailbox("2120002411.agda")) == ["b"]
    assert listed(post.mailbox("212000")) == []


class AnyHistory(RuleBasedStateMachine):
    """Whatever clients do in whatever order: nothing is given twice, and nothing unfetched disappears."""

    def __init__(self) -> None:
        super().__init__()
        self.mailbox = Mailbox(consume=True)
        self.came: list[str] = []
        self.given: list[str] = []
        self.confirmed: list[str] = []

    @rule()
    def deliver(self) -> None:
        label = replace(LABEL, tx_id=str(len(self.came)))
        self.mailbox.deliver(label, b"raw of " + label.tx_id.encode(), NOW)
        self.came.append(label.tx_id)

    @precondition(lambda self: self.came)
    @rule(data=st.data(), breaks=st.booleans())
    def fetch(self, data: st.DataObject, breaks: bool) -> None:
        tx_id = data.draw(st.sampled_from(self.came))
        try:
            entry = self.mailbox.lock(tx_id, NOW)
        except NotFound:
            assert tx_id in self.given
            return
        assert entry.raw == b"raw of " + tx_id.encode()
        if breaks:
            self.mailbox.put_back(entry, NOW)
        else:
            self.mailbox.fetched(entry, NOW)
            assert entry.state is State.FETCHED
            self.given.append(tx_id)

    @precondition(lambda self: self.came)
    @rule(data=st.data())
    def acknowledge(self, data: st.DataObject) -> None:
        tx_id = data.draw(st.sampled_from(self.came))
        if confirmed := self.mailbox.acknowledge(tx_id):
            self.confirmed.append(confirmed.tx_id)

    @invariant()
    def what_was_not_given_is_listed_in_order_of_arrival(self) -> None:
        assert listed(self.mailbox) == [tx_id for tx_id in self.came if tx_id not in self.given]

    @invariant()
    def nothing_is_given_or_confirmed_twice(self) -> None:
        assert len(set(self.given)) == len(self.given)
        assert len(set(self.confirmed)) == len(self.confirmed)


TestAnyHistory = AnyHistory.TestCase
TestAnyHistory.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
