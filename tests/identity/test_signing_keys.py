"""The keys that sign tokens, on disk."""

import json
import stat
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from roarbase.errors import OperatorError
from roarbase.services.signing_keys import SigningKeys


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(scope="module")
def pem() -> bytes:
    """A key made elsewhere: making one takes a while."""
    return RSAKey.generate_key(2048).as_pem(private=True)


def put(directory: Path, name: str, content: bytes) -> Path:
    directory.mkdir(mode=0o700, exist_ok=True)
    file = directory / name
    file.touch(mode=0o600)
    file.write_bytes(content)
    return file


class TestFirstStart:
    def test_a_key_is_made_and_kept(self, tmp_path: Path) -> None:
        """The first start makes one RSA key of 2048 bits that only the owner reads; the next one reads it."""
        made = SigningKeys.open(tmp_path / "keys")
        [file] = (tmp_path / "keys").iterdir()
        assert (file.name, mode(file), mode(file.parent)) == ("signing-000001.pem", 0o600, 0o700)
        assert made.newest.raw_value.key_size == 2048
        assert SigningKeys.open(tmp_path / "keys").document() == made.document()

    def test_the_document_is_public(self, tmp_path: Path, pem: bytes) -> None:
        """What is published has the public half and says what it is for."""
        put(tmp_path / "keys", "signing-000001.pem", pem)
        [key] = SigningKeys.open(tmp_path / "keys").document()["keys"]
        assert {name: key[name] for name in ("kty", "use", "alg")} == {"kty": "RSA", "use": "sig", "alg": "RS256"}
        assert set(key) == {"kty", "use", "alg", "kid", "n", "e"}
        json.dumps(key)


class TestSeveralKeys:
    def test_the_newest_signs_and_all_verify(self, tmp_path: Path, pem: bytes) -> None:
        """A key added later signs; tokens of the earlier one stay good."""
        put(tmp_path / "keys", "signing-000009.pem", pem)
        before = SigningKeys.open(tmp_path / "keys")
        assert SigningKeys.add(tmp_path / "keys").name == "signing-000010.pem"
        after = SigningKeys.open(tmp_path / "keys")
        assert after.newest.kid != before.newest.kid
        for key in (before.newest, after.newest):
            token = jwt.encode({"alg": "RS256", "kid": key.kid}, {"sub": "x"}, key)
            published = KeySet.import_key_set(after.document())
            assert jwt.decode(token, published, algorithms=["RS256"]).claims == {"sub": "x"}


class TestRefused:
    @pytest.mark.parametrize("bits", [0o640, 0o604, 0o660, 0o644])
    def test_a_key_others_can_read(self, tmp_path: Path, pem: bytes, bits: int) -> None:
        """A key file open to the group or the world is refused with the command that mends it."""
        file = put(tmp_path / "keys", "signing-000001.pem", pem)
        file.chmod(bits)
        with pytest.raises(OperatorError, match=r"chmod 600 .*signing-000001\.pem"):
            SigningKeys.open(tmp_path / "keys")

    def test_a_directory_others_can_read(self, tmp_path: Path, pem: bytes) -> None:
        """So is the directory."""
        put(tmp_path / "keys", "signing-000001.pem", pem)
        (tmp_path / "keys").chmod(0o755)
        with pytest.raises(OperatorError, match="chmod 700"):
            SigningKeys.open(tmp_path / "keys")

    @pytest.mark.parametrize(
        "damage",
        [
            lambda pem: pem[:0],
            lambda pem: pem[: len(pem) // 2],
            lambda _: b"not a key\n",
            lambda pem: RSAKey.import_key(pem).as_pem(private=False),
            lambda pem: pem.replace(b"A", b"B"),
        ],
        ids=["empty", "cut", "text", "public half", "changed"],
    )
    def test_a_damaged_key(self, tmp_path: Path, pem: bytes, damage: object) -> None:
        """A key that is not whole is refused by its file, and not replaced."""
        assert callable(damage)
        file = put(tmp_path / "keys", "signing-000001.pem", damage(pem))
        with pytest.raises(OperatorError, match=r"signing-000001\.pem"):
            SigningKeys.open(tmp_path / "keys")
        assert file.read_bytes() == damage(pem)

    def test_a_file_without_number(self, tmp_path: Path, pem: bytes) -> None:
        """A key whose place in the order is unknown is refused."""
        put(tmp_path / "keys", "signing-new.pem", pem)
        with pytest.raises(OperatorError, match=r"signing-new\.pem"):
            SigningKeys.open(tmp_path / "keys")

    def test_a_file_in_the_directory_s_place(self, tmp_path: Path) -> None:
        """It is named, and stays."""
        (tmp_path / "keys").touch()
        with pytest.raises(OperatorError, match=r"/keys cannot be made"):
            SigningKeys.open(tmp_path / "keys")

    def test_leftovers_are_ignored(self, tmp_path: Path, pem: bytes) -> None:
        """A file that a crash left half written is not taken for a key."""
        put(tmp_path / "keys", "signing-000001.pem", pem)
        put(tmp_path / "keys", ".signing-000002.pem-x7", pem[:100])
        SigningKeys.open(tmp_path / "keys")
