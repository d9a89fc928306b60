"""The words about tables at rest, on both databases."""

from dataclasses import replace

import pytest

from roarbase.errors import InvalidParameter, RelatedResourceNotFound, ResourceAlreadyExists
from roarbase.metastore.store import Metastore
from tests.metastore.nouns import a_deployment, a_table, after, an_organization, new_id


@pytest.fixture
def deployment_id(metastore: Metastore) -> str:
    """A deployment to hold tables."""
    deployment = a_deployment(an_organization(metastore))
    metastore.deployments.add(deployment)
    return deployment.id


class TestTables:
    @pytest.mark.parametrize("description", ["", "150 flowers\nof 3 kinds", "ürsprünglich 🌺", "x" * 100_000, "'; --"])
    def test_what_was_added_is_read(self, metastore: Metastore, deployment_id: str, description: str) -> None:
        """The words come back as they were stored."""
        added = a_table(deployment_id, description=description)
        metastore.tables.add(added)
        assert metastore.tables.get_or_none(deployment_id, added.id) == added

    @pytest.mark.parametrize("table_id", ["", "unknown", "\0"])
    def test_none(self, metastore: Metastore, deployment_id: str, table_id: str) -> None:
        """An id nobody has gives none, and removing or describing it changes nothing."""
        metastore.tables.add(a_table(deployment_id))
        assert metastore.tables.get_or_none(deployment_id, table_id) is None
        if "\0" not in table_id:
            assert not metastore.tables.set_description(deployment_id, table_id, "x", at=after())
            metastore.tables.remove(deployment_id, table_id)
        assert len(metastore.tables.find(deployment_id)) == 1

    def test_a_table_is_recorded_once(self, metastore: Metastore, deployment_id: str) -> None:
        """The same engine table is not recorded twice; another of the same name is, since the engine decides names."""
        added = a_table(deployment_id)
        metastore.tables.add(added)
        with pytest.raises(ResourceAlreadyExists, match="'flowers'"):
            metastore.tables.add(added)
        metastore.tables.add(a_table(deployment_id))

    def test_deployments_may_have_tables_of_the_same_id(self, metastore: Metastore, deployment_id: str) -> None:
        """One was restored from the backup of another; what is said of the table in one is not said in the other."""
        other = a_deployment(an_organization(metastore, "other"))
        metastore.deployments.add(other)
        here = a_table(deployment_id, description="here")
        there = replace(here, deployment_id=other.id, description="there")
        for table in (here, there):
            metastore.tables.add(table)
        metastore.tables.set_description(other.id, here.id, "changed", at=after())
        assert metastore.tables.get_or_none(deployment_id, here.id) == here
        metastore.tables.remove(other.id, here.id)
        assert (metastore.tables.find(deployment_id), metastore.tables.find(other.id)) == ([here], [])

    def test_without_deployment(self, metastore: Metastore) -> None:
        """Words about a table of no deployment are refused."""
        with pytest.raises(RelatedResourceNotFound):
            metastore.tables.add(a_table(new_id()))

    def test_found_by_age(self, metastore: Metastore, deployment_id: str) -> None:
        """The tables of one deployment are listed oldest first."""
        for n, name in enumerate("abc"):
            metastore.tables.add(a_table(deployment_id, name, created_at=after(seconds=-n)))
        assert [t.name for t in metastore.tables.find(deployment_id)] == ["c", "b", "a"]
        assert metastore.tables.find(new_id()) == []

    def test_description_changes(self, metastore: Metastore, deployment_id: str) -> None:
        """A new description replaces the old one, with the time of the change."""
        added = a_table(deployment_id, description="old")
        metastore.tables.add(added)
        assert metastore.tables.set_description(deployment_id, added.id, "new", at=after(hours=1))
        assert metastore.tables.get_or_none(deployment_id, added.id) == replace(
            added, description="new", updated_at=after(hours=1)
        )

    @pytest.mark.parametrize("description", ["nul \0", "half \udc00"])
    def test_a_description_that_cannot_be_stored(
        self, metastore: Metastore, deployment_id: str, description: str
    ) -> None:
        """What one of the databases cannot hold is refused on both."""
        added = a_table(deployment_id)
        metastore.tables.add(added)
        with pytest.raises(InvalidParameter, match="description"):
            metastore.tables.set_description(deployment_id, added.id, description, at=after())
        with pytest.raises(InvalidParameter, match="description"):
            metastore.tables.add(a_table(deployment_id, description=description))

    def test_removed(self, metastore: Metastore, deployment_id: str) -> None:
        """One is removed alone; all of a deployment are removed together."""
        added = [a_table(deployment_id, name) for name in "abc"]
        for table in added:
            metastore.tables.add(table)
        metastore.tables.remove(deployment_id, added[1].id)
        assert {t.name for t in metastore.tables.find(deployment_id)} == {"a", "c"}
        metastore.tables.remove_of_deployment(deployment_id)
        assert metastore.tables.find(deployment_id) == []
