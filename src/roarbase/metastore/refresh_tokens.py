"""Refresh tokens at rest: only their digests, in families.

A family begins with a sign-in. Each refresh uses one token of it up and adds the next. If a used token
comes again after the grace, somebody else holds a copy: the whole family is revoked.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from roarbase.metastore.connections import Database
from roarbase.metastore.schema import refresh_families, refresh_tokens, users
from roarbase.model.users import User, UserStatus

__all__ = ["RefreshTokenRepository", "Rotation"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rotation:
    """Whose token was refreshed, and when he signed in with his password."""

    user: User
    signed_in_at: datetime


class RefreshTokenRepository:
    """Families of refresh tokens."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, user: User, digest: str, *, at: datetime, expires_at: datetime) -> bool:
        """Begin a family with its first token, and forget the families that have expired.

        Returns:
            False, and nothing is begun, if the user's password or status is no longer what
            it was when `user` was read: checking a password takes a while.
        """
        family_id = str(uuid.uuid4())
        with self._database.writing() as connection:
            row = connection.execute(select(users).where(users.c.id == user.id).with_for_update()).one_or_none()
            if row is None or (row.password_hash, row.status) != (user.password_hash, UserStatus.ACTIVE):
                return False
            connection.execute(delete(refresh_families).where(refresh_families.c.expires_at <= at))
            family = insert(refresh_families).values(id=family_id, user_id=user.id, signed_in_at=at)
            connection.execute(family.values(expires_at=expires_at))
            _add_token(connection, family_id, digest, expires_at)
            return True

    def rotate(
        self, digest: str, successor: str, *, at: datetime, expires_at: datetime, grace: timedelta
    ) -> Rotation | None:
        """Use a token up and store its successor, or its next one within `grace` of the first use.

        Of a deactivated user, nothing is changed: look at the status of the user returned.

        Returns:
            None if the token is unknown, expired, or of a revoked family; also if it was
            used before the grace: its family is revoked then.
        """
        with self._database.writing() as connection:
            token = _locked(connection, digest)
            if token is None or token.expires_at <= at:
                return None
            user = User(**connection.execute(select(users).where(users.c.id == token.user_id)).one()._mapping)
            rotation = Rotation(user=user, signed_in_at=token.signed_in_at)
            if user.status != UserStatus.ACTIVE:
                return rotation
            if token.revoked_at is not None:
                return None
            if token.used_at is not None and at - token.used_at > grace:
                _revoke(connection, token.family_id, at)
                return None
            _succeed(connection, token, successor, at, expires_at)
            return rotation

    def revoke_of_user(self, user_id: str, *, at: datetime) -> None:
        """Revoke every family of a user: he signs in again, everywhere."""
        with self._database.writing() as connection:
            living = (refresh_families.c.user_id == user_id) & refresh_families.c.revoked_at.is_(None)
            connection.execute(update(refresh_families).where(living).values(revoked_at=at))


def _locked(connection: Connection, digest: str) -> Row[Any] | None:
    """The token with its family, the family locked: refreshes of one family come one after the other."""
    family_id = connection.scalar(select(refresh_tokens.c.family_id).where(refresh_tokens.c.digest == digest))
    if family_id is None:
        return None
    connection.execute(select(refresh_families.c.id).where(refresh_families.c.id == family_id).with_for_update())
    # Read after the lock is held: who waited for it must see what the one before has written.
    return connection.execute(
        select(
            refresh_tokens, refresh_families.c.user_id, refresh_families.c.signed_in_at, refresh_families.c.revoked_at
        )
        .join(refresh_families, refresh_families.c.id == refresh_tokens.c.family_id)
        .where(refresh_tokens.c.digest == digest)
    ).one_or_none()


def _succeed(connection: Connection, token: Row[Any], successor: str, at: datetime, expires_at: datetime) -> None:
    in_family = refresh_tokens.c.family_id == token.family_id
    connection.execute(delete(refresh_tokens).where(in_family & (refresh_tokens.c.expires_at <= at)))
    if token.used_at is None:
        connection.execute(update(refresh_tokens).where(refresh_tokens.c.digest == token.digest).values(used_at=at))
    family = update(refresh_families).where(refresh_families.c.id == token.family_id)
    connection.execute(family.values(expires_at=expires_at))
    _add_token(connection, token.family_id, successor, expires_at)


def _add_token(connection: Connection, family_id: str, digest: str, expires_at: datetime) -> None:
    token = {"digest": digest, "family_id": family_id, "expires_at": expires_at}
    connection.execute(insert(refresh_tokens).values(token))


def _revoke(connection: Connection, family_id: str, at: datetime) -> None:
    connection.execute(update(refresh_families).where(refresh_families.c.id == family_id).values(revoked_at=at))
