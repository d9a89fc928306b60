"""Making and changing users, on both databases, and the first administrator."""

import asyncio
import json
import stat
from collections.abc import Mapping
from pathlib import Path

import pytest
import structlog

from roarbase.errors import (
    IncorrectState,
    InvalidParameter,
    InvalidSetting,
    ResourceAlreadyExists,
    ResourceNotFound,
)
from roarbase.model.passwords import check_password
from roarbase.model.users import Role, User, UserStatus
from roarbase.services.first_admin import ensure_first_admin
from roarbase.services.passwords import Passwords
from roarbase.services.users import Users
from tests.identity.conftest import PASSWORD, Identity


@pytest.fixture
def users(identity: Identity) -> Users:
    return identity.users


def add(users: Users, email: str, organization: str = "default", **members: Role) -> User:
    return asyncio.run(users.add(email=email, password=PASSWORD, organization=organization, **members))


class TestUsers:
    def test_add(self, users: Users, identity: Identity) -> None:
        """A new user is active, his password hashed; the organization is made, its first user Administrator."""
        first = add(users, "Ada@example.com", "acme")
        second = add(users, "bob@example.com", "acme", role=Role.USER)
        third = add(users, "eve@example.com", "acme", role=Role.ADMINISTRATOR)
        assert [u.role for u in (first, second, third)] == [Role.ADMINISTRATOR, Role.USER, Role.ADMINISTRATOR]
        assert (first.email, first.status) == ("ada@example.com", UserStatus.ACTIVE)
        assert PASSWORD not in first.password_hash
        assert {u.organization_id for u in (first, second, third)} == {identity.metastore.organizations.find()[0].id}

    def test_taken(self, users: Users, identity: Identity) -> None:
        """An e-mail is taken once; the second call leaves no organization behind."""
        add(users, "ada@example.com", "acme")
        with pytest.raises(ResourceAlreadyExists, match="'ADA@"):
            add(users, "ADA@example.com", "elsewhere")
        assert [o.name for o in identity.metastore.organizations.find()] == ["acme"]

    @pytest.mark.parametrize(
        "email", ["", "ada", "@example.com", "ada@", "a b@example.com", "a@b@c", "a\0@b", "a@b\n", "a" * 250 + "@b.cd"]
    )
    def test_no_email(self, users: Users, email: str) -> None:
        """What is no e-mail is refused."""
        with pytest.raises(InvalidParameter, match="e-mail"):
            add(users, email)

    @pytest.mark.parametrize("organization", ["", " acme", "a\nb", "nul\0", "x" * 301])
    def test_no_organization(self, users: Users, organization: str) -> None:
        """What cannot be an organization's name is refused."""
        with pytest.raises(InvalidParameter, match="organization"):
            add(users, "ada@example.com", organization)

    def test_a_weak_password(self, users: Users, identity: Identity) -> None:
        """A password that breaks a rule is refused, for a new user and for an old one."""
        with pytest.raises(InvalidParameter, match="special"):
            asyncio.run(users.add(email="ada@example.com", password="Passw0rds"))
        assert identity.metastore.organizations.find() == []
        add(users, "ada@example.com")
        with pytest.raises(InvalidParameter, match="special"):
            asyncio.run(users.reset_password("ada@example.com", "Passw0rds"))

    def test_find(self, users: Users) -> None:
        """Users are listed with their organizations: of one, or of all."""
        assert asyncio.run(users.find()) == []
        for email, organization in (("1@x.org", "b"), ("2@x.org", "a"), ("3@x.org", "b")):
            add(users, email, organization)
        everybody = [(o.name, u.email) for o, u in asyncio.run(users.find())]
        assert sorted(everybody) == [("a", "2@x.org"), ("b", "1@x.org"), ("b", "3@x.org")]
        assert [name for name, _ in everybody] == ["a", "b", "b"]
        assert [u.email for _, u in asyncio.run(users.find("a"))] == ["2@x.org"]
        with pytest.raises(ResourceNotFound, match="'c'"):
            asyncio.run(users.find("c"))

    def test_deactivate_and_reactivate(self, users: Users, identity: Identity) -> None:
        """A deactivated user's living token is refused within a second, and works again once reactivated."""
        add(users, "admin@example.com")
        ada = add(users, "ada@example.com")
        tokens = asyncio.run(identity.sign_in.with_password("ada@example.com", PASSWORD, address=""))
        assert asyncio.run(identity.verifier.verify(tokens.id_token)).user_id == ada.id
        assert asyncio.run(users.deactivate("ADA@example.com")).status == UserStatus.DEACTIVATED
        identity.clock.go_on(seconds=1)
        with pytest.raises(Exception, match="deactivated"):
            asyncio.run(identity.verifier.verify(tokens.id_token))
        assert asyncio.run(users.reactivate("ada@example.com")).status == UserStatus.ACTIVE
        identity.clock.go_on(seconds=1)
        assert asyncio.run(identity.verifier.verify(tokens.id_token)).user_id == ada.id

    def test_the_last_administrator(self, users: Users) -> None:
        """The last active administrator cannot be deactivated."""
        add(users, "admin@example.com")
        add(users, "ada@example.com")
        with pytest.raises(IncorrectState, match="last active administrator"):
            asyncio.run(users.deactivate("admin@example.com"))

    def test_nobody(self, users: Users) -> None:
        """A user who is not there is named in the refusal."""
        for change in (users.deactivate, users.reactivate, lambda email: users.reset_password(email, PASSWORD)):
            with pytest.raises(ResourceNotFound, match="'nobody@x"):
                asyncio.run(change("nobody@x.org"))


class TestFirstAdministrator:
    def ensure(self, identity: Identity, home: Path, environment: Mapping[str, str]) -> Path | None:
        return asyncio.run(ensure_first_admin(identity.metastore, identity.users, home, environment))

    def test_generated(self, identity: Identity, tmp_path: Path) -> None:
        """Without a word in the environment the password is generated and written where only the owner reads it."""
        with structlog.testing.capture_logs() as lines:
            file = self.ensure(identity, tmp_path, {})
        assert file == tmp_path / "first-admin.json"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        written = json.loads(file.read_text())
        assert (written["email"], written["organization"]) == ("admin@example.com", "default")
        check_password(written["password"])
        asyncio.run(identity.sign_in.with_password(written["email"], written["password"], address=""))
        assert [(o.name, u.role) for o, u in asyncio.run(identity.users.find())] == [("default", Role.ADMINISTRATOR)]
        assert str(file) in str(lines)
        assert written["password"] not in str(lines)

    def test_given(self, identity: Identity, tmp_path: Path) -> None:
        """What the environment gives is used, and written nowhere."""
        environment = {"ROARBASE_ADMIN_EMAIL": "Ada@example.com", "ROARBASE_ADMIN_PASSWORD": PASSWORD}
        assert self.ensure(identity, tmp_path, environment) is None
        assert not (tmp_path / "first-admin.json").exists()
        asyncio.run(identity.sign_in.with_password("ada@example.com", PASSWORD, address=""))

    @pytest.mark.parametrize(
        ("environment", "email"),
        [
            ({"ROARBASE_ADMIN_EMAIL": "ada@example.com"}, "ada@example.com"),
            ({"ROARBASE_ADMIN_PASSWORD": PASSWORD}, "admin@example.com"),
            ({"ROARBASE_ADMIN_EMAIL": "", "ROARBASE_ADMIN_PASSWORD": ""}, "admin@example.com"),
        ],
    )
    def test_given_by_half(
        self, identity: Identity, tmp_path: Path, environment: Mapping[str, str], email: str
    ) -> None:
        """What is not given is the default; a password that is not given is generated."""
        file = self.ensure(identity, tmp_path, environment)
        assert (file is None) is bool(environment.get("ROARBASE_ADMIN_PASSWORD"))
        assert [u.email for _, u in asyncio.run(identity.users.find())] == [email]

    @pytest.mark.parametrize(
        "environment",
        [
            {"ROARBASE_ADMIN_EMAIL": "ada"},
            {"ROARBASE_ADMIN_PASSWORD": "weak"},
        ],
    )
    def test_given_wrongly(self, identity: Identity, tmp_path: Path, environment: Mapping[str, str]) -> None:
        """What cannot be used is refused by the variables' names, and nothing is made."""
        with pytest.raises(InvalidSetting, match="ROARBASE_ADMIN_") as refused:
            self.ensure(identity, tmp_path, environment)
        assert "weak" not in refused.value.message
        assert asyncio.run(identity.users.find()) == []

    def test_only_the_first_time(self, identity: Identity, tmp_path: Path) -> None:
        """Where there is a user already, nothing is made, whatever the environment says."""
        add(identity.users, "ada@example.com", "acme")
        assert self.ensure(identity, tmp_path, {"ROARBASE_ADMIN_PASSWORD": "weak"}) is None
        assert list(tmp_path.glob("*.json")) == []
        assert [u.email for _, u in asyncio.run(identity.users.find())] == ["ada@example.com"]

    def test_killed_in_between(
        self, identity: Identity, tmp_path: Path, passwords: Passwords, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A process that ends between file and user leaves a start that does both again."""

        async def end(_: str) -> str:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(passwords, "hash", end)
            with pytest.raises(KeyboardInterrupt):
                self.ensure(identity, tmp_path, {})
        file = self.ensure(identity, tmp_path, {})
        assert file is not None
        written = json.loads(file.read_text())
        asyncio.run(identity.sign_in.with_password(written["email"], written["password"], address=""))
