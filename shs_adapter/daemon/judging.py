"""From a stored message to what it was worth: judged against its question, decoded."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row

from shs_adapter.config import Config, Tenant
from shs_adapter.daemon.judging_apart import IN_LOOP, judged_apart
from shs_adapter.daemon.schemas import Schemas
from shs_adapter.errors import Malformed, MalformedMessage
from shs_adapter.shs import message
from shs_adapter.ssbtek import lefi
from shs_adapter.ssbtek.answer import Asked, Judgement, Outcome, Verdict, judge
from shs_adapter.ssbtek.contracts import CONTRACTS
from shs_adapter.ssbtek.question import Agency
from shs_adapter.store import persons
from shs_adapter.store.results import Decoded, Result
from shs_adapter.store.vault import Vault

_USABLE = (Verdict.COMPLETE, Verdict.PARTIAL)


@dataclass(frozen=True, slots=True)
class Opened:
    """The data part of an answer, or the code why there is none; a digest by which it is known again."""

    content: bytes = field(repr=False)
    code: str | None
    sha256: str


def opened(raw: bytes) -> Opened:
    """Take the first data part out of the message *raw*, which need not be held any longer."""
    content, code = b"", None
    try:
        content = payload(raw)
    except MalformedMessage as error:
        code = error.code
    except IndexError:
        code = "no_data_part"
    return Opened(content, code, hashlib.sha256(raw if code else content).hexdigest())


def judged(
    vault: Vault,
    tenants: Mapping[str, Tenant],
    schemas: Schemas,
    answer: Opened,
    question: Row[Any],
    attempt: Row[Any],
) -> Decoded:
    """What it was worth, judged here and now, however long it takes."""
    if answer.code:
        return _undecodable(vault, answer, answer.code)
    contract = CONTRACTS[attempt.contract]
    try:
        held_against = asked(vault, tenants.get(question.tenant), question, attempt)
        found = judge(answer.content, held_against, contract, schemas.checker(contract.NAMESPACE))
    except Malformed as error:
        return _undecodable(vault, answer, error.code)
    return _decoded(vault, answer, found, attempt)


async def judged_beside(
    vault: Vault, config: Config, schemas: Schemas, answer: Opened, question: Row[Any], attempt: Row[Any]
) -> Decoded:
    """The same, a large one in a process of its own; one that takes too long is UNDECODABLE.

    Raises JudgingDied, too.
    """
    if answer.code or len(answer.content) <= IN_LOOP:
        return judged(vault, config.tenants, schemas, answer, question, attempt)
    held_against = asked(vault, config.tenants.get(question.tenant), question, attempt)
    try:
        found = await judged_apart(answer.content, held_against, attempt.contract, config.contracts.directory)
    except Malformed as error:
        return _undecodable(vault, answer, error.code)
    return _decoded(vault, answer, found, attempt)


def _decoded(vault: Vault, answer: Opened, found: Judgement, attempt: Row[Any]) -> Decoded:
    return Decoded(
        outcome=found.verdict,
        code=found.code,
        payload_sha256=vault.keyed(answer.sha256),
        results=tuple(_results(found, attempt)) if found.verdict in _USABLE else (),
        warnings=found.warnings,
    )


def _undecodable(vault: Vault, answer: Opened, code: str) -> Decoded:
    return Decoded(outcome="UNDECODABLE", code=code, payload_sha256=vault.keyed(answer.sha256))


def payload(raw: bytes) -> bytes:
    """The data part of an answer, as SSBTEK wrote it; raises MalformedMessage, or IndexError without one."""
    return message.read(raw).parts[0].content


def asked(vault: Vault, tenant: Tenant | None, question: Row[Any], attempt: Row[Any]) -> Asked:
    """What an answer is held against."""
    details: dict[str, Any] = json.loads(attempt.details or "{}")
    profile = lefi.PROFILES[details.get("lefi_profile", "payments")]
    return Asked(
        correlation_id=attempt.corr_id,
        person=persons.reveal(vault, question).replace("-", "").strip(),
        case_id=attempt.case_sent,
        agencies=frozenset(map(Agency, json.loads(attempt.asked))),
        answered_fund_statuses=frozenset(tenant.answered_fund_statuses if tenant else ()),
        benefit_groups=frozenset(code for codes in profile.values() for code in codes),
        skv_parts=frozenset(details.get("skv_parts", ())),
    )


def _results(found: Judgement, attempt: Row[Any]) -> Iterator[Result]:
    """What each agency said, and which were wanted but could not be asked."""
    periods: dict[str, list[str]] = json.loads(attempt.asked)
    for agency, finding in found.results.items():
        if agency in periods:
            first, last = periods[agency]
            yield Result(
                agency=agency,
                outcome=finding.outcome,
                kalla=finding.kalla,
                felkod=finding.felkod,
                status=finding.status,
                transience=finding.transience,
                protected=finding.protected,
                asked_from=first,
                asked_to=last,
                version=finding.version,
                subs=finding.subs,
                payments=finding.payments,
                facts=finding.facts,
                deviations=finding.deviations,
            )
    left_out: dict[str, str] = json.loads(attempt.left_out)
    for name, code in left_out.items():
        yield Result(agency=name, outcome=Outcome.UNASKED, status=code)
