"""Decode: an answer in the inbox is judged, and its question learns what it was worth.

Only from what is stored: a crash here costs time, and decoding again gives the same.
"""

import hashlib
import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from shs_adapter.daemon.context import Context
from shs_adapter.errors import Malformed
from shs_adapter.log import describe, event
from shs_adapter.shs import message
from shs_adapter.ssbtek.answer import Asked, Judgement, Outcome, Verdict, judge
from shs_adapter.ssbtek.contracts import CONTRACTS
from shs_adapter.ssbtek.question import Agency
from shs_adapter.store import answers, attempts, inbox, outbox, persons
from shs_adapter.store.answers import Decoded, Result

_log = logging.getLogger(__name__)

_BATCH = 20
_USABLE = (Verdict.COMPLETE, Verdict.PARTIAL)
_ALARMING = ("FAULT", "UNDECODABLE", "QUARANTINED")


class Decode:
    def __init__(self, context: Context) -> None:
        self._context = context

    async def turn(self) -> bool:
        context = self._context
        async with context.engine.begin() as connection:
            rows = await inbox.undecoded(connection, context.now(), _BATCH)
        for row in rows:
            try:
                await self._decode(row)
            except Exception as error:
                event(_log, "surprise", logging.ERROR, id=row.outbox_id, error=describe(error))
                rest: timedelta = context.rest(row.decode_tries + 1)
                async with context.engine.begin() as connection:
                    await inbox.defer(connection, row.id, context.now(), rest)
        return bool(rows)

    async def _decode(self, row: Row[Any]) -> None:
        context = self._context
        async with context.engine.begin() as connection:
            question = await outbox.one(connection, row.outbox_id)
            attempt = await attempts.by_tx_id(connection, row.attempt_tx_id)
        decoded = self._judged(row, question, attempt)
        async with context.engine.begin() as connection:
            worth = await answers.keep(
                connection,
                context.vault,
                row,
                decoded,
                context.now(),
                context.owner,
                context.asking_again,
            )
            await context.step("decoding")
        level = logging.ERROR if decoded.outcome in _ALARMING else logging.INFO
        told = {"worth": worth, "code": decoded.code, "warnings": decoded.warnings}
        event(_log, "decoded", level, id=question.id, tx_id=row.tx_id, **told)

    def _judged(self, row: Row[Any], question: Row[Any], attempt: Row[Any]) -> Decoded:
        """Judge the first data part; an answer has one."""
        context = self._context
        raw = inbox.body(context.vault, row)
        digest = hashlib.sha256(raw).hexdigest()
        try:
            payload = message.read(raw).parts[0].content
            digest = hashlib.sha256(payload).hexdigest()
            tenant = context.config.tenants.get(question.tenant)
            asked = Asked(
                correlation_id=attempt.corr_id,
                person=persons.reveal(context.vault, question).replace("-", "").strip(),
                case_id=attempt.case_sent,
                agencies=frozenset(map(Agency, json.loads(attempt.asked))),
                answered_fund_statuses=frozenset(tenant.answered_fund_statuses if tenant else ()),
            )
            judged = judge(payload, asked, CONTRACTS[attempt.contract])
        except (Malformed, IndexError) as error:
            code = error.code if isinstance(error, Malformed) else "no_data_part"
            return Decoded(outcome="UNDECODABLE", code=code, payload_sha256=digest)
        return Decoded(
            outcome=judged.verdict,
            code=judged.code,
            payload_sha256=digest,
            results=tuple(_results(judged, attempt)) if judged.verdict in _USABLE else (),
            warnings=judged.warnings,
        )


def _results(judged: Judgement, attempt: Row[Any]) -> Iterator[Result]:
    """What each agency said, and which were wanted but could not be asked."""
    periods: dict[str, list[str]] = json.loads(attempt.asked)
    for agency, found in judged.results.items():
        if agency in periods:
            first, last = periods[agency]
            yield Result(
                agency=agency,
                outcome=found.outcome,
                kalla=found.kalla,
                felkod=found.felkod,
                status=found.status,
                protected=found.protected,
                asked_from=first,
                asked_to=last,
            )
    left_out: dict[str, str] = json.loads(attempt.left_out)
    for name, code in left_out.items():
        yield Result(agency=name, outcome=Outcome.UNASKED, status=code)
