"""Certificates of our own making, and what is said of somebody else's."""

import datetime
import ipaddress
import shutil
import ssl
import stat
import subprocess
from pathlib import Path

import pytest
from cryptography import x509

from roarbase.errors import InvalidSetting, OperatorError
from roarbase.server import tls
from roarbase.server.tls import names_for, pinned_context, self_signed, server_context

NAMES = names_for("example.com")


def handshake(folder: Path, name: str, trusting: ssl.SSLContext | None = None) -> None:
    """What a strict client does with the certificate, over memory."""
    server_in, server_out = ssl.MemoryBIO(), ssl.MemoryBIO()
    if trusting is None:
        trusting = ssl.create_default_context(cafile=str(folder / "ca.pem"))
        trusting.verify_flags |= ssl.VERIFY_X509_STRICT
    context = server_context(folder / "cert.pem", folder / "key.pem")
    server = context.wrap_bio(server_in, server_out, server_side=True)
    client = trusting.wrap_bio(server_out, server_in, server_hostname=name)
    for _ in range(4):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue


def read(folder: Path) -> tuple[bytes, bytes]:
    return (folder / "ca.pem").read_bytes(), (folder / "cert.pem").read_bytes()


def test_the_names_stand_one_by_one() -> None:
    """The planes below the domain, and this machine; nothing twice."""
    expected = (
        "example.com",
        *(f"{p}.example.com" for p in ("id", "api", "data", "app")),
        "localhost",
        "127.0.0.1",
        "::1",
    )
    assert names_for("Example.com") == expected
    assert names_for("")[:2] == ("localhost", "id.localhost")
    assert len(set(names_for(""))) == len(names_for("")) == 7


@pytest.mark.parametrize("name", NAMES)
def test_a_strict_client_accepts_every_name(tmp_path: Path, name: str) -> None:
    """The extensions are those that strict verification asks for."""
    self_signed(tmp_path, NAMES)
    handshake(tmp_path, name)


@pytest.mark.parametrize("name", ["example.org", "x.example.com", "127.0.0.2"])
def test_no_other_name_is_accepted(tmp_path: Path, name: str) -> None:
    """No wildcard stands in the certificate."""
    self_signed(tmp_path, NAMES)
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(tmp_path, name)


def test_a_pinned_certificate_is_taken_at_any_address_and_no_other_is(tmp_path: Path) -> None:
    """Without its issuer, by a client that only wants to reach this very service."""
    cert, _ = self_signed(tmp_path / "one", NAMES)
    self_signed(tmp_path / "two", NAMES)
    handshake(tmp_path / "one", "elsewhere.example", pinned_context(cert))
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(tmp_path / "two", "example.com", pinned_context(cert))


def test_openssl_verifies_it_strictly(tmp_path: Path) -> None:
    """A second implementation's opinion."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    self_signed(tmp_path, NAMES)
    command = [openssl, "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", str(tmp_path / "ca.pem")]
    ran = subprocess.run([*command, str(tmp_path / "cert.pem")], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_files_are_their_owners_only(tmp_path: Path) -> None:
    """Keys above all; no half-written file is left."""
    self_signed(tmp_path / "tls", NAMES)
    files = sorted((tmp_path / "tls").iterdir())
    assert [file.name for file in files] == ["ca.pem", "ca_key.pem", "cert.pem", "key.pem"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE((tmp_path / "tls").stat().st_mode) == 0o700


def test_what_is_good_is_kept(tmp_path: Path) -> None:
    """A restart changes nothing."""
    self_signed(tmp_path, NAMES)
    before = read(tmp_path)
    self_signed(tmp_path, NAMES)
    assert read(tmp_path) == before


def test_other_names_make_another_certificate_of_the_same_authority(tmp_path: Path) -> None:
    """Who trusts the authority need not be told."""
    self_signed(tmp_path, NAMES)
    authority, certificate = read(tmp_path)
    self_signed(tmp_path, names_for("example.org"))
    assert read(tmp_path)[0] == authority
    assert read(tmp_path)[1] != certificate
    handshake(tmp_path, "api.example.org")


def test_what_nears_its_end_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The certificate within its last month; the authority only in its own last month."""
    self_signed(tmp_path, NAMES)
    authority, certificate = read(tmp_path)
    now = tls._now()
    for days, kept_authority, kept_certificate in ((360, True, True), (370, True, False), (3640, False, False)):
        monkeypatch.setattr(tls, "_now", lambda days=days: now + datetime.timedelta(days=days))
        (tmp_path / "cert.pem").write_bytes(certificate) if days == 360 else None
        self_signed(tmp_path, NAMES)
        assert (read(tmp_path)[0] == authority, read(tmp_path)[1] == certificate) == (kept_authority, kept_certificate)


@pytest.mark.parametrize("damaged", ["ca.pem", "ca_key.pem", "cert.pem", "key.pem"])
@pytest.mark.parametrize("content", [b"", b"nonsense", None])
def test_damaged_files_are_replaced(tmp_path: Path, damaged: str, content: bytes | None) -> None:
    """Whichever file is broken or gone, the service starts with a chain that holds."""
    self_signed(tmp_path, NAMES)
    if content is None:
        (tmp_path / damaged).unlink()
    else:
        (tmp_path / damaged).write_bytes(content)
    self_signed(tmp_path, NAMES)
    handshake(tmp_path, "id.example.com")


def test_the_certificate_has_the_addresses_as_addresses(tmp_path: Path) -> None:
    """Clients compare 127.0.0.1 with addresses, never with names."""
    self_signed(tmp_path, NAMES)
    cert = x509.load_pem_x509_certificate((tmp_path / "cert.pem").read_bytes())
    names = cert.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1")]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """One sentence for the operator."""
    (tmp_path / "tls").touch()
    with pytest.raises(OperatorError, match="cannot be written"):
        self_signed(tmp_path / "tls", NAMES)


def test_wrong_files_are_told_apart(tmp_path: Path) -> None:
    """Missing, not PEM, of different origin, swapped: each has its sentence."""
    cert, key = self_signed(tmp_path / "one", NAMES)
    other = self_signed(tmp_path / "two", NAMES)[1]
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_bytes(b"-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n")
    for one, two, said in (
        (tmp_path / "missing.pem", key, r"certificate file .*missing\.pem cannot be read: No such file"),
        (cert, tmp_path / "missing.pem", r"key file .*missing\.pem cannot be read: No such file"),
        (tmp_path, key, "cannot be read: Is a directory"),
        (nonsense, key, r"nonsense\.pem holds no PEM certificate"),
        (cert, nonsense, r"nonsense\.pem holds no PEM private key"),
        (key, cert, "holds no PEM certificate"),
        (cert, other, "is not the key of the first certificate"),
    ):
        with pytest.raises(InvalidSetting, match=said):
            server_context(one, two)
