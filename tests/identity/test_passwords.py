"""The rules for new passwords, and hashes at rest."""

import asyncio
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roarbase.errors import InvalidParameter
from roarbase.model.passwords import check_password
from roarbase.services.passwords import Passwords


class TestRules:
    @pytest.mark.parametrize("password", ["Passw0rd!", "aaaaaaA1_", "Ünïcöde1€", "A1! with blanks", "X" * 1022 + "1!"])
    def test_allowed(self, password: str) -> None:
        """Eight characters with an upper-case letter, a digit and a special one are enough."""
        check_password(password)

    @pytest.mark.parametrize(
        ("password", "missing"),
        [
            ("", ["at least 8", "upper-case", "digit", "special"]),
            ("Pass0r!", ["at least 8"]),
            ("password1!", ["upper-case"]),
            ("Password!", ["digit"]),
            ("Passw0rds", ["special"]),
            ("Passw0rd  ", ["special"]),
            ("X" * 1023 + "1!", ["at most 1024"]),
        ],
    )
    def test_refused(self, password: str, missing: list[str]) -> None:
        """Each broken rule is named and no other; the password itself is not repeated."""
        with pytest.raises(InvalidParameter) as refused:
            check_password(password)
        rules = ("at least 8", "at most 1024", "upper-case", "digit", "special")
        assert [rule for rule in rules if rule in refused.value.message] == missing
        assert not password or password not in refused.value.message


class TestHashes:
    @given(password=st.text(max_size=40), other=st.text(max_size=40))
    @settings(max_examples=40, deadline=None)
    def test_only_the_right_password(self, passwords: Passwords, password: str, other: str) -> None:
        """A hash is right for its password and for no other."""

        async def check() -> tuple[bool, bool]:
            kept = await passwords.hash(password)
            assert kept.startswith("$argon2id$")
            return await passwords.verify(password, kept), await passwords.verify(other, kept)

        assert asyncio.run(check()) == (True, password == other)

    @pytest.mark.parametrize("kept", [None, "", "plain", "$argon2id$v=19$m=8,t=1,p=1$broken", "$2b$12$bcrypt"])
    def test_no_hash_is_right_for_nothing(self, passwords: Passwords, kept: str | None) -> None:
        """Without a hash, or with a damaged one, every password is wrong."""
        assert [asyncio.run(passwords.verify(p, kept)) for p in ("", "plain", "\ud800")] == [False] * 3

    def test_a_password_too_long_is_wrong(self, passwords: Passwords) -> None:
        """What no rule allows is wrong, also where it would match."""
        for kept in ("", "x" * 1025, "x" * 1024):
            assert not asyncio.run(passwords.verify("x" * 1025, asyncio.run(passwords.hash(kept))))

    def test_two_at_a_time(self, passwords: Passwords, monkeypatch: pytest.MonkeyPatch) -> None:
        """However many are asked for, no more than two hashes are computed at the same time."""
        lock, running, most = threading.Lock(), 0, 0

        def verify(*_: object) -> bool:
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            time.sleep(0.01)
            with lock:
                running -= 1
            return True

        monkeypatch.setattr(passwords, "_verify", verify)

        async def many() -> None:
            await asyncio.gather(*(passwords.verify("x", None) for _ in range(12)))

        asyncio.run(many())
        assert most == 2

    def test_nobody_takes_as_long_as_somebody(self) -> None:
        """Verifying against no hash costs what verifying a real one costs."""
        real = Passwords(memory_kib=8192, passes=3)

        def best_of(kept: str | None) -> float:
            def once() -> float:
                begin = time.perf_counter()
                asyncio.run(real.verify("wrong", kept))
                return time.perf_counter() - begin

            return min(once() for _ in range(7))

        kept = asyncio.run(real.hash("right"))
        somebody, nobody = best_of(kept), best_of(None)
        real.close()
        assert 0.5 < nobody / somebody < 2
