"""HTTPS: the operator's certificate, or one of our own making in the data directory.

`<data-dir>/tls/` holds `ca.pem` (what clients are given to trust), `ca_key.pem`, `cert.pem` and `key.pem`.
The authority is kept as long as it lives; the certificate is made anew when its names change or its end is near.
"""

import datetime
import ipaddress
import os
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from roarbase.errors import InvalidSetting, OperatorError

__all__ = ["names_for", "pinned_context", "self_signed", "server_context"]

_AUTHORITY_DAYS = 3650
_CERTIFICATE_DAYS = 397  # the most that browsers take
_RENEW_DAYS = 30
_BACKDATE = datetime.timedelta(days=1)  # clients' clocks differ

_Pair = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


def names_for(domain: str) -> tuple[str, ...]:
    """The names of a certificate, one by one: some clients take no wildcards.

    >>> names_for("example.com")[:2]
    ('example.com', 'id.example.com')
    """
    domain = (domain or "localhost").lower()
    planes = (f"{plane}.{domain}" for plane in ("id", "api", "data", "app"))
    return tuple(dict.fromkeys((domain, *planes, "localhost", "127.0.0.1", "::1")))


def self_signed(folder: Path, names: tuple[str, ...]) -> tuple[Path, Path]:
    """Make what is missing or outdated in `folder`, and say where certificate and key are.

    Raises:
        OperatorError: The folder cannot be written to.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        authority = _read(folder / "ca.pem", folder / "ca_key.pem")
        if authority is None or _ends_soon(authority[0]):
            authority = _make_authority()
            _write(folder, "ca", "ca_key", authority)
        current = _read(folder / "cert.pem", folder / "key.pem")
        if current is None or not _is_good(current[0], authority[0], names):
            _write(folder, "cert", "key", _make_certificate(authority, names))
    except OSError as error:
        raise OperatorError(f"the TLS files in {folder} cannot be written: {error.strerror}") from None
    return folder / "cert.pem", folder / "key.pem"


def server_context(cert: Path, key: Path) -> ssl.SSLContext:
    """What the server needs to speak TLS with these files.

    Raises:
        InvalidSetting: A file is missing, unreadable, not PEM, or they do not belong together.
    """
    try:
        chain = x509.load_pem_x509_certificates(_bytes_of(cert, "certificate"))
    except ValueError:
        raise InvalidSetting(f"the TLS certificate file {cert} holds no PEM certificate", setting="tls_cert") from None
    try:
        private = serialization.load_pem_private_key(_bytes_of(key, "key"), password=None)
    except TypeError:
        raise InvalidSetting(f"the TLS key file {key} is encrypted; give one that is not", setting="tls_key") from None
    except ValueError:
        raise InvalidSetting(f"the TLS key file {key} holds no PEM private key", setting="tls_key") from None
    if private.public_key() != chain[0].public_key():
        raise InvalidSetting(f"the TLS key {key} is not the key of the first certificate in {cert}", setting="tls_key")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(cert, key)
    except ssl.SSLError as error:
        raise InvalidSetting(f"the TLS certificate {cert} cannot be used: {error.reason}", setting="tls_cert") from None
    return context


def pinned_context(cert: Path) -> ssl.SSLContext:
    """What a client needs that takes this very certificate, whoever issued it, at whatever address.

    An operator's certificate is for the name that users know, not for 127.0.0.1.
    """
    context = ssl.create_default_context(cafile=cert)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # also where its issuer is not in the file
    return context


def _bytes_of(file: Path, what: str) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        sentence = f"the TLS {what} file {file} cannot be read: {error.strerror}"
        raise InvalidSetting(sentence, setting="tls_cert" if what == "certificate" else "tls_key") from None


def _read(cert_file: Path, key_file: Path) -> _Pair | None:
    """What the files hold, None where they are missing, damaged or of different origin."""
    try:
        cert = x509.load_pem_x509_certificate(cert_file.read_bytes())
        key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
    except (FileNotFoundError, ValueError, TypeError):
        return None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != cert.public_key():
        return None
    return cert, key


def _write(folder: Path, cert_name: str, key_name: str, pair: _Pair) -> None:
    """Each file appears whole and readable by its owner only."""
    cert, key = pair
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for name, content in ((key_name, private), (cert_name, cert.public_bytes(serialization.Encoding.PEM))):
        new = folder / f"{name}.pem.new"
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        new.replace(folder / f"{name}.pem")


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def _ends_soon(cert: x509.Certificate) -> bool:
    return cert.not_valid_after_utc - _now() < datetime.timedelta(days=_RENEW_DAYS)


def _is_good(cert: x509.Certificate, authority: x509.Certificate, names: tuple[str, ...]) -> bool:
    """Whether a certificate has these names, this authority, and time left."""
    try:
        cert.verify_directly_issued_by(authority)
        found = cert.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    return found == _alternative_names(names) and not _ends_soon(cert)


def _alternative_names(names: tuple[str, ...]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([_general_name(name) for name in names])


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    """What authority and certificate have in common."""
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_now() - _BACKDATE)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _make_authority() -> _Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    # The serial in the name tells two authorities of one machine apart in a client's store.
    text = f"Roarbase {_now():%Y-%m-%d} {x509.random_serial_number():x}"[:32]
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
    builder = (
        _builder(name, name, key)
        .not_valid_after(_now() + datetime.timedelta(days=_AUTHORITY_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
    )
    return builder.sign(key, hashes.SHA256()), key


def _make_certificate(authority: _Pair, names: tuple[str, ...]) -> _Pair:
    issuer, issuer_key = authority
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Roarbase")])
    issuer_id = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = (
        _builder(subject, issuer.subject, key)
        .not_valid_after(_now() + datetime.timedelta(days=_CERTIFICATE_DAYS) - _BACKDATE)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_id), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(_alternative_names(names), critical=False)
    )
    return builder.sign(issuer_key, hashes.SHA256()), key


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
