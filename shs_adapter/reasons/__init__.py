"""What the codes mean, in Swedish, for those who read them: what happened, why, and who acts.

Rule: a failure is never told as "nothing found", and what nobody has published is called unknown.
Codes are looked up as the tables hold them: they are safe to show, and an unknown one is repeated.
"""

from shs_adapter.reasons.agencies import error, status
from shs_adapter.reasons.questions import question
from shs_adapter.reasons.reason import ACTORS, Reason
from shs_adapter.reasons.words import NAMES, PARTS, STATES, VERDICTS, outcome

__all__ = [
    "ACTORS",
    "NAMES",
    "PARTS",
    "STATES",
    "VERDICTS",
    "Reason",
    "error",
    "outcome",
    "question",
    "status",
]
