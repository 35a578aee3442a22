"""The seven agencies behind the sandbox's SSBTEK, each a function from what is asked to what it says.

Rule: an agency speaks of the subject it was given, and echoes the question it was asked. When the
two differ, the answer is about the wrong person, as one of the faults wants it.
"""

from collections.abc import Callable, Mapping

from shs_adapter.sandbox.agencies import af, csn, fk, miv, skv, so, tns
from shs_adapter.sandbox.agencies.asking import Asking, Content, Refusal

AGENCIES: Mapping[str, Callable[[Asking], Content | Refusal]] = {
    "AF": af.answer,
    "CSN": csn.answer,
    "FK": fk.answer,
    "SKV": skv.answer,
    "SO": so.answer,
    "TNS": tns.answer,
    "MIV": miv.answer,
}
