"""Försäkringskassan's cases in LEFI's answer, with what is decided in them, and days in programmes."""

from collections.abc import Iterator
from decimal import Decimal

from shs_adapter.ssbtek.agencies.lefi_shapes import FK_CODE, extent, money, span
from shs_adapter.ssbtek.facts import FkDecision, FkProgramDays, Payer
from shs_adapter.ssbtek.notes import UNKNOWN_CODE
from shs_adapter.ssbtek.reading import words
from shs_adapter.ssbtek.record import Record

PROGRAM_DAYS = "programjobdagar"

# Every list of cases that LefiFormansinformation has; each kind of case has decisions of a kind of its own.
CASES = words(
    "aktivitetsstodsarende allmanpensionsarende arbetsskadeefterlevandearende arbetsskadeegenlivrantearende "
    "barnbidragsarende bostadsbidragsarende bostadstillaggsarende efterlevandepensionsarende "
    "foraldrapenningarende forebyggandeSjukpenningsarende graviditetspenningsarende "
    "handikappersattningsarende merkostnadsersattningsarende mottagareavbarnbidrag narstaendepenningarende "
    "omvardnadsbidragsarende programersattningsarende rehabersattningsarende "
    "sjukOchAktivitetsersattningsarende sjukpenningarende smittbararersattningsarende "
    "tillfalligForaldrapenningarende totalforsvarspliktsarende underhallsstodskrav underhallsstodsmottag "
    "vardbidragsarende yrkesskadeefterlevandearende yrkesskadeegenlivrantearende"
)
_CASE = ("startades", "aktivt", "avslaget", "grunduppgifter", "medsokande", "anspraksdagar", "beslut")
_DECISION = words(
    "fattades definitivt forman delforman periodicitet period beslutatBruttobelopp omfattning dagar karens "
    "ersattning ersattningsdagar ersattningsniva samordnatBruttobelopp underlag beslutsutfall beslutstyp "
    "beslutstatus upphorandeManadFrom periodbeslut bedomdadagar"
)
_PERIODICITIES = ("0", "1", "2", "3", "4")


def decisions(information: Record) -> Iterator[FkDecision | None]:
    """The decisions of every case; None for a case in which nothing is decided."""
    for name in CASES:
        for case in information.records(name, _CASE):
            found = case.several("beslut", _DECISION)  # of two kinds of case, one object
            yield from (_decision(name, case, row) for row in found)
            if not found:
                yield None


def program_days(information: Record) -> Iterator[FkProgramDays]:
    for row in information.records(PROGRAM_DAYS, ("antalForbrukade", "harForbrukatMaxAntal")):
        yield FkProgramDays(
            used_days=row.whole("antalForbrukade"), max_used=row.truth("harForbrukatMaxAntal")
        )


def _decision(name: str, case: Record, row: Record) -> FkDecision:
    benefit, part = row.record("forman", FK_CODE), row.record("delforman", FK_CODE)
    every = row.record("periodicitet", FK_CODE)
    code = every.code("id", _PERIODICITIES)
    first, last = span(row, "period")
    gross = money(row, "beslutatBruttobelopp")
    if gross.currency not in (None, "SEK"):  # a decision has no room for another
        row.notes.note(UNKNOWN_CODE, row.at("beslutatBruttobelopp.valuta"))
    return FkDecision(
        supplier=Payer.FK,
        kind="DECISION",
        case_type=name,
        case_started=case.day("startades"),
        active=case.truth("aktivt"),
        decided_on=row.day("fattades"),
        final=row.truth("definitivt"),
        benefit_code=benefit.label("id"),
        benefit=part.label("beskrivning") or benefit.label("beskrivning"),
        valid_from=first,
        valid_to=last,
        gross=gross.amount,
        frequency=every.label("beskrivning") or code,
        extent=_extent(row),
    )


def _extent(row: Record) -> Decimal | None:
    """That of the decision; a survivor's pension has a list, which tells one extent only if it is one."""
    value = row.value("omfattning")
    if not isinstance(value, list):
        return extent(row, "omfattning")
    alone = Record({"omfattning": value[0]}, row.path, row.notes) if len(value) == 1 else None
    return extent(alone, "omfattning") if alone else None
