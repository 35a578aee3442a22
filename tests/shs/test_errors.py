import pytest

from shs_adapter.shs import errors
from shs_adapter.shs.errors import Blame


@pytest.mark.parametrize(
    ("code", "blame"),
    [
        ("IllegalMessageStructure", Blame.MESSAGE),
        ("IllegalDatapartContent", Blame.MESSAGE),
        ("IllegalOriginator", Blame.MESSAGE),
        ("IllegalEndRecipient", Blame.MESSAGE),
        ("UnresolvedReceiver", Blame.CONFIGURATION),
        ("MissingAgreement", Blame.CONFIGURATION),
        ("MissingDeliveryAddress", Blame.CONFIGURATION),
        ("IllegalProductType", Blame.CONFIGURATION),
        ("UnknownProductType", Blame.CONFIGURATION),
        ("IllegalReceiver", Blame.CONFIGURATION),
        ("UnknownReceiver", Blame.CONFIGURATION),
        ("IllegalSender", Blame.CONFIGURATION),
        ("UnknownSender", Blame.CONFIGURATION),
        ("MissingDeliveryExecution", Blame.TRANSIENT),
        ("OtherError", Blame.TRANSIENT),
        ("", Blame.TRANSIENT),
        ("SomethingNew", Blame.TRANSIENT),
    ],
)
def test_each_code_has_its_blame_in_any_case(code: str, blame: Blame) -> None:
    assert errors.blame(code) is blame
    assert errors.blame(f" {code.upper()} ") is blame


def test_a_code_that_nobody_knows_is_never_repeated() -> None:
    assert errors.canonical("201701012393") == "OtherError"
    assert errors.canonical("missingagreement") == "MissingAgreement"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", None),
        ("java.lang.RuntimeException: boom", None),
        ("Failure [contentId=i, corrId=c, errorCode=MissingAgreement, errorInfo=none]", "MissingAgreement"),
        ("OtherError: remote said x-shs-errorcode=unknownreceiver", "UnknownReceiver"),
        ("MissingDeliveryExecution to node", "MissingDeliveryExecution"),
        ("NotMissingAgreementAtAll", None),
    ],
)
def test_a_code_is_dug_out_of_a_text(text: str, code: str | None) -> None:
    assert errors.code_in(text) == code


@pytest.mark.parametrize(
    ("code", "text", "exact"),
    [
        ("MissingDeliveryExecution", "errorCode=IllegalMessageStructure", "IllegalMessageStructure"),
        ("", "errorCode=UnknownSender", "UnknownSender"),
        ("OtherError", "no idea", "OtherError"),
        ("MissingAgreement", "errorCode=UnknownSender", "MissingAgreement"),
    ],
)
def test_only_a_vague_code_gives_way_to_one_in_the_text(code: str, text: str, exact: str) -> None:
    assert errors.exact(code, text) == exact
