"""Organizations at rest, on both databases."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from roarbase.errors import InvalidParameter, ResourceAlreadyExists
from roarbase.metastore.store import Metastore
from roarbase.model.users import Organization
from tests.metastore.nouns import NOON, an_organization, new_id


class TestOrganizations:
    def test_what_was_added_is_read(self, metastore: Metastore) -> None:
        """An organization comes back as it was stored, by id and by name."""
        added = Organization(id=new_id(), name="Ümlaut & Söhne 🏵", created_at=NOON)
        metastore.organizations.add(added)
        assert metastore.organizations.get_or_none(added.id) == added
        assert metastore.organizations.get_by_name_or_none(added.name) == added

    @pytest.mark.parametrize("name", ["", "Acme", "nul\0", "half \ud800"])
    def test_none_of_that_name(self, metastore: Metastore, name: str) -> None:
        """A name nobody has gives none, names that no database can hold included."""
        an_organization(metastore, "acme")
        assert metastore.organizations.get_by_name_or_none(name) is None
        assert metastore.organizations.get_or_none(name) is None

    def test_a_name_is_taken_once(self, metastore: Metastore) -> None:
        """A second organization of the same name is refused by that name."""
        an_organization(metastore, "acme")
        with pytest.raises(ResourceAlreadyExists, match="'acme'"):
            an_organization(metastore, "acme")

    @pytest.mark.parametrize("name", ["nul\0", "half \ud800"])
    def test_a_name_that_cannot_be_stored(self, metastore: Metastore, name: str) -> None:
        """What one of the databases cannot hold is refused on both."""
        with pytest.raises(InvalidParameter):
            an_organization(metastore, name)

    def test_found_by_name(self, metastore: Metastore) -> None:
        """The list is ordered by name, and empty at first."""
        assert metastore.organizations.find() == []
        for name in ("b", "a", "c"):
            an_organization(metastore, name)
        assert [o.name for o in metastore.organizations.find()] == ["a", "b", "c"]

    def test_get_or_add_at_the_same_time(self, metastore: Metastore) -> None:
        """Callers who all make one organization at once get the same one."""
        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(lambda _: metastore.organizations.get_or_add("acme", at=NOON), range(8)))
        assert len({organization.id for organization in made}) == 1
        assert [o.id for o in metastore.organizations.find()] == [made[0].id]
