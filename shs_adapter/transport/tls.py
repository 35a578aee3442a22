"""Mutual TLS, with every decision written out."""

import ssl
from pathlib import Path

from shs_adapter.errors import CannotStart


def client_context(certificate: Path, private_key: Path, ca: Path) -> ssl.SSLContext:
    """TLS 1.2 or newer, our certificate, and a server that chains to one in *ca* and bears the host's name.

    Raises CannotStart naming the file that cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # checks chain and host name
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # Some nodes ask for our certificate only when they have seen the path (Apache's <Location>, IIS).
    context.post_handshake_auth = True
    # *ca* may be the node's own certificate, or the authority that issued it without those above it, as curl,
    # Java and newer Pythons take them; the host's name is checked all the same.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    # Older certificates of the agencies name the host in CN alone; it counts only where no dNSName is given.
    context.hostname_checks_common_name = True
    # Python 3.13 would refuse chains without key identifiers, earlier ones not: the same on all.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    try:
        context.load_verify_locations(_readable(ca))
    except (ssl.SSLError, ValueError):
        raise CannotStart("tls_ca", f"{ca}: holds no CA certificate in PEM form") from None
    try:
        context.load_cert_chain(_readable(certificate), _readable(private_key), password=_no_password)
    except (ssl.SSLError, ValueError):
        raise CannotStart(
            "tls_certificate",
            f"{certificate} and {private_key}: are not a certificate and its unencrypted key",
        ) from None
    return context


def _readable(file: Path) -> Path:
    try:
        with file.open("rb"):
            return file
    except OSError as error:
        raise CannotStart("tls_file", f"{file}: cannot be read ({error.strerror})") from None


def _no_password() -> str:
    return ""  # without this OpenSSL would ask on the terminal
