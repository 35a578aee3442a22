"""The seven agencies behind the sandbox's SSBTEK, each a function from what is asked to what it says.

Skatteverket alone says something else in v11 than in v10.

Rule: an agency speaks of the subject it was given, and echoes the question it was asked. When the
two differ, the answer is about the wrong person, as one of the faults wants it.
"""

from collections.abc import Callable, Mapping

from shs_adapter.sandbox.agencies import af, csn, fk, miv, skv, skv_v11, so, tns
from shs_adapter.sandbox.agencies.asking import V10, V11, Asking, Content, Parts, Refusal

_V10: Mapping[str, Callable[[Asking], Content | Parts | Refusal]] = {
    "AF": af.answer,
    "CSN": csn.answer,
    "FK": fk.answer,
    "SKV": skv.answer,
    "SO": so.answer,
    "TNS": tns.answer,
    "MIV": miv.answer,
}

AGENCIES = {V10: _V10, V11: {**_V10, "SKV": skv_v11.answer}}
