"""Deployments at rest, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from roarbase.errors import IncorrectState, RelatedResourceNotFound, ResourceAlreadyExists, RoarbaseError
from roarbase.metastore.store import Metastore
from roarbase.model.deployments import DeploymentStatus
from tests.metastore.nouns import NOON, a_deployment, a_sink, a_table, after, an_organization, new_id

CREATING, RUNNING, RESTORING, DELETING, FAILED = DeploymentStatus


class TestDeployments:
    @pytest.mark.parametrize("status", DeploymentStatus)
    def test_what_was_added_is_read(self, metastore: Metastore, status: DeploymentStatus) -> None:
        """A deployment comes back as it was stored, in every state."""
        added = a_deployment(an_organization(metastore), status=status, reason="why: ü")
        metastore.deployments.add(added)
        assert metastore.deployments.get_or_none(added.organization_id, added.id) == added

    def test_times_are_utc(self, metastore: Metastore) -> None:
        """A time in another zone comes back as the same moment, in UTC."""
        elsewhere = NOON.astimezone(timezone(timedelta(hours=-7)))
        added = a_deployment(an_organization(metastore), created_at=elsewhere)
        metastore.deployments.add(added)
        read = metastore.deployments.find(added.organization_id)[0].created_at
        assert (read, read.utcoffset()) == (NOON, timedelta(0))

    def test_times_have_a_zone(self, metastore: Metastore) -> None:
        """A time without a zone is not stored."""
        added = a_deployment(an_organization(metastore), created_at=datetime(2022, 6, 1))
        with pytest.raises(Exception, match="without a zone"):
            metastore.deployments.add(added)
        assert metastore.deployments.find(added.organization_id) == []

    def test_another_organizations(self, metastore: Metastore) -> None:
        """Nothing of another organization is seen, and ids that cannot be are none."""
        mine, theirs = an_organization(metastore, "mine"), an_organization(metastore, "theirs")
        added = a_deployment(theirs)
        metastore.deployments.add(added)
        assert metastore.deployments.get_or_none(mine, added.id) is None
        assert metastore.deployments.get_or_none(theirs, added.id.upper()) is None
        assert metastore.deployments.get_or_none(theirs, "\0") is None
        assert (metastore.deployments.find(mine), metastore.deployments.count(mine)) == ([], 0)
        assert metastore.deployments.count(theirs) == 1

    @pytest.mark.parametrize("status", DeploymentStatus)
    def test_a_name_is_taken_in_every_state(self, metastore: Metastore, status: DeploymentStatus) -> None:
        """A name is taken while its deployment exists, free in other organizations, and free afterwards."""
        mine, theirs = an_organization(metastore, "mine"), an_organization(metastore, "theirs")
        first = a_deployment(mine, status=status)
        metastore.deployments.add(first)
        with pytest.raises(ResourceAlreadyExists, match="'iris'"):
            metastore.deployments.add(a_deployment(mine))
        metastore.deployments.add(a_deployment(theirs))
        metastore.deployments.remove(first.id)
        metastore.deployments.add(a_deployment(mine))

    def test_one_of_many_gets_the_name(self, metastore: Metastore) -> None:
        """Of deployments of one name added at the same time exactly one is made."""
        organization = an_organization(metastore)

        def add(_: int) -> str:
            try:
                metastore.deployments.add(a_deployment(organization))
            except RoarbaseError as error:
                return error.code
            return "added"

        with ThreadPoolExecutor(8) as pool:
            assert sorted(pool.map(add, range(8))) == ["ResourceAlreadyExists"] * 7 + ["added"]

    def test_a_limit_holds_for_many_at_once(self, metastore: Metastore) -> None:
        """Added at the same time, no more are made than the organization may have; others' do not count."""
        mine, theirs = an_organization(metastore, "mine"), an_organization(metastore, "theirs")
        metastore.deployments.add(a_deployment(theirs), at_most=1)

        def add(number: int) -> str:
            try:
                metastore.deployments.add(a_deployment(mine, f"d{number}"), at_most=2)
            except RoarbaseError as error:
                return error.code
            return "added"

        with ThreadPoolExecutor(8) as pool:
            assert sorted(pool.map(add, range(8))) == ["ResourceLimitExceeded"] * 6 + ["added"] * 2
        assert metastore.deployments.count(mine) == 2

    def test_without_organization(self, metastore: Metastore) -> None:
        """A deployment of no organization is refused."""
        with pytest.raises(RelatedResourceNotFound):
            metastore.deployments.add(a_deployment(new_id()))

    def test_found_by_age_then_id(self, metastore: Metastore) -> None:
        """The list is ordered by creation, at the same moment by id."""
        organization = an_organization(metastore)
        for id, hours in (("b", 0), ("c", -1), ("a", 0), ("d", 1)):
            metastore.deployments.add(a_deployment(organization, id, id=id, created_at=after(hours=hours)))
        assert [d.id for d in metastore.deployments.find(organization)] == ["c", "a", "b", "d"]

    def test_another_shape(self, metastore: Metastore) -> None:
        """A change of shape is kept, with its time; one of nobody says so."""
        made = a_deployment(an_organization(metastore), description="words")
        metastore.deployments.add(made)
        assert metastore.deployments.reshape(made.id, "64GB", at=after(hours=1))
        (found,) = metastore.deployments.find(made.organization_id)
        assert (found.shape, found.updated_at, found.description) == ("64GB", after(hours=1), "words")
        assert not metastore.deployments.reshape(new_id(), "64GB", at=after(hours=1))

    def test_found_in_status(self, metastore: Metastore) -> None:
        """Deployments are found by state over all organizations; no state finds none."""
        for n, status in enumerate(DeploymentStatus):
            organization = an_organization(metastore, f"o{n}")
            metastore.deployments.add(a_deployment(organization, status=status, created_at=after(days=-n)))
        found = metastore.deployments.find_in_status(CREATING, DELETING)
        assert [d.status for d in found] == [DELETING, CREATING]
        assert metastore.deployments.find_in_status() == []

    def test_status_changes(self, metastore: Metastore) -> None:
        """A change of state keeps its reason and time; the next one clears the reason."""
        added = a_deployment(an_organization(metastore))
        metastore.deployments.add(added)
        assert metastore.deployments.set_status(added.id, FAILED, at=after(hours=1), reason="no memory")
        failed = replace(added, status=FAILED, reason="no memory", updated_at=after(hours=1))
        assert metastore.deployments.get_or_none(added.organization_id, added.id) == failed
        assert metastore.deployments.set_status(added.id, RUNNING, at=after(hours=2))
        assert metastore.deployments.find(added.organization_id)[0].reason == ""
        assert not metastore.deployments.set_status(new_id(), RUNNING, at=after(hours=2))

    def test_status_changes_only_from(self, metastore: Metastore) -> None:
        """A change that holds for other states only leaves the deployment as it is."""
        added = a_deployment(an_organization(metastore), status=DELETING)
        metastore.deployments.add(added)
        assert not metastore.deployments.set_status(added.id, RUNNING, at=after(hours=1), only_from=[CREATING])
        assert metastore.deployments.find(added.organization_id) == [added]

    def test_rename(self, metastore: Metastore) -> None:
        """A new name is taken from then on, and the old one is free; a taken one is refused."""
        organization = an_organization(metastore)
        first, second = a_deployment(organization, "first"), a_deployment(organization, "second")
        metastore.deployments.add(first)
        metastore.deployments.add(second)
        with pytest.raises(ResourceAlreadyExists, match="'second'"):
            metastore.deployments.rename(first.id, "second", at=after(hours=1))
        assert metastore.deployments.rename(first.id, "third", at=after(hours=1))
        renamed = replace(first, name="third", updated_at=after(hours=1))
        assert metastore.deployments.get_or_none(organization, first.id) == renamed
        metastore.deployments.add(a_deployment(organization, "first"))
        assert not metastore.deployments.rename(new_id(), "fourth", at=after())

    def test_removed_with_its_tables(self, metastore: Metastore) -> None:
        """A deployment goes with the words about its tables, and going twice is fine."""
        added = a_deployment(an_organization(metastore))
        metastore.deployments.add(added)
        metastore.tables.add(a_table(added.id))
        metastore.deployments.remove(added.id)
        metastore.deployments.remove(added.id)
        assert metastore.deployments.find(added.organization_id) == []
        assert metastore.tables.find(added.id) == []

    def test_not_removed_with_sinks(self, metastore: Metastore) -> None:
        """A deployment that has a sink stays."""
        added = a_deployment(an_organization(metastore))
        metastore.deployments.add(added)
        sink = a_sink(added)
        metastore.sinks.add(sink)
        with pytest.raises(IncorrectState):
            metastore.deployments.remove(added.id)
        assert metastore.sinks.find_in_deployment(added.id) == [sink]
