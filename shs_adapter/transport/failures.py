"""Why a request failed, as a code: whose it is depends on it. Texts of the exceptions may quote data.

Rule: as exact as the exception is. Under TLS 1.3 a node may refuse our certificate after the handshake, with
an alert where there should be a reply; one that only hangs up looks like a cable that was pulled out.
"""

import errno
import socket
import ssl
from collections.abc import Iterator, Mapping

import aiohttp
from aiohttp.http_exceptions import ContentEncodingError

# What OpenSSL says of the node's certificate (X509_V_ERR_…).
_CERTIFICATE: Mapping[int, str] = {
    9: "server_certificate_not_yet_valid",
    10: "server_certificate_expired",
    **dict.fromkeys((2, 18, 19, 20, 21), "server_certificate_unknown_issuer"),
    62: "server_certificate_other_host",
    64: "server_certificate_other_host",  # an address
    **dict.fromkeys((66, 67, 68), "server_certificate_weak"),
}
# What nodes say of ours: TLS alerts, and what OpenSSL calls them.
_ALERTS = (
    *("CERTIFICATE_REQUIRED", "BAD_CERTIFICATE", "UNSUPPORTED_CERTIFICATE", "CERTIFICATE_REVOKED"),
    *("CERTIFICATE_EXPIRED", "CERTIFICATE_UNKNOWN", "UNKNOWN_CA", "ACCESS_DENIED"),
)
_UNREACHABLE = (errno.ENETDOWN, errno.ENETUNREACH, errno.EHOSTDOWN, errno.EHOSTUNREACH)


def code(error: BaseException) -> str:
    """The code of an exception that aiohttp or the socket raised."""
    return next((found for one in _chain(error) if (found := _of(one))), "connection_lost")


def is_garbled(error: BaseException) -> bool:
    """Whether a body came that is not encoded as its headers say; else it ended early."""
    return any(isinstance(one, ContentEncodingError) for one in _chain(error))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = getattr(error, "os_error", None) or error.__cause__ or error.__context__


def _of(error: BaseException) -> str | None:
    match error:
        case aiohttp.ClientSSLError():
            return None  # its cause says more
        case ssl.SSLCertVerificationError():
            return _CERTIFICATE.get(error.verify_code, "server_certificate")
        case ssl.SSLError():
            reason = error.reason or ""
            return "tls_client_certificate" if any(alert in reason for alert in _ALERTS) else "tls"
        case aiohttp.ClientConnectorDNSError() | socket.gaierror():
            return "dns"
        case aiohttp.ConnectionTimeoutError():
            return "connect_timeout"
        case TimeoutError():
            return "timeout"
        case ConnectionRefusedError():
            return "refused"
        case OSError() if error.errno in _UNREACHABLE:
            return "unreachable"
    return None
