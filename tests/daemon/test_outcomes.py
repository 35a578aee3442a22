"""Every outcome and sub-outcome of an agency (ssbtek-data c), in both versions, from question to views.

The tables here are written by hand from the two tables of that section; the sandbox is made to bring each row
about.
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shs_adapter.config import Database
from shs_adapter.sandbox.cast import CAST
from shs_adapter.sandbox.faults import Fault
from tests.client import Row
from tests.daemon.answering import Edit, desk, unchanged, whole
from tests.daemon.municipality import Municipality

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
FIRST, LAST = "2026-10-01", "2026-10-31"  # within CSN's window
BOTH = (10, 11)
AGENCIES = ("AF", "CSN", "FK", "SKV", "SO", "TNS", "MIV")
PAYERS = {"CSN": ("CSN",), "FK": ("FK", "PM"), "SO": ("AKASSA",)}  # by the agency that tells of them
NEVER_ZERO = ("gross", "net", "net_after_tax", "last_net", "control_net", "comparison_net")  # in the cast
MONEY = ("gross", "tax", "other_deduction", "net", "net_after_tax", "loan")
NUMBERS = {person.name: person.number for person in CAST}
ADA, STUDENT, PENSIONER = NUMBERS["Ada Exempel"], NUMBERS["Stina Student"], NUMBERS["Petrus Pension"]
TRADER, ARRIVED, NOBODY = NUMBERS["Firma Firmansson"], NUMBERS["Nya Nykomling"], NUMBERS["Tom Tomsson"]
SAM, RETRAINING = NUMBERS["Sam Samordning"], NUMBERS["Oskar Omställd"]
STRANGER = "202402292383"
BORN_IN_THE_1800S = NUMBERS["Urban Uråldrig"]

FK_GROUPS = [
    *(
        "FK:ABB",
        "FK:AP",
        "FK:AS",
        "FK:BOB",
        "FK:BST",
        "FK:BTI",
        "FK:DPE",
        "FK:EJO",
        "FK:ET",
        "FK:FP",
        "FK:FSJP",
    ),
    *("FK:GP", "FK:HE", "FK:MABB", "FK:MEK", "FK:NP", "FK:OMV", "FK:PJOB", "FK:PROG", "FK:RBE", "FK:SA"),
    *("FK:SBP", "FK:SJP", "FK:TFP", "FK:US", "FK:VB", "FK:YL"),
]
PM_GROUPS = ["PM:AP", "PM:BTI", "PM:EF"]
CSN_PARTS = ["Studiemedel", "Studiehjalp", "HemutrustningsLan", "Studiestartsstod", "Omstallningsstudiestod"]
TAX_PARTS = ["foretagsinformation", "individuppgifter", "skattekonto", "skatteuppgifter"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What the views say of one agency that did not answer, or not whole; *parts* are those unverified."""

    agency: str
    outcome: str
    kalla: str | None = None
    felkod: str | None = None
    status: str | None = None
    transience: str
    parts: Sequence[str] = ()
    person: str = ADA
    versions: Sequence[int] = BOTH
    edit: Edit = unchanged  # of the question, where the adapter asks none that is answered so

    @property
    def said(self) -> tuple[object, ...]:
        return self.outcome, self.kalla, self.felkod, self.status, self.transience

    @property
    def reason(self) -> tuple[object, ...]:
        """Of the gap: why the agency's word is missing."""
        return self.outcome, self.kalla, self.felkod or self.status, self.transience


def _failing(names: Sequence[str], code: str) -> list[str]:
    return [f"{name} ({code})" for name in names]


def _csn(
    code: str, parts: Sequence[str], transience: str, person: str = STUDENT, edit: Edit = unchanged
) -> Word:
    """CSN's code is its status; where nothing came, it is the error's code, too."""
    outcome, felkod = ("ERROR", code) if parts == CSN_PARTS else ("PARTIAL", None)
    return Word(
        agency="CSN",
        outcome=outcome,
        felkod=felkod,
        status=code,
        transience=transience,
        parts=_failing(parts, code),
        person=person,
        edit=edit,
    )


def _fk(outcome: str, status: str, transience: str, parts: Sequence[str], person: str = PENSIONER) -> Word:
    return Word(
        agency="FK",
        outcome=outcome,
        status=status,
        transience=transience,
        parts=_failing(parts, status),
        person=person,
    )


_TIMEOUT = Word(agency="AF", outcome="ERROR", kalla="SSBT", felkod="SANDBOX-TIMEOUT", transience="TRANSIENT")

# A fault, and what it makes of one agency while the others are well.
WORDS: list[tuple[Fault, Word]] = [
    (Fault.SSBT_TIMEOUT, _TIMEOUT),
    (Fault.PASSING, _TIMEOUT),
    (
        Fault.BT_ERROR,
        Word(agency="SKV", outcome="ERROR", kalla="BT", felkod="SANDBOX-TEKNISKT-FEL", transience="DOUBTFUL"),
    ),
    (
        Fault.SKV_FAULT,
        Word(agency="SKV", outcome="ERROR", kalla="BT", felkod="9071999", transience="DOUBTFUL"),
    ),
    (
        Fault.MIV_FAULT,
        Word(agency="MIV", outcome="ERROR", kalla="BT", felkod="SANDBOX-TEKNISKT-FEL", transience="DOUBTFUL"),
    ),
    (Fault.MISSING, Word(agency="MIV", outcome="MISSING", transience="DOUBTFUL")),
    (
        Fault.AF_502,
        Word(
            agency="AF",
            outcome="PARTIAL",
            status="502",
            transience="TRANSIENT",
            parts=["aktivitetsrapport (502)"],
        ),
    ),
    (Fault.CSN_PARTLY_DOWN, _csn("-1102", ["Studiemedel", "Studiehjalp", "Studiestartsstod"], "TRANSIENT")),
    (Fault.CSN_1101, _csn("-1101", ["HemutrustningsLan"], "TRANSIENT")),
    (Fault.CSN_1104, _csn("-1104", ["Omstallningsstudiestod"], "TRANSIENT", RETRAINING)),
    (Fault.CSN_1103, _csn("-1103", CSN_PARTS, "TRANSIENT")),
    (Fault.CSN_1003, _csn("-1003", CSN_PARTS, "DOUBTFUL")),
    (Fault.CSN_1007, _csn("-1007", CSN_PARTS, "PERMANENT")),
    (Fault.LEFI_SUPPLIER_DOWN, _fk("PARTIAL", "OTILLGANGLIG", "TRANSIENT", ["PM", *PM_GROUPS])),
    (Fault.LEFI_SUPPLIER_FAULTY, _fk("PARTIAL", "FELANDE", "TRANSIENT", ["FK", *FK_GROUPS])),
    (
        Fault.LEFI_DOWN,
        _fk("ERROR", "OTILLGANGLIG", "TRANSIENT", ["FK", "PM", *FK_GROUPS, *PM_GROUPS]),
    ),
    (Fault.LEFI_INTERNAL_ERROR, _fk("PARTIAL", "INTERNT_FEL", "TRANSIENT", ["FK", "FK:ABB"], ADA)),
    (Fault.LEFI_UNAUTHORISED, _fk("PARTIAL", "OBEHORIG", "PERMANENT", ["FK", "FK:ABB"], ADA)),
    (
        Fault.FUND_SILENT,
        Word(
            agency="SO",
            outcome="PARTIAL",
            status="unknown",
            transience="PERMANENT",
            parts=["Exempelkassan (no answer)"],
        ),
    ),
    (
        Fault.TNS_FEL,
        Word(agency="TNS", outcome="ERROR", felkod="2", status="FEL", transience="DOUBTFUL", person=TRADER),
    ),
    (
        Fault.SKV_999,
        Word(
            agency="SKV",
            outcome="PARTIAL",
            status="unknown",
            transience="PERMANENT",
            parts=["Personuppgift (999)"],
            person=TRADER,
            versions=(10,),
        ),
    ),
    (
        Fault.SKV_PART_TIMEOUT,
        Word(
            agency="SKV",
            outcome="PARTIAL",
            status="SANDBOX-TIMEOUT",
            transience="TRANSIENT",
            parts=["skattekonto (SANDBOX-TIMEOUT)"],
            person=TRADER,
            versions=(11,),
        ),
    ),
    (
        Fault.SKV_PART_404,
        Word(
            agency="SKV",
            outcome="PARTIAL",
            status="404",
            transience="PERMANENT",
            parts=["individuppgifter (404)"],
            person=TRADER,
            versions=(11,),
        ),
    ),
    *(
        (
            fault,
            Word(
                agency=agency,
                outcome="ERROR",
                felkod="undecodable",
                transience="PERMANENT",
                person=person,
                versions=versions,
                parts=_failing(parts, "undecodable"),
            ),
        )
        for fault, agency, person, versions, parts in (
            (Fault.FK_BROKEN, "FK", PENSIONER, BOTH, []),
            (Fault.CSN_BROKEN, "CSN", STUDENT, BOTH, []),
            (Fault.SKV_BROKEN, "SKV", TRADER, (10,), []),
            (Fault.SKV_BROKEN, "SKV", TRADER, (11,), TAX_PARTS),
        )
    ),
]


def _replaced(pattern: bytes, by: bytes) -> Edit:
    """The document with *by* in the place of all that matches, which is there."""

    def edit(document: bytes) -> bytes:
        changed, count = re.subn(pattern, by, document)
        assert count
        return changed

    return edit


def _lefi(code: str, edit: Edit) -> Word:
    return Word(agency="FK", outcome="ERROR", kalla="BT", felkod=code, transience="DOUBTFUL", edit=edit)


_NO_CODES = base64.b64encode(b'{"personnummer": "197701172392", "period": {}}')

# What no fault but a wrong question brings about, such as the adapter does not put.
WRONG_QUESTIONS: list[tuple[str, Word]] = [
    ("a coordination number", _csn("-1004", CSN_PARTS, "PERMANENT", SAM)),
    (
        "a text too long",
        _csn(
            "-1005",
            CSN_PARTS,
            "PERMANENT",
            edit=_replaced(b"handlaggare>prov<", b"handlaggare>" + b"p" * 32 + b"<"),
        ),
    ),
    (
        "a period too early",
        _csn(
            "-1006",
            CSN_PARTS,
            "PERMANENT",
            edit=_replaced(b"fromDatum>2026-10-01<", b"fromDatum>2026-01-01<"),
        ),
    ),
    (
        "bad input",
        _lefi("LEFI-400", _replaced(b"lefiJsonFraga>[^<]+<", b"lefiJsonFraga>" + _NO_CODES + b"<")),
    ),
    ("a foreign actor", _lefi("LEFI-403", _replaced(b"aktorsid>[^<]+<", b"aktorsid> <"))),
    ("a version that is gone", _lefi("LEFI-VERSION", _replaced(b"version>v9<", b"version>v8<"))),
]

# A fault, and how the question as a whole ends by it: verdict, failure_code, and what each agency's word is.
WHOLE: dict[Fault, tuple[str, str | None, str]] = {
    Fault.SOAP_FAULT: ("FAILED", "fault", "FAULT"),
    Fault.WRONG_PERSON: ("FAILED", "quarantined", "QUARANTINED"),
    Fault.WRONG_CASE: ("FAILED", "quarantined", "QUARANTINED"),
    Fault.WRONG_CORRELATION: ("FAILED", "quarantined", "QUARANTINED"),
    Fault.UNASKED: ("FAILED", "quarantined", "QUARANTINED"),
    # Nothing came that is SSBTEK's; test_collect has what an error message does, and test_service silence.
    Fault.SHS_ERROR: ("WAITING", None, "WAITING"),
    Fault.SILENT: ("WAITING", None, "WAITING"),
}

# A fault that leaves every agency's word as good as it was.
HARMLESS = (Fault.NONE, Fault.LATE, Fault.TWICE, Fault.SUMS_OFF, Fault.NOVELTY, Fault.SLOPPY)


async def answered(
    municipality: Municipality,
    person: str,
    *faults: Fault,
    version: int = 10,
    edit: Edit = unchanged,
    agencies: str = "",
) -> None:
    """One question to the agencies, all unless some are named, and its answer."""
    async with desk(municipality, lambda: NOW) as at:
        question = await at.ask(
            person, from_date=FIRST, to_date=LAST, contract=str(version), agencies=agencies or None
        )
        await at.answer(question, *faults, edit=edit)


def one(municipality: Municipality, query: str, *values: object) -> Row:
    (row,) = municipality.rows(query, *values)
    return row


def outcomes(municipality: Municipality) -> dict[str, str]:
    return dict(map(tuple, municipality.rows("SELECT agency, outcome FROM report_agency")))


def gaps(municipality: Municipality) -> dict[str, tuple[object, ...]]:
    query = "SELECT agency, outcome, kalla, felkod, transience FROM report_unverified"
    return {row["agency"]: tuple(row)[1:] for row in municipality.rows(query)}


def verdict(municipality: Municipality) -> tuple[object, ...]:
    """Of the question that the business system asked."""
    query = "SELECT verdict, failure_code, agencies_unverified FROM report_request WHERE id = root_id"
    return tuple(one(municipality, query))


def assert_told(municipality: Municipality, word: Word) -> None:
    """The views say it of this agency, and of no other."""
    agency = word.agency
    columns = "outcome, kalla, felkod, status, transience"
    said = one(municipality, f"SELECT {columns} FROM report_agency WHERE agency = ?", agency)
    parts = municipality.values("SELECT parts_unverified FROM report_agency WHERE agency = ?", agency)
    assert tuple(said) == word.said
    assert parts == [", ".join(word.parts) or None]
    assert gaps(municipality) == {agency: word.reason}
    assert verdict(municipality) == ("INCOMPLETE", None, agency)
    others = {name: outcome for name, outcome in outcomes(municipality).items() if name != agency}
    assert set(others) == set(AGENCIES) - {agency}
    assert set(others.values()) <= {"DATA", "EMPTY"}
    unverified = f"{agency} {FIRST}--{LAST}" if agency in PAYERS else ""
    months = set(municipality.values("SELECT unverified FROM report_income_month WHERE month = '2026-10'"))
    assert months == {unverified}


def assert_nothing_looks_like_nothing(municipality: Municipality, agency: str) -> None:
    """No row of any view has the failed agency as EMPTY or answered, or says 0 kronor of anything."""
    views = municipality.client.views()
    assert len(views) == 10
    for view in views:
        for row in map(dict, municipality.rows(f"SELECT * FROM {view}")):
            if row.get("agency") == agency:
                assert "EMPTY" not in row.values(), view
                assert not row.get("answered"), view  # report_volume
            assert not any(row.get(name) == 0 for name in NEVER_ZERO), view
            if row.get("payments") == 0:
                assert all(row[name] is None for name in MONEY), view


@pytest.mark.parametrize(
    ("fault", "word", "version"),
    [
        pytest.param(fault, word, version, id=f"{fault} v{version}")
        for fault, word in WORDS
        for version in word.versions
    ],
)
async def test_a_fault_of_one_agency_is_in_the_views_and_hides_no_other(
    tmp_path: Path, stead: Database, fault: Fault, word: Word, version: int
) -> None:
    municipality = whole(tmp_path, stead)

    await answered(municipality, word.person, fault, version=version)

    assert_told(municipality, word)
    assert_nothing_looks_like_nothing(municipality, word.agency)


@pytest.mark.parametrize("version", BOTH)
@pytest.mark.parametrize(
    "word", [word for _, word in WRONG_QUESTIONS], ids=[name for name, _ in WRONG_QUESTIONS]
)
async def test_what_an_agency_refuses_of_a_question_is_in_the_views(
    tmp_path: Path, stead: Database, word: Word, version: int
) -> None:
    municipality = whole(tmp_path, stead)

    await answered(municipality, word.person, version=version, edit=word.edit)

    assert_told(municipality, word)
    assert_nothing_looks_like_nothing(municipality, word.agency)


@pytest.mark.parametrize("version", BOTH)
@pytest.mark.parametrize("fault", WHOLE)
async def test_a_fault_of_the_whole_answer_leaves_no_agency_verified(
    tmp_path: Path, stead: Database, fault: Fault, version: int
) -> None:
    municipality = whole(tmp_path, stead)
    asked = [agency for agency in AGENCIES if agency != "MIV" or fault is not Fault.UNASKED]
    ended, code, outcome = WHOLE[fault]

    await answered(municipality, ADA, fault, version=version, agencies=",".join(asked))

    answers = municipality.values("SELECT 1 FROM inbox")
    assert verdict(municipality) == (ended, code, ",".join(asked) if answers else None)
    assert outcomes(municipality) == dict.fromkeys(asked, outcome)
    assert gaps(municipality) == dict.fromkeys(asked, (outcome, None, None, None))
    month = one(municipality, "SELECT * FROM report_income_month")
    assert month["unverified"] == ", ".join(f"{agency} {FIRST}--{LAST}" for agency in PAYERS)
    for agency in asked:
        assert_nothing_looks_like_nothing(municipality, agency)
    assert municipality.rows("SELECT 1 FROM report_payment") == []


@pytest.mark.parametrize("version", BOTH)
@pytest.mark.parametrize("fault", HARMLESS)
@pytest.mark.parametrize("person", [ADA, STUDENT, PENSIONER, ARRIVED], ids=["Ada", "Stina", "Petrus", "Nya"])
async def test_a_fault_that_takes_nothing_away_leaves_every_agency_verified(
    tmp_path: Path, stead: Database, person: str, fault: Fault, version: int
) -> None:
    municipality = whole(tmp_path, stead)

    await answered(municipality, person, fault, version=version)

    assert verdict(municipality) == ("COMPLETE", None, "")
    assert gaps(municipality) == {}
    assert set(outcomes(municipality).values()) <= {"DATA", "EMPTY"}
    assert set(municipality.values("SELECT unverified FROM report_income_month")) == {""}


def test_every_fault_of_the_sandbox_has_its_expectation() -> None:
    listed = [*dict.fromkeys(fault for fault, _ in WORDS), *WHOLE, *HARMLESS]

    assert sorted(listed) == sorted(Fault)


# DATA, EMPTY, UNASKED


@pytest.mark.parametrize("version", BOTH)
@pytest.mark.parametrize(
    ("person", "agencies"),
    [(ADA, "AF,FK,SO"), (STUDENT, "CSN"), (PENSIONER, "FK"), (TRADER, "SKV,TNS"), (ARRIVED, "MIV")],
    ids=["Ada", "Stina", "Petrus", "Firma", "Nya"],
)
async def test_an_agency_that_has_something_is_data_and_one_that_has_nothing_is_empty(
    tmp_path: Path, stead: Database, person: str, agencies: str, version: int
) -> None:
    municipality = whole(tmp_path, stead)

    await answered(municipality, person, version=version)

    found = outcomes(municipality)
    assert {found[agency] for agency in agencies.split(",")} == {"DATA"}
    assert {found[agency] for agency in ("CSN", "SO", "TNS", "MIV") if agency not in agencies} == {"EMPTY"}


@pytest.mark.parametrize("person", [NOBODY, STRANGER], ids=["Ej träff", "-2"])
async def test_a_person_of_whom_nobody_knows_anything_is_empty_everywhere(
    tmp_path: Path, stead: Database, person: str
) -> None:
    municipality = whole(tmp_path, stead)

    await answered(municipality, person)

    assert outcomes(municipality) == dict.fromkeys(AGENCIES, "EMPTY")
    assert verdict(municipality) == ("COMPLETE", None, "")
    status = municipality.values("SELECT status FROM report_agency WHERE agency = 'CSN'")
    assert status == ["0" if person == NOBODY else "-2"]


async def test_parts_of_skatteverket_that_are_not_found_are_not_taken_for_empty(
    tmp_path: Path, stead: Database
) -> None:
    municipality = whole(tmp_path, stead)
    word = Word(
        agency="SKV",
        outcome="ERROR",
        kalla="BT",
        felkod="404",
        transience="PERMANENT",
        parts=_failing(TAX_PARTS, "404"),
    )

    await answered(municipality, NOBODY, version=11)

    assert_told(municipality, word)
    assert_nothing_looks_like_nothing(municipality, "SKV")


async def test_an_agency_that_was_not_wanted_and_has_said_nothing_is_in_no_view(
    tmp_path: Path, stead: Database
) -> None:
    municipality = whole(tmp_path, stead)

    await answered(municipality, ADA, agencies="AF,SO")

    assert outcomes(municipality) == {"AF": "DATA", "SO": "DATA"}
    assert verdict(municipality) == ("COMPLETE", None, "")
    assert set(municipality.values("SELECT not_asked FROM report_income_month")) == {"CSN, FK"}


async def test_an_agency_that_was_wanted_and_could_not_be_asked_is_unverified(
    tmp_path: Path, stead: Database
) -> None:
    municipality = whole(tmp_path, stead)

    await answered(municipality, BORN_IN_THE_1800S)

    assert outcomes(municipality)["TNS"] == "UNASKED"
    assert gaps(municipality) == {"TNS": ("UNASKED", None, "tns_century", None)}
    assert verdict(municipality) == ("INCOMPLETE", None, "TNS")
    assert_nothing_looks_like_nothing(municipality, "TNS")


async def test_the_days_outside_csns_window_are_unverified_with_the_months_they_touch(
    tmp_path: Path, stead: Database
) -> None:
    municipality = whole(tmp_path, stead)

    async with desk(municipality, lambda: NOW) as at:
        await at.answer(await at.ask(STUDENT, from_date="2026-09-01", to_date=LAST))

    rows = municipality.rows("SELECT * FROM report_unverified")
    assert [(row["agency"], row["from_date"], row["to_date"], row["felkod"]) for row in rows] == [
        ("CSN", "2026-09-01", "2026-09-22", "csn_window")
    ]
    months = municipality.rows("SELECT DISTINCT month, unverified FROM report_income_month ORDER BY month")
    assert [*map(tuple, months)] == [("2026-09", "CSN 2026-09-01--2026-09-22"), ("2026-10", "")]
    assert verdict(municipality) == ("INCOMPLETE", None, "CSN")


# What a whole answer deviates in


async def test_payments_that_do_not_add_up_are_told_beside_their_deviation(
    tmp_path: Path, stead: Database
) -> None:
    municipality = whole(tmp_path, stead)

    await answered(municipality, PENSIONER, Fault.SUMS_OFF)

    assert municipality.values("SELECT kind FROM deviation") == ["arithmetic", "arithmetic"]
    paid = municipality.rows("SELECT payer, net FROM report_payment ORDER BY payer")
    assert [*map(tuple, paid)] == [("FK", 1570.0), ("PM", 10166.0)]  # as they were told


async def test_codes_that_nobody_knows_are_kept(tmp_path: Path, stead: Database) -> None:
    municipality = whole(tmp_path, stead)

    async with desk(municipality, lambda: NOW) as at:
        for person in (ARRIVED, STUDENT):
            await at.answer(await at.ask(person, from_date=FIRST, to_date=LAST), Fault.NOVELTY)

    paid = municipality.rows("SELECT payer, benefit_code, benefit, status FROM report_payment ORDER BY payer")
    assert [*map(tuple, paid)] == [
        ("CSN", "Studiemedel", "Studiemedel", "UNKNOWN"),
        ("FK", "XNY", "Nytillkommen förmån", "PAID"),
    ]
    kinds = municipality.values("SELECT amount_type_code FROM payment_part WHERE amount_type_code = 'NYTYP'")
    assert len(kinds) == 2


# Parts of an agency


@pytest.mark.parametrize("version", BOTH)
async def test_every_part_of_an_agency_has_an_outcome_of_its_own(
    tmp_path: Path, stead: Database, version: int
) -> None:
    municipality = whole(tmp_path, stead)
    faults = (Fault.LEFI_SUPPLIER_DOWN, Fault.CSN_1104, Fault.FUND_SILENT, Fault.AF_502, Fault.SKV_PART_404)

    await answered(municipality, ADA, *faults, version=version)

    rows = municipality.rows("SELECT agency, name, outcome FROM sub_result")
    parts = {(row["agency"], row["name"]): row["outcome"] for row in rows}
    assert {name: outcome for (agency, name), outcome in parts.items() if agency in ("AF", "SO")} == {
        "aktivitetsrapport": "ERROR",
        "Exempelkassan": "PARTIAL",
        "Provarnas a-kassa": "EMPTY",
        "Testkassan": "EMPTY",
    }
    assert {name: parts["CSN", name] for name in CSN_PARTS} == dict.fromkeys(CSN_PARTS, "EMPTY") | {
        "Omstallningsstudiestod": "ERROR"
    }
    delivered = dict.fromkeys(FK_GROUPS, "EMPTY") | {"FK": "DATA", "FK:ABB": "DATA", "FK:BOB": "DATA"}
    assert {name: parts["FK", name] for name in ["FK", *FK_GROUPS]} == delivered
    assert {parts["FK", name] for name in ["PM", *PM_GROUPS]} == {"ERROR"}
    taxes = {name: outcome for (agency, name), outcome in parts.items() if agency == "SKV"}
    assert (
        taxes
        == {
            10: {"Personuppgift": "EMPTY"},
            11: dict.fromkeys(TAX_PARTS, "DATA") | {"individuppgifter": "ERROR"},
        }[version]
    )
