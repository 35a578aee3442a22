"""From a stored message to what it was worth: what of the question it is held against, and what it leaves."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Row, select

from shs_adapter.config import Database, Tenant
from shs_adapter.daemon.judging import judged, opened, payload
from shs_adapter.daemon.schemas import Schemas
from shs_adapter.errors import MalformedMessage
from shs_adapter.sandbox.faults import Fault
from shs_adapter.ssbtek.question import Agency
from shs_adapter.store import inbox, tables
from shs_adapter.store.results import Decoded
from tests.daemon.answering import Desk, desk, whole
from tests.daemon.test_outcomes import ADA, AGENCIES, BORN_IN_THE_1800S, FIRST, LAST, NOW, STUDENT
from tests.daemon.test_schemas import SMALL, installed


@pytest.fixture
async def at(tmp_path: Path, stead: Database) -> AsyncIterator[Desk]:
    async with desk(whole(tmp_path, stead), lambda: NOW) as opened:
        yield opened


async def answered(at: Desk, person: str = ADA, *faults: Fault, **columns: object) -> None:
    period: dict[str, object] = {"from_date": FIRST, "to_date": LAST}
    await at.answer(await at.ask(person, **period | columns), *faults)


async def rows(at: Desk) -> tuple[Row[Any], Row[Any], Row[Any]]:
    """The message, its question and its envelope."""
    async with at.context.engine.begin() as connection:
        message, question, attempt = [
            (await connection.execute(select(table))).one()
            for table in (tables.inbox, tables.outbox, tables.attempt)
        ]
    return message, question, attempt


async def body(at: Desk) -> bytes:
    message, _, _ = await rows(at)
    async with at.context.engine.begin() as connection:
        return await inbox.body(connection, at.context.vault, message)


async def judge(
    at: Desk,
    *,
    raw: bytes | None = None,
    tenants: Mapping[str, Tenant] | None = None,
    schemas: Schemas | None = None,
    **asked: object,
) -> Decoded:
    """What the stored answer is worth, if it is *raw*, and if the envelope has other values in *asked*."""
    _, question, attempt = await rows(at)
    keys, configured = at.context.vault, at.context.config.tenants
    return judged(
        keys,
        configured if tenants is None else tenants,
        schemas or Schemas(),
        opened(raw or await body(at)),
        question,
        SimpleNamespace(**attempt._asdict() | asked),  # type: ignore[arg-type]  # as much of a row as is read
    )


def outcomes(decoded: Decoded) -> dict[str, str]:
    return {result.agency: result.outcome for result in decoded.results}


async def test_an_answer_is_known_by_the_digest_of_its_data_part(at: Desk) -> None:
    await answered(at)

    decoded = await judge(at)

    content = payload(await body(at))
    assert decoded.outcome == "COMPLETE"
    assert decoded.payload_sha256 == at.context.vault.digest(content)
    assert b"hamtaBastjanstInformationResponse" in content


@pytest.mark.parametrize("cut", [0, 100, -10])
async def test_a_message_that_cannot_be_opened_is_undecodable_and_known_by_its_own_digest(
    at: Desk, cut: int
) -> None:
    await answered(at)
    raw = (await body(at))[:cut] or b"no message"

    decoded = await judge(at, raw=raw)

    assert (decoded.outcome, decoded.results) == ("UNDECODABLE", ())
    assert decoded.code
    assert decoded.payload_sha256 == at.context.vault.digest(raw)


async def test_a_data_part_that_is_no_answer_is_undecodable_with_its_code(at: Desk) -> None:
    await answered(at)
    raw = (await body(at)).replace(b"</ssbt:svarsdata>", b"")

    decoded = await judge(at, raw=raw)

    assert (decoded.outcome, decoded.code, decoded.results) == ("UNDECODABLE", "xml_syntax", ())
    assert decoded.payload_sha256 == at.context.vault.digest(payload(raw))


async def test_the_payload_of_what_is_no_message_is_refused() -> None:
    with pytest.raises(MalformedMessage):
        payload(b"no message")


@pytest.mark.parametrize(
    ("asked", "code"),
    [({"corr_id": "another"}, "korrelationsid"), ({"case_sent": "E-2"}, "case:AF")],
    ids=["another korrelationsid", "another case"],
)
async def test_an_answer_is_held_against_the_envelope_that_it_answers(
    at: Desk, asked: dict[str, Any], code: str
) -> None:
    await answered(at)

    decoded = await judge(at, **asked)

    assert (decoded.outcome, decoded.code, decoded.results) == ("QUARANTINED", code, ())


async def test_an_answer_by_another_version_than_was_asked_is_no_answer(at: Desk) -> None:
    await answered(at)

    assert (await judge(at, contract=11)).outcome == "UNDECODABLE"


async def test_a_fault_leaves_no_agency_a_result(at: Desk) -> None:
    await answered(at, ADA, Fault.SOAP_FAULT)

    decoded = await judge(at)

    assert (decoded.outcome, decoded.code) == ("FAULT", "SANDBOX-INTERNAL")
    assert decoded.results == ()


async def test_every_agency_asked_has_the_period_that_it_was_asked_about(at: Desk) -> None:
    await answered(at, STUDENT, from_date="2026-09-01")

    decoded = await judge(at)

    asked = {result.agency: (result.asked_from, result.asked_to) for result in decoded.results}
    assert asked == dict.fromkeys(AGENCIES, ("2026-09-01", LAST)) | {"CSN": ("2026-09-23", LAST)}


async def test_an_agency_that_was_left_out_is_unasked_and_says_why(at: Desk) -> None:
    await answered(at, BORN_IN_THE_1800S)

    decoded = await judge(at)

    (left_out,) = [result for result in decoded.results if result.agency == Agency.TNS]
    assert (left_out.outcome, left_out.status) == ("UNASKED", "tns_century")
    assert (left_out.asked_from, left_out.asked_to) == (None, None)
    assert decoded.outcome == "COMPLETE"  # of what was asked; what was wanted and not asked is a gap


async def test_without_its_tenant_no_word_of_a_fund_counts_as_an_answer(at: Desk) -> None:
    await answered(at)

    decoded = await judge(at, tenants={})

    assert outcomes(decoded)["SO"] == "PARTIAL"
    assert {outcome for agency, outcome in outcomes(decoded).items() if agency != "SO"} <= {"DATA", "EMPTY"}


async def test_what_was_asked_of_skatteverket_says_which_parts_are_missing(at: Desk) -> None:
    await answered(at, contract="11")

    decoded = await judge(at, details='{"skv_parts": ["skattekonto", "beskattningsbilagor"]}')

    (taxes,) = [result for result in decoded.results if result.agency == "SKV"]
    assert {(sub.name, sub.outcome) for sub in taxes.subs} == {
        ("skattekonto", "DATA"),
        ("beskattningsbilagor", "MISSING"),
    }
    assert taxes.outcome == "PARTIAL"


async def test_what_deviates_from_an_installed_schema_is_noted_and_decides_nothing(
    at: Desk, tmp_path: Path
) -> None:
    await answered(at)
    (tmp_path / "xsd").mkdir()
    schemas = Schemas.load(installed(tmp_path / "xsd", small=SMALL))

    plain, checked = await judge(at), await judge(at, schemas=schemas)

    assert outcomes(checked) == outcomes(plain)
    kinds = {
        deviation.kind.partition(":")[0] for result in checked.results for deviation in result.deviations
    }
    assert "xsd" in kinds
