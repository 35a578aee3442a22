"""The question inside the question to FK: LEFI version 9, as JSON.

LEFI answers nothing it is not asked for by code, so a narrow set of codes hides incomes; a profile names
such a set. General personal information (GEPI) and the other information hold data on third parties and
are in no profile.
"""

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from shs_adapter.errors import InvalidQuestion
from shs_adapter.ssbtek.question import Period

_FK_CODES = (
    "ABB AP AS BOB BST BTI DPE EJO ET FP FSJP GP HE MABB MEK NP OMV PJOB PROG RBE SA SBP SJP TFP US VB YL"
)
_FK = tuple(f"FK:{code}" for code in _FK_CODES.split())
FAMILIES = frozenset(_FK_CODES.split())  # of payments and decisions: no list is public, the groups' is taken
_PM = ("PM:AP", "PM:BTI", "PM:EF")
_PAYMENTS = {"preliminaraUtbetalningar": _FK + _PM, "utbetalningar": _FK + _PM}

PROFILES: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "payments": _PAYMENTS,
        "benefits": {**_PAYMENTS, "formansinformation": _FK, "ansprak": _PM, "beslut": _PM},
    }
)


def question(person: str, period: Period, profile: str) -> bytes:
    """Return the JSON; raises InvalidQuestion(lefi_profile) for a profile that is not there."""
    if profile not in PROFILES:
        raise InvalidQuestion("lefi_profile", f"a LEFI profile is one of {', '.join(PROFILES)}")
    return msgspec.json.encode(
        {
            "personnummer": person,
            "period": {"from": period.first, "tom": period.last},
            **PROFILES[profile],
        }
    )
