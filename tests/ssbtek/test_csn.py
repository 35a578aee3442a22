"""What CSN says, decoded from its own document."""

from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from shs_adapter.sandbox.cast import CAST, Fault, Person
from shs_adapter.sandbox.ssbtek import Answer, react
from shs_adapter.ssbtek.answer import Finding, Outcome, judge
from shs_adapter.ssbtek.contracts import CONTRACTS
from shs_adapter.ssbtek.facts import CsnCase, CsnGrant, Part, PartKind, Payer, Payment, PaymentStatus
from shs_adapter.ssbtek.finding import Sub, Transience
from shs_adapter.ssbtek.notes import Deviation
from shs_adapter.ssbtek.question import Agency
from tests.sandbox import questions
from tests.ssbtek.samples import (
    OTHER,
    PERSON,
    SHARED,
    asked,
    correlated,
    csn,
    csn_document,
    csn_person,
    encoded,
    result,
)

DATA, EMPTY, PARTIAL, ERROR = Outcome.DATA, Outcome.EMPTY, Outcome.PARTIAL, Outcome.ERROR
FIXTURES = SHARED / "fixtures/ssbtek"
AT = "Person/Studiemedel/Arenden/Arende[1]"
PAID_AT = f"{AT}/UtbetalningsPlan/Utbetalning[1]"
BLOCKS = ("Studiemedel", "Studiehjalp", "HemutrustningsLan", "Studiestartsstod", "Omstallningsstudiestod")


def noted(kind: str, path: str) -> Deviation:
    return Deviation(kind, path)


def amount(kind: str, label: str, total: str, more: str = "") -> str:
    return (
        f"<Belopp><beloppstyp>{kind}</beloppstyp><klartext>{label}</klartext><belopp>1024</belopp>"
        f"<totbelopp>{total}</totbelopp>{more}</Belopp>"
    )


GRANT = amount("GRUNDB", "Bidrag", "4096")
LOAN = amount("GRUNDL", "Lån", "9408")


def time(first: str, last: str, *amounts: str) -> str:
    return (
        f"<Utbetaldtid><startvecka>{first}</startvecka><slutvecka>{last}</slutvecka>"
        f"<Beloppen>{''.join(amounts)}</Beloppen><totbelopp>0</totbelopp></Utbetaldtid>"
    )


def payment(*times: str, day: str = "20261025", status: str = "Utbetald", total: str = "13504") -> str:
    return (
        f"<Utbetalning><utbetdatum>{day}</utbetdatum><utbetstatus>{status}</utbetstatus>"
        f"<Utbetaldatider>{''.join(times)}</Utbetaldatider><totbelopp>{total}</totbelopp></Utbetalning>"
    )


def case(*payments: str, form: str = "GRUND", status: str = "BESLUTAD", more: str = "", tag: str = "") -> str:
    return (
        f'<Arende lopnummer="3"{tag}><stodform>{form}</stodform><klartext>Studiemedel i Sverige</klartext>'
        f"<status>{status}</status>{more}<UtbetalningsPlan>{''.join(payments)}</UtbetalningsPlan></Arende>"
    )


def block(name: str, *cases: str) -> str:
    return f"<p:{name}><Arenden>{''.join(cases)}</Arenden></p:{name}>"


def listed(**flags: str) -> str:
    """A person's list, by the names in it."""
    inside = "".join(f"<p:{name}>{flag}</p:{name}>" for name, flag in flags.items())
    return f"<p:Studiestodstypforteckning>{inside}</p:Studiestodstypforteckning>"


def found(*blocks: str, code: str = "0", **about: str) -> Finding:
    return result(Agency.CSN, csn(code, csn_person(blocks="".join(blocks), **about)))


def studies(*payments: str, **about: str) -> Finding:
    """The finding of an answer with one case."""
    return found(block("Studiemedel", case(*payments, **about)))


TWO_TIMES = payment(time("202641", "202642", GRANT), time("202643", "202644", LOAN))
GRANTED = (
    "<soktaTider><soktTid><soktfrom>20260831</soktfrom></soktTid></soktaTider><BeviljadeTider><BeviljadTid>"
    "<starttid>202636</starttid><sluttid>202653</sluttid><takt>75</takt><gr_takt>75</gr_takt><Beloppen/>"
    "<totbelopp>60768</totbelopp></BeviljadTid></BeviljadeTider>"
)


def test_everything_about_a_payment_is_told() -> None:
    told = studies(TWO_TIMES)

    assert told.outcome is DATA
    assert told.deviations == ()
    assert told.version == "4.0"
    times = f"{PAID_AT}/Utbetaldatider/Utbetaldtid"
    assert told.payments == (
        Payment(
            payer=Payer.CSN,
            benefit_code="Studiemedel",
            benefit="Studiemedel",
            sub_benefit="Studiemedel i Sverige",
            status=PaymentStatus.PAID,
            paid_on=date(2026, 10, 25),
            period_from=date(2026, 10, 5),
            period_to=date(2026, 11, 1),
            gross=Decimal(13504),
            net=Decimal(13504),
            loan=Decimal(9408),
            path=PAID_AT,
            parts=(
                Part(
                    kind=PartKind.AMOUNT,
                    path=f"{times}[1]/Beloppen/Belopp[1]",
                    amount_type_code="GRUNDB",
                    amount_type="Bidrag",
                    amount=Decimal(4096),
                    is_loan=False,
                    period_from=date(2026, 10, 5),
                    period_to=date(2026, 10, 18),
                ),
                Part(
                    kind=PartKind.AMOUNT,
                    path=f"{times}[2]/Beloppen/Belopp[1]",
                    amount_type_code="GRUNDL",
                    amount_type="Lån",
                    amount=Decimal(9408),
                    is_loan=True,
                    period_from=date(2026, 10, 19),
                    period_to=date(2026, 11, 1),
                ),
            ),
        ),
    )


def test_a_case_and_what_it_grants_are_told() -> None:
    told = found(
        block("Studiemedel", case(more=GRANTED)),
        block("HemutrustningsLan", case(form="HUT", status=" ", tag=f' medlanare="{OTHER}"')),
    )

    assert told.facts == (
        CsnCase(
            block="Studiemedel", number="3", form="GRUND", label="Studiemedel i Sverige", status="BESLUTAD"
        ),
        CsnGrant(
            block="Studiemedel",
            number="3",
            valid_from=date(2026, 8, 31),
            valid_to=date(2027, 1, 3),
            pace_percent=75,
            total=Decimal(60768),
        ),
        CsnCase(
            block="HemutrustningsLan",
            number="3",
            form="HUT",
            label="Studiemedel i Sverige",
            co_borrower=OTHER,
        ),
    )
    assert told.deviations == ()
    assert told.persons == (PERSON,)
    assert OTHER not in repr(told.facts)


def test_a_payment_tells_its_amount_type_if_it_has_one() -> None:
    (one,) = studies(payment(time("202641", "202644", GRANT), total="4096")).payments

    assert one.amount_type == "Bidrag"
    assert one.loan == 0


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Studiehjalp", "Studiehjälp"),
        ("HemutrustningsLan", "Hemutrustningslån"),
        ("Studiestartsstod", "Studiestartsstöd"),
        ("Omstallningsstudiestod", "Omställningsstudiestöd"),
        ("NyttStod", "NyttStod"),
    ],
)
def test_every_kind_of_support_has_a_name_also_one_that_is_not_known(name: str, label: str) -> None:
    told = found(block(name, case(TWO_TIMES)))

    (one,) = told.payments
    assert (one.benefit_code, one.benefit) == (name, label)
    assert told.deviations == ((noted("unexpected", "Person/NyttStod"),) if name == "NyttStod" else ())
    assert told.outcome is DATA


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Utbetald", PaymentStatus.PAID),
        ("UTBETALAD", PaymentStatus.PAID),
        ("planerad", PaymentStatus.PLANNED),
        ("Stoppad", PaymentStatus.UNKNOWN),
        ("", PaymentStatus.UNKNOWN),
    ],
)
def test_a_payment_is_made_or_planned_or_nobody_knows(word: str, status: PaymentStatus) -> None:
    told = studies(payment(time("202641", "202644", GRANT), total="4096", status=word))

    assert told.payments[0].status is status
    known = status is not PaymentStatus.UNKNOWN
    assert told.deviations == (() if known else (noted("unknown_code", f"{PAID_AT}/utbetstatus"),))


@pytest.mark.parametrize("kind", ["GRUNDL", "GRUNFL", "MERKL", "TILL", "HUT", "OSSLÅN"])
def test_a_loan_is_told_apart_from_a_grant(kind: str) -> None:
    (one,) = studies(payment(time("202641", "202644", GRANT, amount(kind, "-", "9408")))).payments

    assert one.loan == 9408
    assert [part.is_loan for part in one.parts] == [False, True]


@pytest.mark.parametrize(
    ("amounts", "notes"),
    [
        ([amount("NYTYP", "Nytt", "13504")], [("unknown_code", "[1]/beloppstyp")]),
        ([GRANT, amount("GRUNDL", "Lån", "?")], [("unreadable", "[2]/totbelopp")]),
        ([GRANT, amount("", "Lån", "9408")], []),
        ([], []),
    ],
)
def test_what_may_hide_a_loan_leaves_the_loan_unknown(
    amounts: list[str], notes: list[tuple[str, str]]
) -> None:
    told = studies(payment(time("202641", "202644", *amounts)))

    at = f"{PAID_AT}/Utbetaldatider/Utbetaldtid[1]/Beloppen/Belopp"
    assert told.payments[0].loan is None
    assert told.deviations == tuple(noted(kind, at + place) for kind, place in notes)


def test_an_amount_of_unknown_kind_may_or_may_not_be_a_loan() -> None:
    (one,) = studies(payment(time("202641", "202644", amount("NYTYP", "Nytt", "13504")))).payments

    assert (one.parts[0].is_loan, one.parts[0].amount_type_code) == (None, "NYTYP")


def test_amounts_that_do_not_add_up_are_noted_and_no_more() -> None:
    told = studies(payment(time("202641", "202644", GRANT, LOAN), total="13503"))

    assert told.outcome is DATA
    assert told.deviations == (noted("arithmetic", PAID_AT),)


@pytest.mark.parametrize("times", [[], [time("202641", "202644", GRANT)]])
def test_a_day_that_is_not_set_is_normal(times: list[str]) -> None:
    told = studies(payment(*times, day="0", total="4096"))

    assert told.outcome is DATA
    assert told.payments[0].paid_on is None
    assert told.deviations == ()


@pytest.mark.parametrize(
    ("made", "kind", "place"),
    [
        (payment(day=""), "incomplete", ""),
        (payment(total=""), "incomplete", ""),
        (payment(total="12 kr"), "unreadable", "/totbelopp"),
        (payment(day="20261325"), "unreadable", "/utbetdatum"),
        (payment(day="<a/>"), "unreadable", "/utbetdatum"),
        (payment(time("202654", "202644")), "unreadable", "/Utbetaldatider/Utbetaldtid[1]/startvecka"),
        (payment(total="1</totbelopp><totbelopp>2"), "unreadable", "/totbelopp"),
    ],
)
def test_a_payment_that_cannot_be_counted_or_read_is_noted(made: str, kind: str, place: str) -> None:
    told = studies(TWO_TIMES, made)

    assert (told.outcome, told.status) == (PARTIAL, "unknown")
    assert told.transience is Transience.PERMANENT
    assert noted(kind, f"{AT}/UtbetalningsPlan/Utbetalning[2]{place}") in told.deviations
    assert told.payments[0].net == 13504


@pytest.mark.parametrize(
    ("about", "place"),
    [({"form": "NYFORM"}, "stodform"), ({"status": "VILANDE"}, "status")],
)
def test_codes_that_are_not_known_are_kept_and_noted(about: dict[str, str], place: str) -> None:
    told = studies(TWO_TIMES, **about)

    assert told.deviations == (noted("unknown_code", f"{AT}/{place}"),)
    assert isinstance(told.facts[0], CsnCase)
    assert {told.facts[0].form, told.facts[0].status} >= set(about.values())


FORMS = "GRUND GRUNDU MLÅN MLÅNU TLÅN TILB TBID SH SHU SB SBU EXTRA EXTRAU INACK INACKU LÄRLE HUT SSSTÖD OSS"


def test_the_forms_of_support_are_known() -> None:
    for form in FORMS.split():
        assert studies(TWO_TIMES, form=form).deviations == ()


@pytest.mark.parametrize(
    ("blocks", "path"),
    [
        (block("Studiemedel", case(TWO_TIMES, more="<nytt>1</nytt>")), f"{AT}/nytt"),
        (block("Studiemedel", case(TWO_TIMES, "<nytt><x>1</x></nytt>")), f"{AT}/UtbetalningsPlan/nytt"),
        (block("Studiemedel", case(TWO_TIMES, "avbrott")), f"{AT}/UtbetalningsPlan"),
        (
            block("Studiemedel", case(payment(time("202641", "202644", GRANT, LOAN, "<ny>1</ny>")))),
            f"{PAID_AT}/Utbetaldatider/Utbetaldtid[1]/Beloppen/ny",
        ),
        (block("Studiemedel", case(TWO_TIMES), "<ny>1</ny>"), "Person/Studiemedel/Arenden/ny"),
    ],
)
def test_something_under_a_new_name_is_noted_where_it_stands(blocks: str, path: str) -> None:
    told = found(blocks)

    assert told.outcome is DATA
    assert told.deviations == (noted("unexpected", path),)
    assert len(told.payments) == 1


def test_each_person_and_each_block_has_a_path_of_its_own() -> None:
    one = csn_person(blocks=block("Studiemedel", case(TWO_TIMES)) + block("Studiemedel", case(TWO_TIMES)))
    told = result(Agency.CSN, csn("0", one + csn_person(blocks=block("Studiehjalp", case(TWO_TIMES)))))

    tail = "Arenden/Arende[1]/UtbetalningsPlan/Utbetalning[1]"
    assert [each.path for each in told.payments] == [
        f"Person[1]/Studiemedel[1]/{tail}",
        f"Person[1]/Studiemedel[2]/{tail}",
        f"Person[2]/Studiehjalp/{tail}",
    ]


def test_a_kind_of_support_that_is_told_twice_is_noted_and_read() -> None:
    told = found(block("Studiemedel", case(TWO_TIMES)), block("Studiemedel", case(TWO_TIMES)))

    assert told.outcome is DATA
    assert told.deviations == (noted("unexpected", "Person/Studiemedel[2]"),)


@pytest.mark.parametrize(
    ("inside", "path"),
    [
        ("<p:NyttStod><belopp>1</belopp></p:NyttStod>", "Person/NyttStod"),
        (f"<p:P{PERSON}>1</p:P{PERSON}>", "Person/unprintable"),
        ("<p:Studiehjalp><a/>nere</p:Studiehjalp>", "Person/Studiehjalp"),
    ],
)
def test_what_is_no_case_is_noted_and_is_not_nothing(inside: str, path: str) -> None:
    told = found(inside)

    assert told.outcome is PARTIAL
    assert noted("unexpected", path) in told.deviations


def sub_outcomes(told: Finding) -> dict[str, tuple[Outcome, str | None]]:
    return {sub.name: (sub.outcome, sub.status) for sub in told.subs}


def person(flags: dict[str, str], *blocks: str, status: str = "") -> str:
    return (
        f'<Person personnummer="{PERSON[2:]}" sekel="{PERSON[:2]}" Status="{status}">'
        f"{listed(**flags)}{''.join(blocks)}</Person>"
    )


NOTHING_LISTED = dict.fromkeys(map(str.lower, BLOCKS), "0")
UNKNOWN_SUB = (PARTIAL, "unknown")


def test_each_kind_of_support_has_an_outcome_of_its_own() -> None:
    flags = {**NOTHING_LISTED, "studiemedel": "1", "studiehjalp": "1", "nyttstod": "1"}

    told = result(Agency.CSN, csn("0", person(flags, block("Studiemedel", case(TWO_TIMES)))))

    assert told.transience is Transience.DOUBTFUL
    assert sub_outcomes(told) == {
        "Studiemedel": (DATA, None),
        "Studiehjalp": UNKNOWN_SUB,
        "HemutrustningsLan": (EMPTY, None),
        "Studiestartsstod": (EMPTY, None),
        "Omstallningsstudiestod": (EMPTY, None),
        "nyttstod": UNKNOWN_SUB,
    }


def test_a_kind_that_could_not_be_read_whole_is_partial_alone() -> None:
    broken = block("Studiehjalp", case(payment(total="?")))

    told = result(Agency.CSN, csn("0", person(NOTHING_LISTED, block("Studiemedel", case(TWO_TIMES)), broken)))

    assert told.outcome is PARTIAL
    assert sub_outcomes(told)["Studiemedel"] == (DATA, None)
    assert sub_outcomes(told)["Studiehjalp"] == UNKNOWN_SUB


@pytest.mark.parametrize(
    ("code", "down"),
    [
        ("-1101", {"HemutrustningsLan"}),
        ("-1102", {"Studiemedel", "Studiehjalp", "Studiestartsstod"}),
        ("-1104", {"Omstallningsstudiestod"}),
        ("-1103", set(BLOCKS)),
        ("-1005", set(BLOCKS)),
    ],
)
def test_the_kinds_that_a_code_takes_down_are_errors(code: str, down: set[str]) -> None:
    told = result(Agency.CSN, csn(code, person(NOTHING_LISTED)))

    assert sub_outcomes(told) == {name: (ERROR, code) if name in down else (EMPTY, None) for name in BLOCKS}


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (csn("-2"), dict.fromkeys(BLOCKS, (EMPTY, None))),
        (csn("-2", version="v3.0"), dict.fromkeys(BLOCKS[:4], (EMPTY, None))),
        (csn("-1103", version="v3.0"), dict.fromkeys(BLOCKS[:4], (ERROR, "-1103"))),
        (csn("0"), dict.fromkeys(BLOCKS, UNKNOWN_SUB)),
        (csn("-9", person(NOTHING_LISTED)), dict.fromkeys(BLOCKS, UNKNOWN_SUB)),
        (csn("0", person(NOTHING_LISTED, status="Spärrad")), dict.fromkeys(BLOCKS, UNKNOWN_SUB)),
        (csn("0", person(NOTHING_LISTED, status="Ej träff")), dict.fromkeys(BLOCKS, (EMPTY, None))),
        (csn("0", csn_person()), {"Studiemedel": (EMPTY, None)}),
        (
            csn("-2", csn_person(blocks=block("Studiemedel", case(TWO_TIMES)))),
            {"Studiemedel": UNKNOWN_SUB},
        ),
        (csn("0", csn_person(blocks="<p:Studiemedel>nere</p:Studiemedel>")), {"Studiemedel": UNKNOWN_SUB}),
    ],
)
def test_no_kind_is_empty_unless_that_is_said_and_can_be_believed(
    part: str, expected: dict[str, tuple[Outcome, str | None]]
) -> None:
    assert sub_outcomes(result(Agency.CSN, part)) == expected


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (csn("0", csn_person()), None),
        (csn("-2"), None),
        *((csn(code), Transience.TRANSIENT) for code in ("-1101", "-1102", "-1103", "-1104")),
        (csn("-1003"), Transience.DOUBTFUL),
        *((csn(code), Transience.PERMANENT) for code in ("-1004", "-1005", "-1006", "-1007")),
        (csn("-1005", csn_person(flag="1")), Transience.PERMANENT),
        (csn("-9"), Transience.DOUBTFUL),
        (csn(""), Transience.DOUBTFUL),
        (csn("0", csn_person(flag="1")), Transience.DOUBTFUL),
        (csn("0"), Transience.PERMANENT),
    ],
)
def test_whether_asking_again_may_help_is_told(part: str, expected: Transience | None) -> None:
    assert result(Agency.CSN, part).transience is expected


@pytest.mark.parametrize("name", ["v10/csn-response.xml", "decoded/csn-inner.schemaVersion-3.0.xml"])
def test_the_public_examples_say_that_there_is_nothing(name: str) -> None:
    path = FIXTURES / name
    if not path.exists():
        pytest.skip("the public examples are not installed beside the project")
    if name.startswith("v10"):
        told = judge(correlated(path.read_bytes()), asked(Agency.CSN), CONTRACTS[10]).results[Agency.CSN]
    else:
        told = result(Agency.CSN, encoded("svar", path.read_bytes()))

    assert told == Finding(
        outcome=EMPTY,
        status="0",
        version="3.0",
        persons=told.persons,
        subs=tuple(Sub(name=name, outcome=EMPTY) for name in BLOCKS[:4]),
    )
    assert [len(person) for person in told.persons] == [12]


NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
UNHEARD = {Fault.SILENT, Fault.SHS_ERROR, Fault.SOAP_FAULT, Fault.WRONG_PERSON}


@pytest.mark.parametrize(
    "person", [person for person in CAST if person.fault not in UNHEARD], ids=lambda person: person.name
)
def test_every_payment_that_the_sandbox_makes_comes_out(person: Person) -> None:
    question = questions.question(person.number, period=("2026-10-01", "2026-12-20"), officer="anna")
    (answer, *_) = react(questions.written(question), now=NOW, faults=(), late=timedelta(hours=1))
    assert isinstance(answer, Answer)

    told = judge(
        answer.payload,
        asked(
            Agency.CSN,
            person=person.number,
            case_id=questions.CASE,
            correlation_id=questions.CORRELATION,
        ),
        CONTRACTS[10],
    ).results[Agency.CSN]

    studies = () if person.fault is Fault.CSN_PARTLY_DOWN else person.life.studies
    assert told.deviations == ()
    assert len(told.payments) == 2 * len(studies)
    for made, study in zip(told.payments[::2], studies, strict=True):
        assert made.benefit_code == study.block
        assert made.net == sum(part.amount or 0 for part in made.parts)
        assert [part.amount_type for part in made.parts] == [each.label for each in study.amounts]
        assert 0 < (made.loan or 0) < (made.net or 0)
    assert [made.status for made in told.payments] == ["PAID", "PLANNED"] * len(studies)
    kinds = [type(fact) for fact in told.facts]
    assert kinds == [CsnCase, CsnGrant] * len(studies)


COMPLETE = csn_document(
    "0",
    csn_person(
        flag="1",
        blocks=block("Studiemedel", case(TWO_TIMES, more=GRANTED))
        + block("HemutrustningsLan", case(form="HUT", tag=f' medlanare="{OTHER}"')),
    ),
)
NONSENSE = st.sampled_from(
    [
        None,
        "",
        " ",
        "0",
        "1",
        "-1103",
        "nonsens",
        "202699",
        "99999999",
        "1" * 30,
        "Ej träff",
        PERSON,
        "\u0663",
    ]
)


def told_of(root: etree._Element) -> Finding:
    """The finding, whose repr names nobody; nothing but Malformed may have been raised."""
    told = result(Agency.CSN, encoded("svar", etree.tostring(root)))
    assert PERSON not in repr(told)
    assert OTHER not in repr(told)
    assert len({sub.name for sub in told.subs}) == len(told.subs)
    if {"unreadable", "incomplete"} & {each.kind for each in told.deviations}:
        assert told.outcome in {PARTIAL, ERROR}
    return told


def damage(root: etree._Element, changes: st.DataObject) -> None:
    """Change one element: its text, an attribute, its name, its place, or whether it is there."""
    every = list(root.iter("{*}*"))
    element, other = (changes.draw(st.sampled_from(every)) for _ in range(2))
    parent = element.getparent()
    names = [etree.QName(each).localname for each in every]
    kind = changes.draw(st.sampled_from(["text", "tail", "attribute", "name", "gone", "twice", "inside"]))
    if kind == "text":
        element.text = changes.draw(NONSENSE)
    elif kind == "attribute":
        name = changes.draw(st.sampled_from(["lopnummer", "medlanare", "Status", "sekel", "schemaVersion"]))
        element.set(name, changes.draw(NONSENSE) or "")
    elif kind == "name":
        element.tag = changes.draw(st.sampled_from([*names, "Nytt"]))
    elif kind == "inside":
        other.append(deepcopy(element))
    elif parent is not None and kind == "tail":
        element.tail = changes.draw(NONSENSE)
    elif parent is not None and kind == "gone":
        parent.remove(element)
    elif parent is not None:
        parent.append(deepcopy(element))


@settings(max_examples=300, deadline=None)
@given(changes=st.data())
def test_damage_is_judged(changes: st.DataObject) -> None:
    root = etree.fromstring(COMPLETE)
    for _ in range(changes.draw(st.integers(1, 4))):
        damage(root, changes)

    told = told_of(root)

    assert told.outcome in {DATA, EMPTY, PARTIAL, ERROR}
    if told.outcome is EMPTY:
        assert told.payments == ()
        assert told.facts == ()


@settings(max_examples=200, deadline=None)
@given(changes=st.data())
@pytest.mark.parametrize("code", ["-1005", "-1101", "-1103", "-9"])
def test_a_failure_is_not_hidden_by_what_stands_beside_it(code: str, changes: st.DataObject) -> None:
    root = etree.fromstring(COMPLETE.replace("<ResultatKod>0<", f"<ResultatKod>{code}<"))
    (people,) = root.findall("{*}Personer")
    for _ in range(changes.draw(st.integers(1, 4))):
        damage(people, changes)

    told = told_of(root)

    assert told.outcome in {PARTIAL, ERROR}


def test_a_document_of_another_kind_says_nothing() -> None:
    told: Any = result(Agency.CSN, encoded("svar", b"<CSNSvarHut/>"))

    assert (told.outcome, told.payments, told.subs) == (ERROR, (), ())
