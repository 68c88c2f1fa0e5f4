"""What Vault's PKI engine answers to `POST <mount>/issue/<role>`: a certificate for client and server, its key, its authority.

Fields and their names: https://developer.hashicorp.com/vault/api-docs/secret/pki#generate-certificate-and-key. The authority
is made when the first certificate is asked for and lives as long as the process.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_UNITS = {"s": 1, "m": 60, "h": 3600}


def issue(common_name: str, alt_names: Sequence[str] = (), ttl: str = "720h") -> dict[str, object]:
    """The `data` of Vault's answer. `ttl` as Vault writes it (`90s`, `12h`), or seconds. Raises ValueError for another."""
    lifetime = float(ttl[:-1]) * _UNITS[ttl[-1]] if ttl[-1:] in _UNITS else float(ttl or 0)
    if not common_name or lifetime <= 0:
        raise ValueError("the common_name field is required, and a ttl above zero")
    authority, authority_key = _authority()
    key = ec.generate_private_key(ec.SECP256R1())
    usages = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
    names = x509.SubjectAlternativeName([x509.DNSName(name) for name in dict.fromkeys([common_name, *alt_names])])
    builder = _builder(_name(common_name), authority.subject, key.public_key(), timedelta(seconds=lifetime))
    leaf = (
        builder.add_extension(names, critical=False).add_extension(usages, critical=False).sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    ca = authority.public_bytes(pem).decode().strip()
    return {
        "certificate": leaf.public_bytes(pem).decode().strip(),
        "private_key": private.decode().strip(),
        "private_key_type": "ec",
        "issuing_ca": ca,
        "ca_chain": [ca],
        "serial_number": f"{leaf.serial_number:x}",
        "expiration": int(leaf.not_valid_after_utc.timestamp()),
    }


@cache
def _authority() -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("ballast-hosts")
    builder = _builder(name, name, key.public_key(), timedelta(days=3650))
    return builder.add_extension(x509.BasicConstraints(True, 0), critical=True).sign(key, hashes.SHA256()), key


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, lifetime: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(UTC) - timedelta(seconds=30)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    return builder.serial_number(x509.random_serial_number()).not_valid_before(now).not_valid_after(now + lifetime)
