"""Users: who may sign in. Used by the command line, beside a running service or before its first start."""

import asyncio
import re
import uuid

from roarbase.errors import InvalidParameter, ResourceAlreadyExists, ResourceNotFound
from roarbase.metastore.store import Metastore
from roarbase.model.passwords import check_password
from roarbase.model.users import Organization, Role, User, UserStatus
from roarbase.services.clock import Clock
from roarbase.services.passwords import Passwords

__all__ = ["DEFAULT_ORGANIZATION", "Users"]

DEFAULT_ORGANIZATION = "default"
_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+")
_MAXIMUM_EMAIL_LENGTH = 254  # RFC 5321
_MAXIMUM_ORGANIZATION_LENGTH = 300


class Users:
    """Use cases of users, for an operator who may do everything."""

    def __init__(self, metastore: Metastore, passwords: Passwords, clock: Clock) -> None:
        self._metastore = metastore
        self._passwords = passwords
        self._clock = clock

    async def add(
        self, *, email: str, password: str, organization: str = DEFAULT_ORGANIZATION, role: Role = Role.USER
    ) -> User:
        """Make a user, and the organization if it is absent; its first user is Administrator.

        Raises:
            InvalidParameter: The e-mail, the organization's name or the password is not allowed.
            ResourceAlreadyExists: The e-mail is taken.
        """
        _check_email(email)
        _check_organization(organization)
        check_password(password)
        password_hash = await self._passwords.hash(password)
        return await asyncio.to_thread(self._add, email, password_hash, organization, role)

    async def find(self, organization: str | None = None) -> list[tuple[Organization, User]]:
        """The users of one organization, or of all: organizations by name, users by age.

        Raises:
            ResourceNotFound: There is no such organization.
        """
        return await asyncio.to_thread(self._find, organization)

    async def deactivate(self, email: str) -> User:
        """Refuse a user from now on, his living tokens within a second.

        Raises:
            ResourceNotFound: There is no such user.
            IncorrectState: He is the last active administrator of his organization.
        """
        return await asyncio.to_thread(self._set_status, email, UserStatus.DEACTIVATED)

    async def reactivate(self, email: str) -> User:
        """Let a user sign in again.

        Raises:
            ResourceNotFound: There is no such user.
        """
        return await asyncio.to_thread(self._set_status, email, UserStatus.ACTIVE)

    async def reset_password(self, email: str, password: str) -> User:
        """Give another password; tokens from before no longer work.

        Raises:
            ResourceNotFound: There is no such user.
            InvalidParameter: The password is not allowed.
        """
        check_password(password)
        user = await asyncio.to_thread(self._get, email)
        password_hash = await self._passwords.hash(password)
        await asyncio.to_thread(self._set_password_hash, user, password_hash)
        return user

    def _add(self, email: str, password_hash: str, organization: str, role: Role) -> User:
        if self._metastore.users.get_by_email_or_none(email) is not None:
            # Looked at here too, lest a refused call leave an organization without users behind.
            raise ResourceAlreadyExists(f"there is a user with the e-mail {email!r} already", email=email)
        now = self._clock()
        user = User(
            id=str(uuid.uuid4()),
            organization_id=self._metastore.organizations.get_or_add(organization, at=now).id,
            email=email,
            password_hash=password_hash,
            role=role,
            status=UserStatus.ACTIVE,
            created_at=now,
            updated_at=now,
        )
        return self._metastore.users.add(user)

    def _find(self, organization: str | None) -> list[tuple[Organization, User]]:
        chosen = [o for o in self._metastore.organizations.find() if organization in (None, o.name)]
        if organization is not None and not chosen:
            raise ResourceNotFound(f"there is no organization named {organization!r}", organization=organization)
        return [(o, user) for o in chosen for user in self._metastore.users.find(o.id)]

    def _get(self, email: str) -> User:
        user = self._metastore.users.get_by_email_or_none(email)
        if user is None:
            raise ResourceNotFound(f"there is no user with the e-mail {email!r}", email=email)
        return user

    def _set_status(self, email: str, status: UserStatus) -> User:
        user = self._get(email)
        self._metastore.users.set_status(user.id, status, at=self._clock())
        if status == UserStatus.DEACTIVATED:
            self._metastore.refresh_tokens.revoke_of_user(user.id, at=self._clock())
        return self._get(email)

    def _set_password_hash(self, user: User, password_hash: str) -> None:
        # In this order: a sign-in with the old password that is under way is refused or revoked.
        self._metastore.users.set_password_hash(user.id, password_hash, at=self._clock())
        self._metastore.refresh_tokens.revoke_of_user(user.id, at=self._clock())


def _check_email(email: str) -> None:
    if len(email) > _MAXIMUM_EMAIL_LENGTH or not _EMAIL.fullmatch(email):
        raise InvalidParameter(f"{email[:60]!r} is not an e-mail address such as ada@example.com", email=email)


def _check_organization(name: str) -> None:
    if not 0 < len(name) <= _MAXIMUM_ORGANIZATION_LENGTH or not name.isprintable() or name != name.strip():
        raise InvalidParameter(
            f"the organization's name must have 1 to {_MAXIMUM_ORGANIZATION_LENGTH} printable characters"
        )
