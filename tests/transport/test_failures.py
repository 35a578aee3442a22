"""Why a request failed: each cause has a code of its own, and no text of an exception is told."""

import asyncio
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from shs_adapter.errors import NodeUnreachable, UnexpectedReply
from shs_adapter.reasons.links import why
from shs_adapter.sandbox import pki
from shs_adapter.transport.http import Http
from shs_adapter.transport.tls import client_context

_CLIENT = "2120002411"
_DAY = timedelta(days=1)
_NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an authority")])
_ROOT = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a root")])


@asynccontextmanager
async def asking(directory: Path, ca: Path | None = None) -> AsyncIterator[Http]:
    files = pki.write(directory, _CLIENT, datetime.now(UTC))
    context = client_context(files.client, files.client_key, ca or files.ca)
    second = timedelta(seconds=1)
    http = Http(context, connect=second, total=20 * second, limit=1 << 20, connections=2)
    try:
        yield http
    finally:
        await http.close()


async def told(http: Http, url: str) -> str:
    """The code by which the request fails, or the status of its reply."""
    try:
        return str((await http.request("GET", url)).status)
    except (NodeUnreachable, UnexpectedReply) as error:
        return str(error)  # which is its code, and quotes nothing


# What the network says


async def test_a_closed_port_refuses(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]

    async with asking(tmp_path) as http:
        assert await told(http, f"https://localhost:{port}/") == "refused"


async def test_a_name_that_nobody_has_is_not_found(tmp_path: Path) -> None:
    async with asking(tmp_path) as http:
        assert await told(http, "https://node.invalid/") == "dns"


async def test_who_does_not_answer_a_connection_is_told_from_who_is_slow(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0), backlog=0)) as server:
        address = server.getsockname()
        waiting = [socket.socket() for _ in range(4)]  # they fill what the system accepts by itself
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(address)
        async with asking(tmp_path) as http:
            code = await told(http, f"https://127.0.0.1:{address[1]}/")
        for one in waiting:
            one.close()

    assert code == "connect_timeout"


# What TLS says


def certificate(directory: Path, kind: str, *, is_root: bool = True) -> tuple[Path, Path, Path]:
    """A server's certificate with a fault, its key, and the authority that issued it; another than a root has
    been certified by somebody else.
    """
    now = datetime.now(UTC)
    authority, above = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey = ec.generate_private_key(ec.SECP256R1())
    if kind == "weak":
        key = rsa.generate_private_key(65537, 1024)  # noqa: S505  # as it is meant to be
    begins = now + _DAY if kind == "not yet valid" else now - 3 * _DAY
    ends = now - _DAY if kind == "expired" else now + 9 * _DAY
    host = "elsewhere.example" if kind == "other host" else "localhost"

    def signed(subject: x509.Name, public: object, *, ca: bool) -> x509.Certificate:
        issuer, signer = (_NAME, authority) if is_root or not ca else (_ROOT, above)
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer)
        builder = builder.public_key(public).serial_number(x509.random_serial_number())  # type: ignore[arg-type]
        builder = builder.not_valid_before(begins if not ca else now - 9 * _DAY)
        builder = builder.not_valid_after(ends if not ca else now + 99 * _DAY)
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        if not ca:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        return builder.sign(signer, hashes.SHA256())

    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    files = directory / "bad.pem", directory / "bad.key", directory / "bad-ca.pem"
    files[0].write_bytes(signed(name, key.public_key(), ca=False).public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    files[2].write_bytes(
        signed(_NAME, authority.public_key(), ca=True).public_bytes(serialization.Encoding.PEM)
    )
    return files


def answer(secured: ssl.SSLSocket) -> None:
    secured.recv(1000)
    secured.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


@contextmanager
def tls_server(context: ssl.SSLContext, handle: Callable[[ssl.SSLSocket], None] = answer) -> Iterator[str]:
    """One that sends alerts, as real nodes do; asyncio's hangs up without."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False) as secured:
                try:
                    secured.do_handshake()
                    handle(secured)
                except OSError:
                    # Read to the end: unread bytes would make it a reset, which overtakes the alert.
                    plain = socket.socket(fileno=secured.detach())
                    with plain, suppress(OSError):
                        plain.shutdown(socket.SHUT_WR)
                        while plain.recv(1000):
                            pass

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"https://localhost:{server.getsockname()[1]}/"
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join()


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("expired", "server_certificate_expired"),
        ("not yet valid", "server_certificate_not_yet_valid"),
        ("other host", "server_certificate_other_host"),
        ("unknown issuer", "server_certificate_unknown_issuer"),
        ("weak", "server_certificate_weak"),
        ("good", "200"),
    ],
)
async def test_what_is_wrong_with_the_nodes_certificate(tmp_path: Path, kind: str, code: str) -> None:
    file, key, ca = certificate(tmp_path, kind)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    context.load_cert_chain(file, key)

    with tls_server(context) as url:
        async with asking(tmp_path, None if kind == "unknown issuer" else ca) as http:
            assert await told(http, url) == code


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_client_certificate_that_the_node_does_not_take(
    tmp_path: Path, version: ssl.TLSVersion
) -> None:
    files = pki.write(tmp_path, _CLIENT, datetime.now(UTC))
    other = pki.write(tmp_path / "other", _CLIENT, datetime.now(UTC))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = version
    context.load_cert_chain(files.server, files.server_key)
    context.load_verify_locations(other.ca)
    context.verify_mode = ssl.CERT_REQUIRED

    with tls_server(context) as url:
        async with asking(tmp_path) as http:
            assert await told(http, url) == "tls_client_certificate"


# What HTTP says

_OK = b"HTTP/1.1 200 OK\r\n"
_BODY = b"Content-Length: 2\r\n\r\nOK"
REPLIES: dict[str, tuple[bytes, str]] = {
    "a header of 9,000 bytes": (_OK + b"X-Long: " + b"a" * 9_000 + b"\r\n" + _BODY, "200"),
    "a header of 60,000 bytes": (_OK + b"X-Long: " + b"a" * 60_000 + b"\r\n" + _BODY, "200"),
    "200 headers": (_OK + b"".join(b"X-%d: a\r\n" % no for no in range(200)) + _BODY, "200"),
    "900 headers": (_OK + b"".join(b"X-%d: a\r\n" % no for no in range(900)) + _BODY, "200"),
    "a header of 100,000 bytes": (_OK + b"X-Long: " + b"a" * 100_000 + b"\r\n" + _BODY, "reply_unreadable"),
    "2,000 headers": (_OK + b"".join(b"X-%d: a\r\n" % no for no in range(2000)) + _BODY, "reply_unreadable"),
    "two lengths": (_OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nOK", "reply_unreadable"),
    "a length that is none": (_OK + b"Content-Length: two\r\n\r\nOK", "reply_unreadable"),
    "a length beside chunks": (
        _OK + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\nOK\r\n0\r\n\r\n",
        "reply_unreadable",
    ),
    "no HTTP": (b"220 mail.example ESMTP\r\n\r\n", "reply_unreadable"),
    "a name with a blank": (_OK + b"X Y: 1\r\n" + _BODY, "reply_unreadable"),
    "a gzip that is none": (_OK + b"Content-Encoding: gzip\r\n" + _BODY, "reply_unreadable"),
    "a body cut short": (_OK + b"Content-Length: 9\r\n\r\nOK", "connection_lost"),
    "chunks cut short": (_OK + b"Transfer-Encoding: chunked\r\n\r\n9\r\nOK", "connection_lost"),
    "nothing": (b"", "connection_lost"),
    "half a head": (b"HTTP/1.1 200 OK\r\nX-", "connection_lost"),
}


@pytest.mark.parametrize("name", REPLIES)
async def test_what_cannot_be_read_is_told_from_what_was_lost(tmp_path: Path, name: str) -> None:
    reply, code = REPLIES[name]
    files = pki.write(tmp_path, _CLIENT, datetime.now(UTC))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.server, files.server_key)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(reply)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server, asking(tmp_path) as http:
        assert await told(http, f"https://localhost:{server.sockets[0].getsockname()[1]}/") == code


def test_every_code_of_a_link_is_explained_in_both_languages() -> None:
    codes = {code for _, code in REPLIES.values()} - {"200"}
    codes |= {"dns", "refused", "unreachable", "connect_timeout", "timeout", "tls", "tls_client_certificate"}
    faults = ("expired", "not_yet_valid", "other_host", "unknown_issuer", "weak")
    codes |= {"server_certificate", *(f"server_certificate_{fault}" for fault in faults)}

    for code in codes:
        reason = why(code)
        assert reason is not None, code
        assert reason.swedish.endswith(".")
        assert reason.english.endswith(".")


async def test_a_fetch_is_never_repeated_unseen_where_a_kept_connection_breaks(tmp_path: Path) -> None:
    files = pki.write(tmp_path, _CLIENT, datetime.now(UTC))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.server, files.server_key)
    seen = list[bytes]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """The first request of a connection is answered; at the second it ends."""
        seen.append((await reader.readuntil(b"\r\n\r\n")).split()[1])
        writer.write(_OK + _BODY)
        seen.append((await reader.readuntil(b"\r\n\r\n")).split()[1])
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server, asking(tmp_path) as http:
        url = f"https://localhost:{server.sockets[0].getsockname()[1]}"
        await http.request("GET", f"{url}/list")
        with pytest.raises(NodeUnreachable):
            await http.request("GET", f"{url}/message", once=True)
        fetched = seen.count(b"/message")
        await http.request("GET", f"{url}/list")

    assert fetched == 1


@pytest.mark.parametrize("trusted", ["its own certificate", "the issuing authority"])
async def test_what_is_trusted_need_not_be_a_root_and_the_name_is_checked_all_the_same(
    tmp_path: Path, trusted: str
) -> None:
    for kind, code in (("good", "200"), ("other host", "server_certificate_other_host")):
        file, key, issuing = certificate(tmp_path, kind, is_root=False)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file, key)

        with tls_server(context) as url:
            async with asking(tmp_path, file if trusted == "its own certificate" else issuing) as http:
                assert await told(http, url) == code


async def test_a_node_may_ask_for_our_certificate_when_it_has_seen_the_request(tmp_path: Path) -> None:
    files = pki.write(tmp_path, _CLIENT, datetime.now(UTC))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.post_handshake_auth = True
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(files.server, files.server_key)
    context.load_verify_locations(files.ca)

    def ask_late(secured: ssl.SSLSocket) -> None:
        assert secured.recv(1000)
        assert not secured.getpeercert()
        secured.verify_client_post_handshake()
        secured.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")  # what asks goes out with it
        secured.settimeout(0.05)
        while not secured.getpeercert():
            with suppress(TimeoutError):
                secured.recv(1)
        secured.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with tls_server(context, ask_late) as url:
        async with asking(tmp_path) as http:
            assert await told(http, url) == "200"
