"""The sandbox node over real mutual TLS: submit, list, fetch, acknowledge, and what goes wrong."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import ClientError

from shs_adapter.errors import CannotStart, MalformedMessage
from shs_adapter.sandbox import cast, pki
from shs_adapter.sandbox.cast import Fault
from shs_adapter.sandbox.letters import ORGANISATION, PRODUCT
from shs_adapter.sandbox.server import Options, serve
from shs_adapter.shs import incoming, message, receipt
from shs_adapter.shs.incoming import Confirmation, Delivery, Failure
from shs_adapter.shs.label import SequenceType, Status, TransferType
from tests.sandbox.harness import (
    CLIENT,
    SOLE_TRADER,
    STRANGER,
    Client,
    connection,
    identity,
    label,
    now,
    question,
    sandbox,
    serving,
    trust,
)

UNKNOWN = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    async with sandbox(tmp_path) as connected:
        yield connected


# Who may speak


async def test_a_client_without_a_certificate_is_refused(tmp_path: Path) -> None:
    async with serving(tmp_path) as base, connection(base, tmp_path, trust(tmp_path)) as nobody:
        with pytest.raises((ClientError, ConnectionError)):
            await nobody.waiting()


async def test_a_certificate_of_another_authority_is_refused(tmp_path: Path) -> None:
    own, other = tmp_path / "own", tmp_path / "other"
    async with serving(own) as base:
        foreign = pki.write(other, CLIENT, now())
        context = trust(own)
        context.load_cert_chain(foreign.client, foreign.client_key)
        async with connection(base, own, context) as forger:
            with pytest.raises((ClientError, ConnectionError)):
                await forger.waiting()


async def test_a_label_from_another_organisation_is_refused(client: Client) -> None:
    response = await client.submit(question(label(sender="2120001355")))

    assert response.status == 400
    assert response.headers["X-shs-errorcode"] == "IllegalSender"


async def test_a_unit_of_the_organisation_gets_its_answers_in_its_own_mailbox(client: Client) -> None:
    unit = replace(client, outbox=f"{CLIENT}.soc")

    response = await client.submit(question(label(sender=f"{CLIENT}.soc")))

    assert response.status == 202
    assert len(await unit.arrived(2)) == 2
    assert await client.waiting() == []


# Receipts


async def test_a_message_is_accepted_with_a_receipt_in_lower_case(client: Client) -> None:
    asking = label()

    response = await client.submit(question(asking))

    assert response.status == 202
    assert response.headers["Content-Type"].startswith("text/plain")
    assert response.body.decode() == asking.tx_id
    names = {name for name in response.headers if name.lower().startswith("x-shs-")}
    assert names == {
        "x-shs-txid",
        "x-shs-corrid",
        "x-shs-contentid",
        "x-shs-nodeid",
        "x-shs-localid",
        "x-shs-arrivaldate",
        "x-shs-duplicatemsg",
    }
    read = receipt.read(response.headers, response.body)
    assert read is not None
    assert (read.tx_id, read.corr_id, read.content_id) == (asking.tx_id, asking.corr_id, asking.content_id)
    assert not read.duplicate


async def test_a_duplicate_is_accepted_and_not_answered_again(client: Client) -> None:
    raw = question(label())
    await client.submit(raw)
    await client.arrived(2)

    response = await client.submit(raw)

    assert response.status == 202
    assert response.headers["x-shs-duplicatemsg"] == "yes"
    assert response.headers["x-shs-arrivaldate"] == "1970-01-01T01:00:00"
    assert "x-shs-localid" not in response.headers
    assert len(await client.waiting()) == 2
    assert [line["duplicate"] for line in client.witnessed("received")] == [False, True]


async def test_a_node_without_duplicate_detection_answers_again(tmp_path: Path) -> None:
    async with sandbox(tmp_path, detect_duplicates=False) as client:
        raw = question(label())
        await client.submit(raw)

        response = await client.submit(raw)

        assert response.headers["x-shs-duplicatemsg"] == "no"
        assert len(await client.arrived(4)) == 4


async def test_the_receive_service_does_nothing_for_other_methods(client: Client) -> None:
    response = await client.call("PUT", "/shs/rs", question(label()))

    assert (response.status, response.body) == (200, b"")
    assert client.witnessed("received") == []


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param((b"<shs.label ", b"<shs.label\n"), id="no blank after the name"),
        pytest.param((b"</shs.label>", b""), id="no end of the label"),
        pytest.param((b' corr.id="', b' old.id="'), id="no corr.id"),
        pytest.param((b' tx.id="', b' tx.id="a&#10;'), id="an id that breaks a header line"),
        pytest.param((b' status="', b' shs.agreement="a b" status="'), id="an agreement that is no id"),
        pytest.param((b"<product>", b"<product>&open;"), id="an entity"),
    ],
)
async def test_an_unreadable_label_is_refused_at_once(client: Client, damage: tuple[bytes, bytes]) -> None:
    raw = question(label())
    assert damage[0] in raw

    response = await client.submit(raw.replace(*damage, 1))

    assert response.status == 400
    assert response.headers["X-shs-errorcode"] == "IllegalMessageStructure"


async def test_a_refusal_is_one_line_in_the_manner_of_axel(client: Client) -> None:
    asking = label(sender="2120001355")

    response = await client.submit(question(asking))

    assert response.body.decode() == (
        f"IllegalSenderException [contentId={asking.content_id}, corrId={asking.corr_id}, "
        "errorCode=IllegalSender, "
        "errorInfo=the sender is not the organisation of the client certificate, cause=null]"
    )


async def test_a_synchronous_message_finds_nobody_to_answer_it(client: Client) -> None:
    response = await client.submit(question(label(transfer_type=TransferType.SYNCH)))

    assert response.status == 400
    assert response.headers["X-shs-errorcode"] == "MissingDeliveryAddress"


async def test_a_message_above_10_mib_is_refused(client: Client) -> None:
    response = await client.submit(question(label()) + bytes(10 * 1024 * 1024))

    assert response.status == 413
    assert client.witnessed("received") == []


# Confirm and answer


@pytest.mark.parametrize("person", [SOLE_TRADER, STRANGER])
@pytest.mark.parametrize("transfer_encoding", ["binary", "base64"])
async def test_a_question_is_confirmed_and_answered(
    client: Client, person: str, transfer_encoding: str
) -> None:
    asking = label(end_recipient="ssbtek", originator="procapita", agreement="a-1")
    await client.submit(question(asking, person, transfer_encoding))

    confirm_notice, answer_notice = await client.arrived(2)
    confirm = await client.read(confirm_notice.tx_id)
    reply = await client.read(answer_notice.tx_id)
    acknowledgements = [await client.acknowledge(notice.tx_id) for notice in (confirm_notice, answer_notice)]

    assert incoming.meaning(confirm) == Confirmation(corr_id=asking.corr_id, content_id=asking.content_id)
    for back in (confirm.label, reply.label):
        assert len({back.tx_id, asking.tx_id}) == 2
        assert (back.sender, back.to) == (ORGANISATION, CLIENT)
        assert (back.originator, back.end_recipient) == ("ssbtek", "procapita")
        assert (back.corr_id, back.agreement) == (asking.corr_id, "a-1")
    assert (reply.label.sequence_type, reply.label.product) == (SequenceType.REPLY, PRODUCT)
    (part,) = reply.parts
    assert part.transfer_encoding == transfer_encoding
    assert f"<korrelationsid>{asking.corr_id}</korrelationsid>".encode() in _without_prefixes(part.content)
    assert [acknowledged.body for acknowledged in acknowledgements] == [b"OK", b"OK"]
    assert await client.waiting() == []


def _without_prefixes(xml: bytes) -> bytes:
    for number in range(10):
        xml = xml.replace(b"ns%d:" % number, b"")
    return xml.replace(b"ssbt:", b"")


def test_the_stranger_of_these_tests_is_in_no_cast() -> None:
    assert STRANGER not in cast.NUMBERS
    assert SOLE_TRADER in cast.NUMBERS


async def test_a_confirm_lacks_its_mandatory_child_as_axels_do(client: Client) -> None:
    await client.submit(question(label()))
    (notice,) = await client.arrived(1, "producttype=confirm")

    confirm = await client.read(notice.tx_id)

    assert b"shs.management" in confirm.parts[0].content
    assert b"<confirmation" not in confirm.parts[0].content


async def test_a_fetched_message_carries_the_history_of_the_node_and_no_sizes(client: Client) -> None:
    await client.submit(question(label()))
    (notice,) = await client.arrived(1, f"producttype={PRODUCT}")

    reply = await client.read(notice.tx_id)

    (passage,) = reply.label.history
    assert (passage.node_id, passage.comment, passage.local_id) == ("sandbox", "Received", notice.tx_id)
    assert [data.no_of_bytes for data in reply.label.data] == [None]


async def test_a_test_question_gets_test_answers_which_hide_from_a_plain_list(client: Client) -> None:
    await client.submit(question(label(status=Status.TEST)))

    await client.arrived(2, "status=test")

    assert await client.waiting() == []


async def test_a_content_id_that_is_too_long_comes_back_cut(client: Client) -> None:
    raw = question(label(content_id="k" * 36)).replace(b"k" * 36, b"k" * 40)

    await client.submit(raw)

    (notice,) = await client.arrived(1, "producttype=confirm")
    assert notice.content_id == "k" * 36


# What fails after the 202


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"product": UNKNOWN}, "MissingAgreement"),
        ({"to": "5560000001"}, "UnknownReceiver"),
        ({"to": "", "product": UNKNOWN}, "UnresolvedReceiver"),
    ],
)
async def test_a_message_that_cannot_be_delivered_becomes_an_error_message(
    client: Client, changes: dict[str, str], code: str
) -> None:
    asking = label(**changes)

    response = await client.submit(question(asking))

    assert response.status == 202
    (notice,) = await client.arrived(1)
    failure = incoming.meaning(await client.read(notice.tx_id))
    assert failure == Failure(corr_id=asking.corr_id, content_id=asking.content_id, code=code)


async def test_a_truncated_message_is_accepted_and_becomes_an_error_message(client: Client) -> None:
    asking = label()

    response = await client.submit(question(asking)[:-20])

    assert response.status == 202
    (notice,) = await client.arrived(1, "producttype=error")
    failure = incoming.meaning(await client.read(notice.tx_id))
    assert failure == Failure(
        corr_id=asking.corr_id, content_id=asking.content_id, code="IllegalMessageStructure"
    )


async def test_a_compound_message_becomes_an_error_message(client: Client) -> None:
    raw = question(label())
    start, end = raw.index(b"<data "), raw.index(b"</content>")
    compound = raw[:start] + b'<compound no-of-parts="2"/>' + raw[end:]

    await client.submit(compound.replace(b'message-type="simple"', b'message-type="compound"'))

    (notice,) = await client.arrived(1)
    failure = incoming.meaning(await client.read(notice.tx_id))
    assert isinstance(failure, Failure)
    assert failure.code == "IllegalMessageStructure"


async def test_a_message_without_receiver_finds_its_way_by_the_product(client: Client) -> None:
    await client.submit(question(label(to="")))

    confirm, _ = await client.arrived(2)

    assert confirm.sender == ORGANISATION


async def test_an_administrative_message_is_taken_and_never_answered(client: Client) -> None:
    adm = label(sequence_type=SequenceType.ADM, product="confirm")
    response = await client.submit(question(adm))
    await client.submit(question(label()))

    arrived = await client.arrived(2)

    assert response.status == 202
    assert adm.corr_id not in {notice.corr_id for notice in arrived}


# Faults and litter


async def test_a_fault_can_make_an_error_message_of_every_answer(tmp_path: Path) -> None:
    async with sandbox(tmp_path, faults=(Fault.SHS_ERROR,)) as client:
        asking = label()
        await client.submit(question(asking))

        _, notice = await client.arrived(2)
        failure = incoming.meaning(await client.read(notice.tx_id))

        assert isinstance(failure, Failure)
        assert failure.corr_id == asking.corr_id


async def test_a_failure_of_the_sandbox_itself_is_told_to_the_sender(tmp_path: Path) -> None:
    no_fault_at_all: list[Fault] = []
    async with sandbox(tmp_path, faults=(no_fault_at_all,)) as client:
        await client.submit(question(label()))

        _, notice = await client.arrived(2)
        failure = incoming.meaning(await client.read(notice.tx_id))

        assert isinstance(failure, Failure)
        assert failure.code == "OtherError"
        assert (await client.seen("surprise"))["code"] == "TypeError"


async def test_the_node_remembers_what_passes_when_asked_again(tmp_path: Path) -> None:
    async with sandbox(tmp_path, faults=(Fault.PASSING,)) as client:
        said = []
        for _ in range(2):
            asking = label()
            await client.submit(question(asking, af="true"))
            (reply,) = await client.arrived(1, f"producttype={PRODUCT}")
            said.append((await client.read(reply.tx_id)).parts[0].content)
            await client.acknowledge(reply.tx_id)

    assert [b"SANDBOX-TIMEOUT" in content for content in said] == [True, False]


async def test_an_answer_sent_twice_comes_as_two_messages(tmp_path: Path) -> None:
    async with sandbox(tmp_path, faults=(Fault.TWICE,)) as client:
        asking = label()
        await client.submit(question(asking))

        answers = await client.arrived(2, f"producttype={PRODUCT}")

        assert {notice.corr_id for notice in answers} == {asking.corr_id}
        assert len({notice.tx_id for notice in answers}) == 2


async def test_the_confirm_does_not_wait_for_the_answer(tmp_path: Path) -> None:
    async with sandbox(tmp_path, faults=(Fault.LATE,), late=timedelta(hours=1)) as client:
        await client.submit(question(label()))

        (notice,) = await client.arrived(1)

        assert notice.product == "confirm"


async def test_a_late_answer_comes_in_the_end(tmp_path: Path) -> None:
    async with sandbox(tmp_path, faults=(Fault.LATE,), late=timedelta(milliseconds=50)) as client:
        await client.submit(question(label()))

        confirm, reply = await client.arrived(2)

        assert (confirm.product, reply.product) == ("confirm", PRODUCT)


async def test_a_sandbox_stops_although_an_answer_is_outstanding(tmp_path: Path) -> None:
    async with asyncio.timeout(5):
        async with sandbox(tmp_path, think=timedelta(hours=1)) as client:
            await client.submit(question(label()))
            await client.arrived(1)

    assert client.witnessed("answer") == []


async def test_litter_is_listed_and_only_its_mime_tells_what_is_broken(tmp_path: Path) -> None:
    async with sandbox(tmp_path, litter=True) as client:
        listed = await client.waiting("status=test")
        cut_off, unsolicited, foreign = [await client.fetch(notice.tx_id) for notice in listed]

    assert [notice.product == PRODUCT for notice in listed] == [True, True, False]
    assert cut_off.status == 200
    with pytest.raises(MalformedMessage):
        message.read(cut_off.body)
    assert isinstance(incoming.meaning(message.read(unsolicited.body)), Delivery)
    assert isinstance(incoming.meaning(message.read(foreign.body)), Delivery)


# Lists


@pytest.mark.parametrize("outbox", [CLIENT, f"urn:X-shs:{CLIENT}", f"urn:x-shs:{CLIENT}", f"{CLIENT}/"])
async def test_a_mailbox_is_named_with_or_without_prefix(client: Client, outbox: str) -> None:
    await client.submit(question(label()))
    await client.arrived(2)

    assert len(await replace(client, outbox=outbox).waiting()) == 2


@pytest.mark.parametrize(
    "outbox", [f"urn%3AX-shs%3A{CLIENT}", f"{CLIENT}%20", CLIENT.replace("2", "%32", 1), "x"]
)
async def test_a_percent_encoded_or_unknown_mailbox_is_empty(client: Client, outbox: str) -> None:
    await client.submit(question(label()))
    await client.arrived(2)

    assert await replace(client, outbox=outbox).waiting() == []


@pytest.mark.parametrize(("segment", "product"), [("confirm", "confirm"), (f"urn:X-shs:{PRODUCT}", PRODUCT)])
async def test_a_path_with_a_product_lists_that_product(client: Client, segment: str, product: str) -> None:
    await client.submit(question(label()))
    await client.arrived(2)

    listed = await replace(client, outbox=f"{CLIENT}/{segment}").waiting()

    assert [notice.product for notice in listed] == [product]


async def test_a_filter_may_come_as_a_header(client: Client) -> None:
    await client.submit(question(label()))
    await client.arrived(2)

    response = await client.call("GET", f"/shs/ds/{CLIENT}", headers={"ProductType": "error"})

    assert b"<message " not in response.body


@pytest.mark.parametrize(
    "path",
    ["/shs/ds", "/shs/ds/", f"/shs/ds/{CLIENT}?since=yesterday", f"/shs/ds/{CLIENT}?sortattribute=corrid"],
)
async def test_a_list_that_is_not_properly_asked_for_is_refused(client: Client, path: str) -> None:
    response = await client.call("GET", path)

    assert response.status == 400
    assert response.headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize("path", ["/", "/shs", "/shs/rs/", "/shs/%72s", "/shs/ds/a/b/c"])
async def test_there_is_nothing_at_other_addresses(client: Client, path: str) -> None:
    response = await client.call("POST", path)

    assert response.status == 404


# Fetching


async def test_a_fetched_message_is_chunked_and_cannot_be_fetched_again(client: Client) -> None:
    await client.submit(question(label()))
    confirm, _ = await client.arrived(2)

    first, second = await client.fetch(confirm.tx_id), await client.fetch(confirm.tx_id)

    assert (first.status, first.headers["Content-Type"]) == (200, "message/rfc822")
    assert "Content-Length" not in first.headers
    assert second.status == 404
    assert len(await client.waiting()) == 1
    assert [line["tx_id"] for line in client.witnessed("fetched")] == [confirm.tx_id]


async def test_a_node_that_does_not_consume_gives_a_message_until_it_is_acknowledged(tmp_path: Path) -> None:
    async with sandbox(tmp_path, consume=False) as client:
        await client.submit(question(label()))
        confirm, _ = await client.arrived(2)

        first, second = await client.fetch(confirm.tx_id), await client.fetch(confirm.tx_id)
        await client.acknowledge(confirm.tx_id)
        third = await client.fetch(confirm.tx_id)

        assert first.body == second.body
        assert third.status == 404
        assert len(await client.waiting()) == 1


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "OPTIONS"])
async def test_whatever_is_not_a_post_consumes_the_message(client: Client, method: str) -> None:
    await client.submit(question(label()))
    confirm, _ = await client.arrived(2)

    probe = await client.call(method, f"/shs/ds/{CLIENT}/{confirm.tx_id}")
    fetch = await client.fetch(confirm.tx_id)

    assert probe.status == 200
    assert fetch.status == 404


async def test_a_message_is_locked_during_a_fetch_and_put_back_when_it_breaks(client: Client) -> None:
    await client.submit(question(label(), transfer_encoding="binary", echoed="x" * 8_000_000))
    _, reply = await client.arrived(2)
    host, port = client.base.removeprefix("https://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port), ssl=identity(client.directory))
    writer.write(f"GET /shs/ds/{CLIENT}/{reply.tx_id} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    await reader.readuntil(b"\r\n\r\n")

    during_list, during_fetch = await client.waiting(), await client.fetch(reply.tx_id)
    writer.transport.abort()
    broken = await client.seen("broken")
    again = await client.read(reply.tx_id)

    assert reply.tx_id not in {notice.tx_id for notice in during_list}
    assert during_fetch.status == 404
    assert broken["tx_id"] == reply.tx_id
    assert len(again.parts[0].content) > 8_000_000


async def test_a_tx_id_is_understood_in_capitals(client: Client) -> None:
    await client.submit(question(label()))
    confirm, _ = await client.arrived(2)

    response = await client.fetch(confirm.tx_id.upper())

    assert response.status == 200


@pytest.mark.parametrize("outbox", [ORGANISATION, f"{CLIENT}.soc", "unknown"])
async def test_a_message_is_found_in_its_own_mailbox_only(client: Client, outbox: str) -> None:
    await client.submit(question(label()))
    confirm, _ = await client.arrived(2)
    elsewhere = replace(client, outbox=outbox)

    assert (await elsewhere.fetch(confirm.tx_id)).status == 404
    assert (await elsewhere.acknowledge(confirm.tx_id)).status == 404
    assert len(await client.waiting()) == 2


async def test_a_short_tx_id_is_understood_in_full(client: Client) -> None:
    response = await client.fetch("1-2-3-4-5")

    assert response.status == 404
    assert (await client.seen("absent"))["tx_id"] == "00000001-0002-0003-0004-000000000005"


# Acknowledging


async def test_the_first_acknowledgement_carries_the_receipt_of_a_confirm(client: Client) -> None:
    asking = label()
    await client.submit(question(asking))
    (notice,) = await client.arrived(1, f"producttype={PRODUCT}")
    await client.fetch(notice.tx_id)

    first, second = await client.acknowledge(notice.tx_id), await client.acknowledge(notice.tx_id)

    assert (first.status, first.body, second.status, second.body) == (200, b"OK", 200, b"OK")
    assert first.headers["X-shs-corrid"] == asking.corr_id
    assert first.headers["X-shs-txid"] not in {notice.tx_id, asking.tx_id}
    assert "X-shs-txid" not in second.headers


async def test_acknowledging_a_confirm_makes_no_confirm(client: Client) -> None:
    await client.submit(question(label()))
    (notice,) = await client.arrived(1, "producttype=confirm")

    response = await client.acknowledge(notice.tx_id)

    assert response.body == b"OK"
    assert "X-shs-txid" not in response.headers


async def test_an_acknowledgement_before_the_fetch_hides_from_noack_only(client: Client) -> None:
    await client.submit(question(label()))
    confirm, reply = await client.arrived(2)

    await client.acknowledge(reply.tx_id)

    assert [notice.tx_id for notice in await client.waiting("filter=noack")] == [confirm.tx_id]
    assert len(await client.waiting()) == 2
    assert (await client.fetch(reply.tx_id)).status == 200


async def test_an_action_may_come_as_a_header_and_without_it_nothing_happens(client: Client) -> None:
    await client.submit(question(label()))
    _, reply = await client.arrived(2)
    path = f"/shs/ds/{CLIENT}/{reply.tx_id}"

    without = await client.call("POST", path)
    before = await client.waiting("filter=noack")
    with_header = await client.call("POST", path, headers={"action": "ack"})

    assert (without.status, without.body, with_header.body) == (200, b"", b"OK")
    assert len(before) == 2
    assert len(await client.waiting("filter=noack")) == 1


async def test_an_unknown_message_cannot_be_acknowledged(client: Client) -> None:
    response = await client.acknowledge(UNKNOWN)

    assert response.status == 404
    assert response.headers["Content-Type"].startswith("text/plain")


# The process


async def test_the_witness_tells_every_step_and_nothing_about_the_person(
    client: Client, tmp_path: Path
) -> None:
    asking = label(subject=f"om {SOLE_TRADER}")
    await client.submit(question(asking, SOLE_TRADER, "binary"))
    for notice in await client.arrived(2):
        await client.fetch(notice.tx_id)
        await client.acknowledge(notice.tx_id)

    text = (tmp_path / "node.jsonl").read_text()

    for step in ("received", "confirm", "answer", "listed", "fetched", "acknowledged"):
        assert f'"what":"{step}"' in text
    assert asking.tx_id in text
    assert SOLE_TRADER not in text
    assert "bastjanst" not in text.lower()


async def test_a_taken_port_is_named(tmp_path: Path) -> None:
    async with serving(tmp_path / "first") as base:
        port = int(base.rpartition(":")[2])

        with pytest.raises(CannotStart) as refused:
            await serve(Options(directory=tmp_path / "second", port=port), print)

    assert refused.value.code == "port_taken"
    assert str(port) in str(refused.value)
