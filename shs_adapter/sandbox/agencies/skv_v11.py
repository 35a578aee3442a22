"""Skatteverket in v11: up to five parts, each with JSON in base64 or an error of its own.

Source: ssbtek-data f, for three of the parts. What individuppgifter and beskattningsbilagor look like is
not public: they are invented here, and small. A person is known to Skatteverket who has a life at all.
"""

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from lxml import etree

from shs_adapter.sandbox.agencies.asking import Asking, Parts, Refusal, TaxCall
from shs_adapter.sandbox.agencies.dates import shift
from shs_adapter.sandbox.agencies.markup import leaves, node
from shs_adapter.sandbox.facts import Business, Life
from shs_adapter.sandbox.faults import Fault

_NOT_FOUND = Refusal("BT", "404", "Not found")
_BROKEN_PARTS = {
    Fault.SKV_PART_TIMEOUT: ("skattekonto", Refusal("SSBT", "SANDBOX-TIMEOUT", "Delen svarade inte i tid.")),
    Fault.SKV_PART_404: ("individuppgifter", _NOT_FOUND),
}
_ACCOUNT = "0000-00 000 00"  # no bank has this clearing number
_TAX_PERCENT = 32


def answer(asking: Asking) -> Parts:
    """A part for each that is asked for, also where there is nothing to say in it."""
    call = asking.question.taxes
    broken = dict(_BROKEN_PARTS[fault] for fault in _BROKEN_PARTS.keys() & asking.faults)
    return Parts([_part(name, asking, call, broken.get(name)) for name in call.parts] if call else [])


def _part(name: str, asking: Asking, call: TaxCall, refusal: Refusal | None) -> etree._Element:
    namespace = asking.question.namespace
    if asking.subject.life == Life():
        refusal = refusal or _NOT_FOUND
    if refusal:
        return node(namespace, name, [refusal.element(namespace)])
    document = b64encode(msgspec.json.encode(_DOCUMENTS[name](asking, call)))
    return node(namespace, name, leaves(namespace, data=document.decode()))


def _business(asking: Asking, call: TaxCall) -> dict[str, Any]:
    """A sole trader's company number is the personal number; others are registered for nothing."""
    business = asking.subject.life.business or Business()
    return {
        "foretag": {
            "foretagId": asking.subject.number,
            "arbetsgivarregistrerad": business.employer,
            "momsregistrerad": business.vat,
            "godkandFskatt": business.f_tax,
        }
    }


def _individual(asking: Asking, call: TaxCall) -> dict[str, Any]:
    life = asking.subject.life
    return {
        "identitet": asking.subject.number,
        "individuppgifter": [{"inkomstar": year, "kontantErsattning": life.earned} for year in call.years],
    }


def _account(asking: Asking, call: TaxCall) -> dict[str, Any]:
    balance = asking.subject.life.tax_balance
    return {
        "kontohavare": asking.subject.number,
        "utbetaltBelopp": 0,
        "bokforingsdag": shift(asking.today.replace(day=12), -1).isoformat(),
        "saldo": balance,
        "preliminarRanta": balance // 400,
        "utbetalningskonto": _ACCOUNT,
        "senastUppdaterad": asking.today.isoformat(),
    }


def _taxes(asking: Asking, call: TaxCall) -> dict[str, Any]:
    """Decisions on those of the years that have passed: they are made in December of the year after."""
    life = asking.subject.life
    capital = sum(income.surplus for income in life.capital)
    decided = [year for year in call.years if year < asking.today.year - (asking.today.month < 12)]
    return {
        "identitet": asking.subject.number,
        "beslutadeSkatteuppgifter": [
            {
                "beskattningsar": year,
                "beskattningsperiod": f"{year}01-{year}12",
                "datumFaststalld": f"{year + 1}-12-01",
                "uppgifter": {
                    "inkomstar": year,
                    "overskottAvTjanst": life.earned,
                    "sumKapital": capital,
                    "fastStalldinkomst": life.earned,
                    "summaSlutligSkatt": (life.earned + capital) * _TAX_PERCENT // 100,
                },
            }
            for year in decided
        ],
    }


def _attachments(asking: Asking, call: TaxCall) -> dict[str, Any]:
    return {"identitet": asking.subject.number, "beskattningsbilagor": []}


_DOCUMENTS: Mapping[str, Callable[[Asking, TaxCall], dict[str, Any]]] = {
    "foretagsinformation": _business,
    "individuppgifter": _individual,
    "skattekonto": _account,
    "skatteuppgifter": _taxes,
    "beskattningsbilagor": _attachments,
}
