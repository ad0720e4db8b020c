"""A school's website on loopback: a name server, recursive and authoritative, and web servers of both families."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import dns.message
import dns.rcode
import dns.rrset
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST, SERVER, OTHER = "www.school.test", "ns.school.test", "old.school.test"
WORDS = " ".join(f"word{'abcdefgh'[n % 8]}{'xyzuvw'[n // 8 % 6]} news" for n in range(60))


@dataclass(frozen=True)
class Faults:
    """What is wrong with the site. The defaults are a site without a fault."""

    aaaa: bool = True
    dead_address: bool = False
    server_aaaa: bool = True
    server_answers: bool = True
    status6: int = 200
    every_second_fails: bool = False
    slow_first_s: float = 0.0
    slow_body_s: float = 0.0
    other_content6: bool = False
    broken_links: bool = False
    broken_deep_links: bool = False
    redirect: str | None = None
    certificate_host: str = HOST
    certificate_days: int = 365


@dataclass
class Site:
    """Where the site is to be found; ``visits`` counts the requests over IPv6."""

    url: str
    dns_port: int
    authority: Path
    faults: Faults
    visits: list[str] = field(default_factory=list)


class _Names(threading.Thread):
    """UDP over both families on one port; IPv6 only while the authoritative server is to answer there."""

    def __init__(self, faults: Faults) -> None:
        super().__init__(daemon=True)
        self.faults = faults
        self.stopping = threading.Event()
        self.sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM)]
        self.sockets[0].bind(("127.0.0.1", 0))
        self.port = self.sockets[0].getsockname()[1]
        if faults.server_answers:
            self.sockets.append(socket.socket(socket.AF_INET6, socket.SOCK_DGRAM))
            self.sockets[1].bind(("::1", self.port))
        for item in self.sockets:
            item.settimeout(0.02)

    def run(self) -> None:
        while not self.stopping.is_set():
            for item in self.sockets:
                with contextlib.suppress(TimeoutError):
                    raw, back = item.recvfrom(4096)
                    item.sendto(self.answer(raw), back)

    def answer(self, raw: bytes) -> bytes:
        question = dns.message.from_wire(raw)
        name = question.question[0].name.to_text().rstrip(".")
        kind = dns.rdatatype.to_text(question.question[0].rdtype)
        dead = "::ffff:127.0.0.2" if self.faults.dead_address else "::1"
        records = {
            (HOST, "A"): "127.0.0.1",
            (HOST, "AAAA"): dead if self.faults.aaaa else None,
            (OTHER, "A"): "127.0.0.1",
            ("school.test", "NS"): f"{SERVER}.",
            (SERVER, "AAAA"): "::1" if self.faults.server_aaaa else None,
        }
        answer = dns.message.make_response(question)
        known = any(known == name for known, _ in records)
        answer.set_rcode(dns.rcode.NOERROR if known else dns.rcode.NXDOMAIN)
        if found := records.get((name, kind)):
            answer.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", kind, found))
        return answer.to_wire()


def _web(site: Site, family: socket.AddressFamily) -> type[BaseHTTPRequestHandler]:
    six = family == socket.AF_INET6

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            faults = site.faults
            if six:
                site.visits.append(self.path)
                time.sleep(faults.slow_first_s if self.path == "/" else 0)
            if six and self.path == "/" and faults.redirect:
                self.send_response(302)
                self.send_header("Location", faults.redirect)
                self.end_headers()
                return
            failing = faults.every_second_fails and site.visits.count("/") % 2 == 0
            status = faults.status6 if six else 200
            if six and self.path == "/" and failing:
                status = 503
            if (faults.broken_links and self.path.startswith("/second")) or (
                faults.broken_deep_links and self.path.startswith("/third")
            ):
                status = 404
            body = page(self.path, other=six and faults.other_content6)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[:1000])
            if six and self.path == "/":
                time.sleep(faults.slow_body_s)
            self.wfile.write(body[1000:])

        def log_message(self, *_: object) -> None:
            """Quiet."""

    return Page


def page(path: str, *, other: bool) -> bytes:
    """A page with links one level further in."""
    below = {"/": "second", "/second": "third"}.get(path.rstrip("0123456789") if path != "/" else path)
    links = "".join(f'<a href="/{below}{n}">{below}</a>' for n in range(3)) if below else ""
    words = "under construction" if other else WORDS
    return f"<html><body>{words}{links}<a href='https://elsewhere.test/'>x</a></body></html>".encode() + b" " * 60_000


def certificates(folder: Path, faults: Faults) -> tuple[Path, Path]:
    """A private authority and a server certificate with its key."""
    now = datetime.now(UTC)
    key, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, faults.certificate_host)])

    def made(name: x509.Name, public: Any, days: int, *extensions: tuple[x509.ExtensionType, bool]) -> x509.Certificate:
        built = x509.CertificateBuilder(issuer, name, public, x509.random_serial_number())
        built = built.not_valid_before(now - timedelta(days=400)).not_valid_after(now + timedelta(days=days))
        for extension, critical in extensions:
            built = built.add_extension(extension, critical)
        return built.sign(key, hashes.SHA256())

    root = made(
        issuer,
        key.public_key(),
        3650,
        (x509.BasicConstraints(ca=True, path_length=None), True),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
    )
    names = x509.SubjectAlternativeName([x509.DNSName(faults.certificate_host)])
    leaf = made(
        subject,
        own.public_key(),
        faults.certificate_days,
        (names, False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), False),
    )
    pem = serialization.Encoding.PEM
    authority, server = folder / "authority.pem", folder / "server.pem"
    authority.write_bytes(root.public_bytes(pem))
    secret = own.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    server.write_bytes(leaf.public_bytes(pem) + secret)
    return authority, server


@contextmanager
def site(folder: Path, **faults: Any) -> Iterator[Site]:
    """The site with these faults, over HTTPS, the same port on both families."""
    wrong = replace(Faults(), **faults)
    authority, server = certificates(folder, wrong)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(server)
    made = Site("", 0, authority, wrong)

    class Web(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """A client that refuses the certificate is no news."""

    class Web6(Web):
        address_family = socket.AF_INET6

    with ExitStack() as stack:
        names = _Names(wrong)
        for item in names.sockets:
            stack.enter_context(item)
        port = 0
        for kind, address in ((Web6, "::1"), (Web, "127.0.0.1")):
            web = stack.enter_context(kind((address, port), _web(made, socket.AddressFamily(kind.address_family))))
            port = web.server_address[1]
            web.socket = tls.wrap_socket(web.socket, server_side=True, do_handshake_on_connect=False)
            thread = threading.Thread(target=web.serve_forever, args=(0.01,))
            thread.start()
            stack.callback(thread.join)
            stack.callback(web.shutdown)
        made.url, made.dns_port = f"https://{HOST}:{port}/", names.port
        if made.faults.redirect:
            made.faults = replace(made.faults, redirect=f"https://{made.faults.redirect}:{port}/")
        names.start()
        stack.callback(names.join)
        stack.callback(names.stopping.set)
        yield made
