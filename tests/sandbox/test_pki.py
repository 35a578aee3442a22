"""The sandbox's certificates, read as OpenSSL and a node read them."""

import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from shs_adapter.sandbox import pki

ORGANISATION = "2120002411"
NOW = datetime.now(UTC)
FILES = ("ca.pem", "server.pem", "server.key", "client.pem", "client.key")


def contents(directory: Path) -> dict[str, bytes]:
    return {name: (directory / name).read_bytes() for name in FILES}


def handshake(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> ssl.SSLObject:
    """Shake hands in memory; returns the server's side."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    inside = server.wrap_bio(to_server, to_client, server_side=True)
    outside = client.wrap_bio(to_client, to_server, server_hostname=name)
    waiting = [outside, inside]
    while waiting:
        side = waiting.pop(0)
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            waiting.append(side)
    return inside


def strict(certificates: pki.Certificates, side: int) -> ssl.SSLContext:
    context = ssl.SSLContext(side)
    context.load_verify_locations(certificates.ca)
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1"])
def test_both_chains_stand_openssls_strict_flags(tmp_path: Path, name: str) -> None:
    certificates = pki.write(tmp_path, ORGANISATION, NOW)
    server = strict(certificates, ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificates.server, certificates.server_key)
    client = strict(certificates, ssl.PROTOCOL_TLS_CLIENT)
    client.load_cert_chain(certificates.client, certificates.client_key)

    inside = handshake(server, client, name)

    assert inside.version() == "TLSv1.3"


def test_the_client_is_named_by_16_and_its_organisation_number_beside_its_common_name(tmp_path: Path) -> None:
    certificates = pki.write(tmp_path, ORGANISATION, NOW)

    subject = x509.load_pem_x509_certificate(certificates.client.read_bytes()).subject

    shared = [{a.rfc4514_attribute_name: a.value for a in rdn} for rdn in subject.rdns][-1]
    assert len(shared) == 2
    assert shared["2.5.4.5"] == "162120002411"


@pytest.mark.parametrize("certificate", ["ca.pem", "server.pem", "client.pem"])
def test_a_certificate_lasts_a_year(tmp_path: Path, certificate: str) -> None:
    pki.write(tmp_path, ORGANISATION, NOW)

    made = x509.load_pem_x509_certificate((tmp_path / certificate).read_bytes())

    assert made.not_valid_after_utc == (NOW + timedelta(days=365)).replace(microsecond=0)


def test_keys_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    certificates = pki.write(tmp_path, ORGANISATION, NOW)

    modes = [stat.S_IMODE(key.stat().st_mode) for key in (certificates.server_key, certificates.client_key)]

    assert modes == [0o600, 0o600]


def test_the_key_of_the_authority_is_not_kept(tmp_path: Path) -> None:
    pki.write(tmp_path, ORGANISATION, NOW)

    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(FILES)


def test_a_sandbox_started_again_keeps_its_certificates(tmp_path: Path) -> None:
    pki.write(tmp_path, ORGANISATION, NOW)
    before = contents(tmp_path)

    pki.write(tmp_path, ORGANISATION, NOW + timedelta(days=300))

    assert contents(tmp_path) == before


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", [b"", b"-----BEGIN NOTHING-----\n", None])
def test_a_broken_or_missing_file_costs_the_whole_set(
    tmp_path: Path, name: str, damage: bytes | None
) -> None:
    pki.write(tmp_path, ORGANISATION, NOW)
    before = contents(tmp_path)
    (tmp_path / name).unlink()
    if damage is not None:
        (tmp_path / name).write_bytes(damage)

    pki.write(tmp_path, ORGANISATION, NOW)

    after = contents(tmp_path)
    assert all(after[file] != before[file] for file in FILES)


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_another_set_costs_the_whole_set(tmp_path: Path, name: str) -> None:
    own, other = tmp_path / "own", tmp_path / "other"
    pki.write(own, ORGANISATION, NOW)
    pki.write(other, ORGANISATION, NOW)
    (own / name).write_bytes((other / name).read_bytes())
    before = contents(own)

    pki.write(own, ORGANISATION, NOW)

    assert all(contents(own)[file] != before[file] for file in FILES)


def test_certificates_near_their_end_are_replaced(tmp_path: Path) -> None:
    pki.write(tmp_path, ORGANISATION, NOW)
    before = contents(tmp_path)

    pki.write(tmp_path, ORGANISATION, NOW + timedelta(days=360))

    assert contents(tmp_path) != before


def test_certificates_of_another_organisation_are_replaced(tmp_path: Path) -> None:
    pki.write(tmp_path, ORGANISATION, NOW)
    before = contents(tmp_path)

    pki.write(tmp_path, "2120001355", NOW)

    assert contents(tmp_path) != before
