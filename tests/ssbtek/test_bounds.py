"""More than an agency can have to say: it is not read to the end, and never passes for whole."""

import json
from decimal import Decimal

import pytest

from shs_adapter.errors import MalformedAnswer, MalformedXml
from shs_adapter.ssbtek import bounds
from shs_adapter.ssbtek.answer import Finding, Outcome, judge
from shs_adapter.ssbtek.contracts import CONTRACTS
from shs_adapter.ssbtek.notes import MORE, TOO_MANY
from shs_adapter.ssbtek.question import Agency
from shs_adapter.xml import parse
from tests.hostile import samples_of_all as samples
from tests.hostile.heavy_answers import ASKED, by_agency

KINDS = by_agency()

SO_LIST = "SO svarsdata/SO/data/ArbetsloshetsersattningLista"
SO_PAYMENTS = f"{SO_LIST}/Arbetsloshetsersattning/Utbetalningar repeated"

ROWS = {
    "AF svarsdata/AF/data/Svar/BeslutInfo/EkonomiskaBeslut/Beslut repeated": Agency.AF,
    "CSN/ Personer/Person/Studiemedel/Arenden/Arende repeated": Agency.CSN,
    "CSN/ Personer/Person repeated": Agency.CSN,
    "LEFI formansinformation.utbetalningsuppgift repeated": Agency.FK,
    "LEFI utbetalningar repeated": Agency.FK,
    "SKV/ PersonuppgiftLista/Personuppgift/Kapitaluppgift repeated": Agency.SKV,
    SO_PAYMENTS: Agency.SO,
    "TNS svarsdata/TNS/data/fordonsinnehav/fordon repeated": Agency.TNS,
    "MIV svarsdata/MIV/data/response/svarCollection/svar repeated": Agency.MIV,
}


def found(raw: bytes, agency: Agency, contract: int = 10) -> Finding:
    return judge(raw, ASKED, CONTRACTS[contract]).results[agency]


def bounded(finding: Finding) -> set[str]:
    return {deviation.path for deviation in finding.deviations if deviation.kind == TOO_MANY}


@pytest.mark.parametrize(("kind", "agency"), ROWS.items(), ids=list(ROWS))
def test_an_agency_with_too_many_rows_is_partial_and_says_where(
    kind: str, agency: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "ROWS", 50)

    just, over = (found(KINDS[kind](count), agency) for count in (2, 60))

    assert not bounded(just)
    assert over.outcome is Outcome.PARTIAL
    assert bounded(over)
    assert len(over.payments) + len(over.facts) <= 110  # a case has a grant beside it


@pytest.mark.parametrize(
    ("kind", "agency"),
    [
        ("AF svarsdata/AF/data/Svar/BeslutInfo beside strangers", Agency.AF),
        ("CSN/ Personer/Person/Studiemedel/Arenden/Arende beside strangers", Agency.CSN),
        ("LEFI formansinformation strangers", Agency.FK),
        (f"{SO_LIST} beside strangers", Agency.SO),
        ("TNS svarsdata/TNS/data/fordonsinnehav beside strangers", Agency.TNS),
    ],
)
def test_deviations_without_end_are_told_to_a_bound_and_that_there_are_more(
    kind: str, agency: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "DEVIATIONS", 10)

    finding = found(KINDS[kind](60), agency)

    assert finding.outcome is Outcome.PARTIAL
    assert len(finding.deviations) == 11
    assert finding.deviations.count(MORE) == 1


def test_parts_without_end_are_told_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "SUBS", 5)
    fund = f"{SO_LIST}/Arbetsloshetsersattning repeated"

    finding = found(KINDS[fund](9), Agency.SO)

    assert (finding.outcome, len(finding.subs), bounded(finding)) == (Outcome.PARTIAL, 5, {"subs"})


def test_json_with_too_many_values_is_an_error_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shs_adapter.ssbtek.record.JSON_VALUES", 100)
    paid = {"utbetalningar": [0] * 200}

    lefi = found(samples.json_answer(json.dumps(paid)), Agency.FK)
    taxes = found(samples.skv11({"skattekonto": json.dumps(paid)}), Agency.SKV, 11)

    assert (lefi.outcome, lefi.felkod, bounded(lefi)) == (Outcome.ERROR, "undecodable", {"lefiJsonSvar"})
    assert (taxes.outcome, bounded(taxes)) == (Outcome.PARTIAL, {"skattekonto"})


def test_a_document_within_with_too_many_tags_is_an_error_that_says_so() -> None:
    finding = found(samples.csn_answer("<a/>" * bounds.MARKUP_INSIDE), Agency.CSN)

    assert (finding.outcome, bounded(finding)) == (Outcome.ERROR, {"."})


def test_an_answer_with_too_many_tags_is_none() -> None:
    with pytest.raises(MalformedAnswer) as raised:
        judge(samples.whole("<a/>" * bounds.MARKUP), ASKED, CONTRACTS[10])

    assert raised.value.code == "xml_limit"


@pytest.mark.parametrize(
    "declared",
    [
        'xmlns="{}"',
        "xmlns='{}'",
        'xmlns:b="{}"',
        'b="c" xmlns = "{}"',
        "xmlns\n=\t'{}'",
        'b="{}" xmlns:c="{}"',
    ],
)
def test_a_namespace_without_an_end_is_refused(declared: str) -> None:
    """Every element has it in its tag."""
    with pytest.raises(MalformedXml) as raised:
        parse(f"<a {declared.format('n' * 3000, 'n' * 3000)}/>".encode())

    assert raised.value.code == "xml_limit"


def test_a_long_attribute_is_none() -> None:
    assert parse(f'<a b="{"n" * 3000}" xmlns="c"/>'.encode()).tag == "{c}a"


def test_thirty_thousand_payments_are_read_whole() -> None:
    count = 30_000
    raw = KINDS[SO_PAYMENTS](count)

    finding = found(raw, Agency.SO)

    assert (finding.outcome, len(finding.payments), finding.deviations) == (Outcome.DATA, count, ())
    assert sum(payment.net or 0 for payment in finding.payments) == Decimal(8000) * count
