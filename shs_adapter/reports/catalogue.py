"""All reports, and the few places where a column means something else, or nothing, in one of them."""

from collections.abc import Collection, Mapping
from types import MappingProxyType

from shs_adapter.reports import words
from shs_adapter.reports.columns import Column, Kind
from shs_adapter.reports.report import Report
from shs_adapter.reports.words import UNKNOWN, Row

_AMOUNTS = ("gross", "tax", "other_deduction", "net", "net_after_tax", "loan")


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _not_theirs(row: Row) -> set[str]:
    """Only CSN lends, and only an a-kassa has a second net."""
    theirs = {"CSN": "loan", "AKASSA": "net_after_tax"}.get(row["payer"], "")
    return {"loan", "net_after_tax"} - {theirs}


def _no_income(row: Row) -> Collection[str]:
    return _AMOUNTS if row["payments"] == 0 else _not_theirs(row)


def _payer_or_none(row: Row) -> str:
    if row["payments"] == 0:
        return words.without_payments(row["unverified"], row["not_asked"], row["known_to"])
    return words.PAYERS.get(row["payer"]) or str(row["payer"])


def _latest_payments(row: Row) -> str:
    if row["payments"] is None and row["latest_month"]:
        return words.without_payments(
            row["latest_unverified"], row["latest_not_asked"], row["latest_known_to"]
        )
    return UNKNOWN if row["payments"] is None else str(row["payments"])


def _only_then(row: Row) -> Collection[str]:
    """A benefit that is not there in one of the months has no amount in it, and no change."""
    gone = {"VANISHED": ("control_net",), "NEW": ("comparison_net", "change_percent")}
    return gone.get(row["kind"], ())


_PERSON = "tenant case_id subject household_role restricted"

REPORTS: Mapping[str, Report] = MappingProxyType(
    {
        report.name: report
        for report in (
            Report(
                name="payment",
                title="Utbetalningar",
                line="varje utbetalning som räknas, med belopp, period och vem som betalar",
                names=_names(
                    f"id question_id {_PERSON} agency payer payer_org benefit_code benefit sub_benefit"
                    " amount_type pay_type status paid_on period_from period_to month month_rule gross"
                    " tax other_deduction net net_after_tax loan currency days source_path fetched_at"
                    " agency_outcome unverified"
                ),
                brief=_names(
                    "case_id household_role subject paid_on payer benefit period_from period_to status gross"
                    " tax net currency unverified"
                ),
                order="subject, month DESC, paid_on DESC, id",
                since="(COALESCE(paid_on, period_from) >= :from_day OR month = 'unknown')",
                until="(COALESCE(paid_on, period_from) < :to_day OR month = 'unknown')",
                span=("COALESCE(paid_on, period_from)", "COALESCE(paid_on, period_from)"),
                question="question_id",
                empty=_not_theirs,
            ),
            Report(
                name="income-month",
                title="Inkomster per månad",
                line="utbetalningar summerade per person, månad och förmån",
                names=_names(
                    f"{_PERSON} month payer benefit status currency payments gross tax other_deduction"
                    " net net_after_tax loan date_rule unverified not_asked known_to"
                ),
                brief=_names(
                    "case_id household_role subject month payer benefit status payments gross tax net"
                    " currency known_to unverified not_asked"
                ),
                order="subject, month DESC, payer, benefit, status",
                since="(month >= :from_month OR month = 'unknown')",
                until="(month < :to_month OR month = 'unknown')",
                span=("NULLIF(month, 'unknown')", "NULLIF(month, 'unknown')"),
                own={"payer": Column("Utbetalare", say=_payer_or_none)},
                empty=_no_income,
            ),
            Report(
                name="household",
                title="Hushåll",
                line="varje person i ärendet: senaste frågan, vad den gav och vad som inte är kontrollerat",
                names=_names(
                    f"{_PERSON} question_id asked_at from_date to_date state verdict failure_code"
                    " agencies_answered agencies_unverified fetched_at latest_month latest_known_to"
                    " latest_unverified latest_not_asked payments net household_unverified"
                ),
                brief=_names(
                    "case_id household_role subject verdict agencies_unverified fetched_at latest_month"
                    " payments net household_unverified"
                ),
                order="question_id",
                since="asked_at >= :from_at",
                until="asked_at < :to_at",
                span=("from_date", "to_date"),
                slice_by="question_id",
                question="question_id",
                own={"payments": Column("Utbetalningar i månaden", say=_latest_payments)},
                empty=lambda row: ("net",) if row["payments"] is None and row["latest_month"] else (),
            ),
            Report(
                name="agency",
                title="Besked per myndighet",
                line="vad varje myndighet har svarat på varje fråga",
                names=_names(
                    f"question_id {_PERSON} agency outcome kalla felkod status transience asked_from"
                    " asked_to asked_at fetched_at version row_count parts_unverified deviations"
                ),
                brief=_names(
                    "case_id household_role subject question_id agency outcome felkod asked_from asked_to"
                    " fetched_at parts_unverified"
                ),
                order="subject, question_id, agency",
                since="asked_at >= :from_at",
                until="asked_at < :to_at",
                span=("asked_from", "asked_to"),
                question="question_id",
                own={"status": Column("Status i svaret")},
            ),
            Report(
                name="unverified",
                title="Kunde inte kontrolleras",
                line="myndigheter och perioder som ingen har svarat för, med orsak och vem som gör något",
                names=_names(
                    f"{_PERSON} agency from_date to_date outcome kalla felkod transience question_id"
                    " officer unit asked_at fetched_at"
                ),
                brief=_names(
                    "case_id household_role subject agency from_date to_date felkod transience question_id"
                ),
                order="subject, agency, from_date, question_id",
                since="(to_date >= :from_day OR to_date IS NULL)",
                until="(from_date < :to_day OR from_date IS NULL)",
                span=("from_date", "to_date"),
                question="question_id",
                own={
                    "transience": Column("Vem gör något", say=words.who),
                    "fetched_at": Column("Hämtat", Kind.TIME, missing="inget svar"),
                },
            ),
            Report(
                name="outstanding",
                title="Inväntas",
                line="frågor utan svar, och förmåner som betalades månaden före men inte syns än",
                names=_names(
                    "kind tenant case_id subject household_role restricted question_id round state"
                    " agencies since payer benefit last_month last_net expected_month unverified"
                    " not_asked"
                ),
                brief=_names(
                    "case_id household_role subject kind state since payer benefit last_net expected_month"
                    " unverified not_asked"
                ),
                order="subject, kind DESC, question_id, payer, benefit",
                since="(since >= :from_at OR expected_month >= :from_month)",
                until="(since < :to_at OR expected_month < :to_month)",
                span=("COALESCE(expected_month, CAST(since AS TEXT))",) * 2,
                own={
                    "agencies": Column(
                        "Tillfrågade", Kind.TYPED, lambda row: words.agencies(row["agencies"])
                    ),
                    "unverified": Column(
                        "Kunde inte kontrolleras",
                        Kind.TYPED,
                        lambda row: (
                            words.agencies(row["unverified"])
                            if row["kind"] == "QUESTION"
                            else words.periods(row["unverified"])
                        ),
                    ),
                },
                empty=lambda row: ("last_net",) if row["kind"] == "QUESTION" else (),
            ),
            Report(
                name="change",
                title="Förändringar",
                line="varje förmån mot månaden före, och om ändringen är större än gränsen",
                names=_names(
                    f"{_PERSON} control_month comparison_month payer benefit control_net"
                    " comparison_net kind change_percent threshold_percent exceeds control_unverified"
                    " comparison_unverified control_not_asked comparison_not_asked control_known_to"
                ),
                brief=_names(
                    "case_id household_role subject control_month payer benefit comparison_net control_net"
                    " kind change_percent exceeds control_known_to control_unverified control_not_asked"
                    " comparison_unverified comparison_not_asked"
                ),
                order="subject, control_month DESC, payer, benefit",
                since="control_month >= :from_month",
                until="control_month < :to_month",
                span=("comparison_month", "control_month"),
                empty=_only_then,
            ),
            Report(
                name="request",
                title="Frågor",
                line="varje fråga: läge, utfall och tider",
                names=_names(
                    "id tenant reference case_id officer unit household_role state reason"
                    " failure_code failure_text agencies agencies_answered agencies_unverified verdict"
                    " settled answer_version change_no created_at accepted_at confirmed_at finished_at"
                    " attempts tx_id corr_id local_id root_id round contract from_date to_date subject"
                    " restricted"
                ),
                brief=_names(
                    "id reference case_id household_role subject from_date to_date state verdict failure_code"
                    " agencies_unverified created_at finished_at"
                ),
                order="id",
                since="created_at >= :from_at",
                until="created_at < :to_at",
                span=("created_at", "created_at"),
                slice_by="id",
                question="id",
                has_opening=False,
            ),
            Report(
                name="agency-quality",
                title="Myndigheternas svar",
                line="utfall, felkoder och svarstider per myndighet och dag",
                names=_names("day tenant agency outcome kalla felkod answers latency_mean latency_most"),
                brief=_names("day tenant agency outcome kalla felkod answers latency_mean latency_most"),
                order="day, tenant, agency, outcome, kalla, felkod",
                since="day >= :from_day",
                until="day < :to_day",
                span=("day", "day"),
                slice_by=None,
                is_about_persons=False,
                has_opening=False,
                own={"felkod": Column("Felkod")},
            ),
            Report(
                name="volume",
                title="Frågor per dag",
                line="hur många frågor som ställts per dag och myndighet, och hur det gick",
                names=_names("day tenant agency asked asked_again answered partly failed unanswered"),
                brief=_names("day tenant agency asked asked_again answered partly failed unanswered"),
                order="day, tenant, agency = 'ALL', agency",
                since="day >= :from_day",
                until="day < :to_day",
                span=("day", "day"),
                slice_by=None,
                is_about_persons=False,
                has_opening=False,
            ),
        )
    }
)
