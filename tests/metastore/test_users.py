"""Users at rest, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from roarbase.errors import IncorrectState, InvalidParameter, RelatedResourceNotFound, ResourceAlreadyExists
from roarbase.metastore.store import Metastore
from roarbase.model.users import Role, User, UserStatus
from tests.metastore.nouns import a_user, after, an_organization, new_id


class TestUsers:
    def test_what_was_added_is_read(self, metastore: Metastore) -> None:
        """A user comes back as he was stored, by id and by e-mail."""
        added = metastore.users.add(a_user(an_organization(metastore)))
        assert metastore.users.get_or_none(added.id) == added
        assert metastore.users.get_by_email_or_none("ada@example.com") == added

    def test_emails_have_no_case(self, metastore: Metastore) -> None:
        """An e-mail is kept in lower case, found in any, and taken in all."""
        organization = an_organization(metastore)
        added = metastore.users.add(a_user(organization, "Ada@Example.com"))
        assert added.email == "ada@example.com"
        assert metastore.users.get_by_email_or_none("ADA@example.COM") == added
        with pytest.raises(ResourceAlreadyExists, match="'ada@example"):
            metastore.users.add(a_user(organization, "ADA@EXAMPLE.COM"))

    def test_an_email_is_taken_in_every_organization(self, metastore: Metastore) -> None:
        """An e-mail names one user, whatever his organization."""
        metastore.users.add(a_user(an_organization(metastore, "one")))
        with pytest.raises(ResourceAlreadyExists):
            metastore.users.add(a_user(an_organization(metastore, "two")))

    def test_the_first_is_administrator(self, metastore: Metastore) -> None:
        """The first user of each organization is its Administrator, the next one what was asked."""
        one, two = an_organization(metastore, "one"), an_organization(metastore, "two")
        roles = [metastore.users.add(a_user(o, f"{n}@x.org")).role for n, o in enumerate([one, one, two])]
        assert roles == [Role.ADMINISTRATOR, Role.USER, Role.ADMINISTRATOR]

    def test_one_first_of_many(self, metastore: Metastore) -> None:
        """Of users added at the same time exactly one is the first."""
        organization = an_organization(metastore)
        with ThreadPoolExecutor(6) as pool:
            added = list(pool.map(lambda n: metastore.users.add(a_user(organization, f"{n}@x.org")), range(6)))
        assert sorted(user.role for user in added) == [Role.ADMINISTRATOR] + [Role.USER] * 5

    def test_without_organization(self, metastore: Metastore) -> None:
        """A user of no organization is refused."""
        with pytest.raises(RelatedResourceNotFound):
            metastore.users.add(a_user(new_id()))

    def test_an_email_that_cannot_be_stored(self, metastore: Metastore) -> None:
        """An e-mail with a NUL is refused on both databases, and found on neither."""
        with pytest.raises(InvalidParameter):
            metastore.users.add(a_user(an_organization(metastore), "a\0@x.org"))
        assert metastore.users.get_by_email_or_none("a\0@x.org") is None

    def test_found_by_age(self, metastore: Metastore) -> None:
        """The users of one organization are listed oldest first, and no others."""
        one, two = an_organization(metastore, "one"), an_organization(metastore, "two")
        assert metastore.users.is_empty()
        for n, organization in enumerate([one, two, one, one]):
            metastore.users.add(a_user(organization, f"{n}@x.org", created_at=after(days=-n)))
        assert [user.email for user in metastore.users.find(one)] == ["3@x.org", "2@x.org", "0@x.org"]
        assert metastore.users.find(new_id()) == []
        assert not metastore.users.is_empty()

    def test_members_change(self, metastore: Metastore) -> None:
        """Role, status and password change, each with the time of the change."""
        organization = an_organization(metastore)
        metastore.users.add(a_user(organization, "first@x.org"))
        user = metastore.users.add(a_user(organization))
        assert metastore.users.set_role(user.id, Role.ADMINISTRATOR, at=after(hours=1))
        assert metastore.users.set_status(user.id, UserStatus.DEACTIVATED, at=after(hours=2))
        assert metastore.users.set_password_hash(user.id, "other", at=after(hours=3))
        assert metastore.users.get_or_none(user.id) == replace(
            user,
            role=Role.ADMINISTRATOR,
            status=UserStatus.DEACTIVATED,
            password_hash="other",
            updated_at=after(hours=3),
        )

    @pytest.mark.parametrize("nobody", ["", "no-such-id", "\0"])
    def test_nobody_changes(self, metastore: Metastore, nobody: str) -> None:
        """A change of a user who is not there says so."""
        assert not metastore.users.set_role(nobody, Role.USER, at=after())
        assert not metastore.users.set_status(nobody, UserStatus.ACTIVE, at=after())
        assert not metastore.users.set_password_hash(nobody, "x", at=after())

    def test_the_last_administrator_stays(self, metastore: Metastore) -> None:
        """The last active administrator keeps status and role; other organizations do not count."""
        organization = an_organization(metastore, "one")
        metastore.users.add(a_user(an_organization(metastore, "two"), "other@x.org"))
        admin = metastore.users.add(a_user(organization))
        second = metastore.users.add(a_user(organization, "b@x.org", role=Role.ADMINISTRATOR))
        metastore.users.set_status(second.id, UserStatus.DEACTIVATED, at=after())
        with pytest.raises(IncorrectState, match="last active administrator"):
            metastore.users.set_status(admin.id, UserStatus.DEACTIVATED, at=after())
        with pytest.raises(IncorrectState, match="last active administrator"):
            metastore.users.set_role(admin.id, Role.USER, at=after())
        assert metastore.users.get_or_none(admin.id) == admin
        metastore.users.set_status(second.id, UserStatus.ACTIVE, at=after())
        assert metastore.users.set_status(admin.id, UserStatus.DEACTIVATED, at=after())

    def test_administrators_who_deactivate_each_other(self, metastore: Metastore) -> None:
        """Of administrators all deactivated at the same time one remains."""
        organization = an_organization(metastore)
        admins = [metastore.users.add(a_user(organization, f"{n}@x.org", role=Role.ADMINISTRATOR)) for n in range(4)]

        def deactivate(user: User) -> bool:
            try:
                return metastore.users.set_status(user.id, UserStatus.DEACTIVATED, at=after())
            except IncorrectState:
                return False

        with ThreadPoolExecutor(4) as pool:
            assert sorted(pool.map(deactivate, admins)) == [False, True, True, True]

    def test_nothing_shows_the_hash(self, metastore: Metastore) -> None:
        """Printing a user does not print his password hash."""
        user = a_user(an_organization(metastore), password_hash="$argon2id$secret")
        assert "secret" not in repr(user) + str(user)
