"""From a question to the SHS message that carries it. Pure: ids and times are passed in."""

from datetime import date, datetime

from shs_adapter.config import Tenant
from shs_adapter.daemon.intake import Intake
from shs_adapter.daemon.schemas import Schemas
from shs_adapter.errors import InvalidQuestion
from shs_adapter.shs import message
from shs_adapter.shs.label import Label, SequenceType, Status
from shs_adapter.shs.mime import Part
from shs_adapter.ssbtek import question as ssbtek
from shs_adapter.ssbtek import soap
from shs_adapter.ssbtek.contracts import CONTRACTS
from shs_adapter.store.attempts import Envelope


def build(
    intake: Intake,
    tenant_name: str,
    tenant: Tenant,
    *,
    tx_id: str,
    content_id: str,
    today: date,
    local_now: datetime,
    limit: int,
    schemas: Schemas,
) -> Envelope:
    """Freeze one envelope; raises InvalidQuestion where the question cannot be put.

    tx.id, corr.id and korrelationsid are one and the same: this message opens its conversation.
    """
    plan = ssbtek.plan(intake.agencies, intake.period, intake.person, today)
    case_sent = ssbtek.alias(tenant_name, "case_id", intake.case_id)
    officer_sent = ssbtek.alias(tenant_name, "officer", intake.officer)
    question = ssbtek.Question(
        correlation_id=tx_id,
        submitter=ssbtek.Submitter(
            organisation_number=tenant.organisation_number, name=tenant.name, officer=officer_sent
        ),
        person=intake.person,
        case_id=case_sent,
        period=intake.period,
        purpose=intake.purpose,
        legal_basis=intake.legal_basis,
        plan=plan,
        aktorsid=tenant.aktorsid,
        lefi_profile=intake.lefi_profile,
        skv_years=ssbtek.last_tax_years(today),
        skv_parts=frozenset(tenant.skv.parts),
        processors=tuple(
            ssbtek.Processor(organisation_number=one.organisation_number, name=one.name)
            for one in tenant.processors
        ),
    )
    ssbtek.check(question)
    contract = CONTRACTS[intake.contract]
    document = contract.write(question)
    broken = schemas.question(document, contract.NAMESPACE)
    if broken is not None:
        raise InvalidQuestion("schema", f"the question breaks the agencies' schema: {broken}")
    raw = message.build(
        Label(
            tx_id=tx_id,
            corr_id=tx_id,
            content_id=content_id,
            sequence_type=SequenceType.REQUEST,
            product=tenant.shs.product,
            datetime=local_now,
            sender=tenant.shs.sender,
            to=tenant.shs.to,
            agreement=tenant.shs.agreement or "",
            status=Status(tenant.shs.status),
        ),
        [_part(document, tenant)],
    )
    if len(raw) > limit:
        raise InvalidQuestion(
            "message_too_large",
            f"the message has {len(raw)} bytes, and [limits] message_bytes allows {limit}: shorten the"
            " tenant's purpose and legal basis, or raise the limit",
        )
    return Envelope(
        tx_id=tx_id,
        corr_id=tx_id,
        content_id=content_id,
        contract=intake.contract,
        raw=raw,
        case_sent=case_sent,
        officer_sent=officer_sent,
        from_date=str(intake.period.first),
        to_date=str(intake.period.last),
        asked={agency: (str(period.first), str(period.last)) for agency, period in plan.asked.items()},
        left_out={str(agency): code for agency, code in plan.left_out.items()},
        details={
            "lefi_profile": question.lefi_profile,
            "skv_years": question.skv_years,
            "skv_parts": sorted(question.skv_parts),
        },
    )


def _part(document: bytes, tenant: Tenant) -> Part:
    return Part(
        datapart_type=tenant.shs.datapart_type,
        content_type="text/xml; charset=UTF-8",
        transfer_encoding="binary",
        filename="",
        content=soap.wrap(document) if tenant.shs.payload == "soap" else document,
    )
