"""What can go wrong in the sandbox, each fault with a sentence for the operator.

Source: ssbtek-data c. What is missing here, the right question brings about: CSN's -1004 to -1006 and LEFI's
400 and 403.
"""

from enum import StrEnum


class Fault(StrEnum):
    """For one person of the cast, or, switched on, for every question."""

    story: str

    def __new__(cls, name: str, story: str = "") -> "Fault":  # a type checker takes Fault(name) for this
        fault = str.__new__(cls, name)
        fault._value_ = name
        fault.story = story
        return fault

    NONE = "none", "All is well."

    # What comes back
    SHS_ERROR = "shs-error", "An SHS error message comes instead of an answer."
    SILENT = "silent", "No answer ever comes."
    LATE = "late", "The answer comes after --late seconds."
    TWICE = "twice", "The answer comes twice."
    SOAP_FAULT = "soap-fault", "The whole question is refused with a SOAP fault."

    # What it is an answer to
    WRONG_PERSON = "wrong-person", "The answer is about somebody else."
    WRONG_CASE = "wrong-case", "AF and SO answer for another case."
    WRONG_CORRELATION = "wrong-correlation", "The answer has another korrelationsid."
    MISSING = "missing", "The last agency asked is not in the answer."
    UNASKED = "unasked", "An agency that was not asked answers, too, if there is one."

    # An error instead of an agency's data
    SSBT_TIMEOUT = "ssbt-timeout", "AF does not answer SSBTEK in time."
    PASSING = "passing", "As ssbt-timeout, until asked with another korrelationsid."
    BT_ERROR = "bt-error", "SKV has an error of its own."
    SKV_FAULT = "skv-fault", "SKV has an error with a fault code of Skatteverket's."
    MIV_FAULT = "miv-fault", "MIV has an error of its own."

    # A failure told inside an agency's data
    AF_502 = "af-502", "AF cannot see a job seeker's activity report."
    CSN_PARTLY_DOWN = "csn-partly-down", "CSN -1102: no studiemedel, no studiehjälp."
    CSN_1003 = "csn-1003", "CSN -1003, which its list does not explain."
    CSN_1007 = "csn-1007", "CSN -1007: the schema's version."
    CSN_1101 = "csn-1101", "CSN -1101: no hemutrustningslån."
    CSN_1103 = "csn-1103", "CSN -1103: nothing can be reached."
    CSN_1104 = "csn-1104", "CSN -1104: no omställningsstudiestöd."
    LEFI_SUPPLIER_DOWN = "lefi-supplier-down", "FK: Pensionsmyndigheten is OTILLGANGLIG."
    LEFI_SUPPLIER_FAULTY = "lefi-supplier-faulty", "FK: Försäkringskassan is FELANDE."
    LEFI_DOWN = "lefi-down", "FK: both suppliers are OTILLGANGLIG."
    LEFI_INTERNAL_ERROR = "lefi-internal-error", "FK: INTERNT_FEL for one benefit group."
    LEFI_UNAUTHORISED = "lefi-unauthorised", "FK: OBEHORIG for one benefit group."
    FUND_SILENT = "fund-silent", "SO: the fund that pays has not answered."
    TNS_FEL = "tns-fel", "TNS answers FEL."
    SKV_999 = "skv-999", "SKV in v10: the person has status 999."
    SKV_PART_TIMEOUT = "skv-part-timeout", "SKV in v11: skattekonto was not answered in time."
    SKV_PART_404 = "skv-part-404", "SKV in v11: individuppgifter is not found."

    # Data that deviates: see `deviations`
    SUMS_OFF = "sums-off", "Payments of FK, PM and CSN do not add up."
    NOVELTY = "novelty", "Codes that nobody knows, in FK and CSN."
    SLOPPY = "sloppy", "AF, SO and MIV deviate from the contract as real ones do."
    FK_BROKEN = "fk-broken", "FK's JSON is cut off."
    CSN_BROKEN = "csn-broken", "CSN's document is cut off."
    SKV_BROKEN = "skv-broken", "SKV's document is cut off; in v11 every part."
