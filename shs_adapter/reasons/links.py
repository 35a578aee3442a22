"""Why a link is down: a sentence for each code, in Swedish and in English. Each says whose it is to mend."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Why:
    swedish: str
    english: str


_NODES_CERTIFICATE = (
    "Noden, eller den som driver ett filter på vägen, byter det.",
    "The node's operator renews it.",
)
_TRUST = (
    "Driften jämför inställningen ca med vad noden har.",
    "Compare the setting `ca` with what the node has.",
)

_WHYS: Mapping[str, Why] = {
    "dns": Why(
        "Nodens namn finns inte i DNS. Driften ser över namnet och kommunens namnservrar.",
        "DNS does not know the node's name. Look at the name, and at your name servers.",
    ),
    "refused": Why(
        "Noden vägrar anslutningen: porten är stängd. Felet ligger hos noden, eller i en brandvägg.",
        "The node refuses connections: the port is closed, at the node or by a firewall.",
    ),
    "unreachable": Why(
        "Det finns ingen väg till noden. Felet ligger i nätet.",
        "There is no route to the node. The network is at fault.",
    ),
    "connect_timeout": Why(
        "Noden svarar inte på anslutningen. En brandvägg släpper kanske inte igenom den.",
        "The node does not answer the connection. A firewall may drop it.",
    ),
    "timeout": Why(
        "Noden svarade inte i tid. Felet ligger hos noden, eller på vägen dit.",
        "The node did not answer in time. The fault is the node's, or on the way there.",
    ),
    "connection_lost": Why(
        "Anslutningen bröts. En nod som inte godtar klientcertifikatet kan göra så; annars är det nätet.",
        "The connection broke. A node that does not take the client certificate may do so; else the network.",
    ),
    "tls_client_certificate": Why(
        "Noden godtar inte klientcertifikatet. Driften ser efter om det har gått ut och om noden känner det.",
        "The node does not take the client certificate. It may have expired, or the node may not know it.",
    ),
    "tls": Why(
        "TLS kom inte till stånd. Driften jämför vad noden kräver med vad som är inställt.",
        "TLS could not be agreed on. Compare what the node demands with what is configured.",
    ),
    "server_certificate": Why(
        f"Nodens certifikat godtas inte. {_TRUST[0]}", f"The node's certificate is not trusted. {_TRUST[1]}"
    ),
    "server_certificate_expired": Why(
        f"Nodens certifikat har gått ut. {_NODES_CERTIFICATE[0]}",
        f"The node's certificate has expired. {_NODES_CERTIFICATE[1]}",
    ),
    "server_certificate_not_yet_valid": Why(
        "Nodens certifikat gäller inte än. Driften ser efter om den egna klockan går rätt.",
        "The node's certificate is not valid yet. See whether the clock of this machine is right.",
    ),
    "server_certificate_other_host": Why(
        "Nodens certifikat gäller ett annat namn. Driften ser över adressen i inställningarna.",
        "The node's certificate bears another name. Look at the address in the configuration.",
    ),
    "server_certificate_unknown_issuer": Why(
        f"Nodens certifikat är utfärdat av någon som inte är betrodd. {_TRUST[0]}",
        f"The node's certificate was issued by somebody who is not trusted. {_TRUST[1]}",
    ),
    "server_certificate_weak": Why(
        f"Nodens certifikat har en för svag nyckel. {_NODES_CERTIFICATE[0]}",
        f"The node's certificate has a key that is too weak. {_NODES_CERTIFICATE[1]}",
    ),
    "reply_unreadable": Why(
        "Det som kom var inget HTTP-svar. Felet ligger hos noden, eller hos en proxy på vägen.",
        "What came was no reply of HTTP. The node is at fault, or a proxy on the way.",
    ),
}


def why(code: str | None) -> Why | None:
    """None for a code that says all there is to say, as `http_503` and `shs:MissingAgreement` do."""
    return _WHYS.get(code or "")
