"""An attacker who may lay messages into a mailbox and knows a corr.id: it stands in lists, logs and reports.

    python -m tests.hostile.forged_answers CORR_ID >message

writes an answer that says "nothing found" of whoever was asked about in that conversation, without naming
anybody: put it into a mailbox that the adapter polls.
"""

import sys
from datetime import datetime
from uuid import uuid4

from shs_adapter.sandbox import letters
from shs_adapter.sandbox.letters import ORGANISATION, PRODUCT, Letter
from shs_adapter.shs.label import Label, SequenceType, Status
from shs_adapter.shs.mime import Part

_NAMESPACE = "http://schema.forsakringskassan.se/integration/ssbt/10"
# Nothing in it says whom or which question it is about.
NOTHING = (
    f'<s:hamtaBastjanstInformationResponse xmlns:s="{_NAMESPACE}"><s:svarsdata>'
    "<s:SO><s:data><ArbetsloshetsersattningLista><Arbetsloshetsersattning>"
    "<SvarandeOrganisation>Kassan</SvarandeOrganisation>"
    "<StatusSvarandeOrganisation>all clear</StatusSvarandeOrganisation>"
    "</Arbetsloshetsersattning></ArbetsloshetsersattningLista></s:data></s:SO>"
    "<s:TNS><s:data><resultat>OK</resultat></s:data></s:TNS>"
    "</s:svarsdata></s:hamtaBastjanstInformationResponse>"
).encode()


def original(corr_id: str, receiver: str, sender: str = ORGANISATION) -> Label:
    """What the label of the question must have been, as far as an attacker can tell."""
    return Label(
        tx_id=str(uuid4()),
        corr_id=corr_id,
        content_id=corr_id,
        sequence_type=SequenceType.REQUEST,
        product=PRODUCT,
        datetime=datetime(2026, 11, 23, 8, 30),  # noqa: DTZ001  # labels have no zone
        sender=receiver,
        to=sender,
        status=Status.TEST,
    )


def nothing_found(corr_id: str, receiver: str, now: datetime) -> Letter:
    """An answer that verifies nothing and looks as if it did."""
    return letters.answer(original(corr_id, receiver), Part(content=b""), NOTHING, now)


if __name__ == "__main__":
    forged = nothing_found(sys.argv[1], "2120002411", datetime(2026, 11, 23, 8, 30))  # noqa: DTZ001
    sys.stdout.buffer.write(forged.raw)
