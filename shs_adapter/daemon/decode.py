"""Decode: an answer in the inbox is judged, and its question learns what it was worth.

Only from what is stored: a crash here costs time, and decoding again gives the same.
"""

import hashlib
import json
import logging
from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from shs_adapter.daemon.context import Context
from shs_adapter.errors import Malformed, MalformedMessage
from shs_adapter.log import describe, event
from shs_adapter.shs import message
from shs_adapter.ssbtek.answer import Asked, Outcome, Verdict, judge
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
            worth = await answers.keep(connection, row, decoded, context.now(), context.owner)
            await context.step("decoding")
        level = logging.ERROR if decoded.outcome in _ALARMING else logging.INFO
        event(_log, "decoded", level, id=question.id, tx_id=row.tx_id, worth=worth, code=decoded.code)

    def _judged(self, row: Row[Any], question: Row[Any], attempt: Row[Any]) -> Decoded:
        """Judge the first data part; an answer has one."""
        context = self._context
        raw = inbox.body(context.vault, row)
        digest = hashlib.sha256(raw).hexdigest()
        try:
            payload = message.read(raw).parts[0].content
            digest = hashlib.sha256(payload).hexdigest()
            periods: dict[str, list[str]] = json.loads(attempt.asked)
            tenant = context.config.tenants.get(question.tenant)
            asked = Asked(
                correlation_id=attempt.corr_id,
                person=persons.reveal(context.vault, question).replace("-", "").strip(),
                case_id=attempt.case_sent,
                agencies=frozenset(map(Agency, periods)),
                answered_fund_statuses=frozenset(tenant.answered_fund_statuses if tenant else ()),
            )
            judged = judge(payload, asked, CONTRACTS[attempt.contract])
        except (MalformedMessage, Malformed, IndexError) as error:
            code = error.code if isinstance(error, Malformed) else "no_data_part"
            return Decoded(outcome="UNDECODABLE", code=code, payload_sha256=digest)
        results: list[Result] = []
        if judged.verdict in _USABLE:
            results = [
                Result(
                    agency=found.agency,
                    outcome=found.outcome,
                    kalla=found.kalla,
                    felkod=found.felkod,
                    status=found.status,
                    protected=found.protected,
                    asked_from=periods[found.agency][0],
                    asked_to=periods[found.agency][1],
                )
                for found in judged.results
                if found.agency in periods
            ]
            left_out: dict[str, str] = json.loads(attempt.left_out)
            results += [
                Result(agency=agency, outcome=Outcome.UNASKED, status=code)
                for agency, code in left_out.items()
            ]
        return Decoded(outcome=judged.verdict, code=judged.code, payload_sha256=digest, results=results)
