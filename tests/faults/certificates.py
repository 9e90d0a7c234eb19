"""An authority of the campaign's own, and the certificates that it, or nobody, vouches for."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

HERE = "127.0.0.1"
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Authority:
    """Whoever is started with SSL_CERT_FILE=`file` believes what it signs."""

    folder: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def file(self) -> str:
        return str(self.folder / "authority.pem")

    def issue(self, name: str = HERE, *, ended: bool = False) -> ssl.SSLContext:
        """What a server of that address shows; `ended`: it was good until yesterday."""
        key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
        signed = (
            _described(name, self.certificate.subject, key, now - DAY if ended else now + DAY)
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ip_address(name))]), critical=False
            )
            .sign(self.key, hashes.SHA256())
        )
        file = self.folder / f"{name}-{ended}.pem"
        file.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            + signed.public_bytes(Encoding.PEM)
        )
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(file)
        return server


def authority(folder: Path) -> Authority:
    """A new one, that nobody knows unless told."""
    folder.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"campaign {folder.name}")])
    made = (
        _described(f"campaign {folder.name}", name, key, datetime.now(UTC) + DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    found = Authority(folder, key, made)
    Path(found.file).write_bytes(made.public_bytes(Encoding.PEM))
    return found


def _described(
    subject: str, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(until - 30 * DAY)
        .not_valid_after(until)
    )
