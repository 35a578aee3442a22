"""The sandbox's certificates: an authority of its own, a server and one client that it vouches for.

Rule: the authority's key is never written, so a set of files is whole or is made anew. The names follow real
SHS certificates (a subject serialNumber of 16 and the organisation number, in one RDN with CN), and every
certificate carries what OpenSSL's strict flags ask for.
"""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_VALIDITY = timedelta(days=365)
_CLOCK_SKEW = timedelta(hours=1)
_RENEWAL = timedelta(days=7)  # a set nearer its end than this is replaced at start


@dataclass(frozen=True, slots=True)
class Certificates:
    """Where the set lies: PEM files, the two keys readable by their owner only."""

    ca: Path
    server: Path
    server_key: Path
    client: Path
    client_key: Path


def write(directory: Path, organisation_number: str, now: datetime) -> Certificates:
    """Return the set in *directory*, made anew if it is not whole, near its end or another organisation's."""
    directory.mkdir(parents=True, exist_ok=True)
    files = Certificates(
        ca=directory / "ca.pem",
        server=directory / "server.pem",
        server_key=directory / "server.key",
        client=directory / "client.pem",
        client_key=directory / "client.key",
    )
    if not _usable(files, organisation_number, now):
        _make(files, organisation_number, now)
    return files


def _usable(files: Certificates, organisation_number: str, now: datetime) -> bool:
    """Whether the whole set is there, belongs together, names the organisation and lasts."""
    try:
        ca, server, client = (
            x509.load_pem_x509_certificate(file.read_bytes())
            for file in (files.ca, files.server, files.client)
        )
        for certificate, key_file in ((server, files.server_key), (client, files.client_key)):
            certificate.verify_directly_issued_by(ca)
            key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
            if key.public_key() != certificate.public_key():
                return False
    except (OSError, ValueError, TypeError, InvalidSignature):
        return False
    return client.subject == _client_name(organisation_number) and all(
        certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc - _RENEWAL
        for certificate in (ca, server, client)
    )


def _make(files: Certificates, organisation_number: str, now: datetime) -> None:
    authority = ec.generate_private_key(ec.SECP256R1())
    server = ec.generate_private_key(ec.SECP256R1())
    client = ec.generate_private_key(ec.SECP256R1())

    def signed(subject: x509.Name, key: ec.EllipticCurvePrivateKey, *extensions: x509.ExtensionType) -> bytes:
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(_AUTHORITY_NAME)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _CLOCK_SKEW)
            .not_valid_after(now + _VALIDITY)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), critical=False
            )
        )
        for extension in extensions:
            critical = isinstance(extension, x509.BasicConstraints | x509.KeyUsage)
            builder = builder.add_extension(extension, critical)
        return builder.sign(authority, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    _put(files.ca, signed(_AUTHORITY_NAME, authority, *_AUTHORITY), 0o644)
    _put(files.server, signed(_SERVER_NAME, server, *_SERVER), 0o644)
    _put(files.server_key, _pem(server), 0o600)
    _put(files.client, signed(_client_name(organisation_number), client, *_CLIENT), 0o644)
    _put(files.client_key, _pem(client), 0o600)


def _put(file: Path, content: bytes, mode: int) -> None:
    """Replace *file* whole; not for a moment does it have a wider mode than *mode*."""
    draft = file.with_name(f"{file.name}.new")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "wb") as stream:
        stream.write(content)
    draft.replace(file)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _name(*last: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    """A subject whose last RDN holds all of *last*."""
    sets = [[(NameOID.COUNTRY_NAME, "SE")], [(NameOID.ORGANIZATION_NAME, "SHS adapter sandbox")], last]
    return x509.Name(
        [x509.RelativeDistinguishedName(x509.NameAttribute(*pair) for pair in pairs) for pairs in sets]
    )


def _client_name(organisation_number: str) -> x509.Name:
    return _name(
        (NameOID.SERIAL_NUMBER, f"16{organisation_number}"), (NameOID.COMMON_NAME, "shs-adapter-sandbox")
    )


def _key_usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


_AUTHORITY_NAME = _name((NameOID.COMMON_NAME, "SHS adapter sandbox CA"))
_SERVER_NAME = _name((NameOID.COMMON_NAME, "localhost"))
_AUTHORITY = (x509.BasicConstraints(ca=True, path_length=0), _key_usage(authority=True))
_END_ENTITY = (x509.BasicConstraints(ca=False, path_length=None), _key_usage(authority=False))
_SERVER = (
    *_END_ENTITY,
    x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),
    x509.SubjectAlternativeName(
        [
            x509.DNSName("localhost"),
            x509.IPAddress(ip_address("127.0.0.1")),
            x509.IPAddress(ip_address("::1")),
        ]
    ),
)
_CLIENT = (*_END_ENTITY, x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]))
