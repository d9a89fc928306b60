"""Sinks at rest, on both databases."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roarbase.errors import RelatedResourceNotFound, ResourceAlreadyExists
from roarbase.metastore.store import Metastore
from roarbase.model.deployments import Deployment
from roarbase.model.sinks import SinkStatus
from tests.metastore.nouns import a_deployment, a_sink, after, an_organization, new_id

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@pytest.fixture
def deployment(metastore: Metastore) -> Deployment:
    """A deployment to hold sinks."""
    added = a_deployment(an_organization(metastore))
    metastore.deployments.add(added)
    return added


class TestSinks:
    @pytest.mark.parametrize("status", SinkStatus)
    def test_what_was_added_is_read(self, metastore: Metastore, deployment: Deployment, status: SinkStatus) -> None:
        """A sink comes back as it was stored, in every state."""
        added = a_sink(deployment, status=status, reason="why")
        metastore.sinks.add(added)
        assert metastore.sinks.get_or_none(deployment.organization_id, added.id) == added

    @given(declaration=st.dictionaries(st.text(), JSON, max_size=4))
    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_any_declaration(self, metastore: Metastore, deployment: Deployment, declaration: dict[str, Any]) -> None:
        """Whatever JSON object was sent comes back, its members in order and its numbers exact."""
        added = a_sink(deployment, f"s{new_id()}", declaration=declaration)
        metastore.sinks.add(added)
        read = metastore.sinks.get_or_none(deployment.organization_id, added.id)
        assert read == added
        assert read is not None
        assert list(read.declaration) == list(declaration)

    def test_another_organizations(self, metastore: Metastore, deployment: Deployment) -> None:
        """Nothing of another organization is seen."""
        added = a_sink(deployment)
        metastore.sinks.add(added)
        other = an_organization(metastore, "other")
        assert metastore.sinks.get_or_none(other, added.id) is None
        assert metastore.sinks.get_or_none(deployment.organization_id, "\0") is None
        assert metastore.sinks.find(other) == []
        assert metastore.sinks.find(deployment.organization_id) == [added]

    def test_a_name_is_taken_in_its_deployment(self, metastore: Metastore, deployment: Deployment) -> None:
        """A name is taken in one deployment, free in others, and free again once removed."""
        first = a_sink(deployment, status=SinkStatus.DELETING)
        metastore.sinks.add(first)
        with pytest.raises(ResourceAlreadyExists, match="'flow'"):
            metastore.sinks.add(a_sink(deployment))
        other = a_deployment(deployment.organization_id, "other")
        metastore.deployments.add(other)
        metastore.sinks.add(a_sink(other))
        metastore.sinks.remove(first.id)
        metastore.sinks.remove(first.id)
        metastore.sinks.add(a_sink(deployment))

    def test_without_deployment(self, metastore: Metastore, deployment: Deployment) -> None:
        """A sink of no deployment is refused."""
        with pytest.raises(RelatedResourceNotFound):
            metastore.sinks.add(a_sink(replace(deployment, id=new_id())))

    def test_found_four_ways(self, metastore: Metastore, deployment: Deployment) -> None:
        """Sinks are found by organization, deployment, table and state, oldest first."""
        other = a_deployment(deployment.organization_id, "other")
        metastore.deployments.add(other)
        a = a_sink(deployment, "a", table_id="t1", created_at=after(seconds=2))
        b = a_sink(deployment, "b", table_id="t2", status=SinkStatus.RUNNING, created_at=after(seconds=1))
        c = a_sink(other, "c", table_id="t1", status=SinkStatus.DELETING)
        for sink in (a, b, c):
            metastore.sinks.add(sink)
        assert metastore.sinks.find(deployment.organization_id) == [c, b, a]
        assert metastore.sinks.find_in_deployment(deployment.id) == [b, a]
        assert metastore.sinks.find_of_table(deployment.id, "t1") == [a]
        assert metastore.sinks.find_of_table(other.id, "t1") == [c]
        assert metastore.sinks.find_in_status(SinkStatus.CREATING, SinkStatus.RUNNING) == [b, a]
        assert metastore.sinks.find_in_status() == metastore.sinks.find_of_table(other.id, "t3") == []

    def test_status_changes(self, metastore: Metastore, deployment: Deployment) -> None:
        """A change of state keeps its reason and time, and holds only from the states it names."""
        added = a_sink(deployment)
        metastore.sinks.add(added)
        assert metastore.sinks.set_status(added.id, SinkStatus.FAILED, at=after(hours=1), reason="no room")
        failed = replace(added, status=SinkStatus.FAILED, reason="no room", updated_at=after(hours=1))
        assert metastore.sinks.find(deployment.organization_id) == [failed]
        running = {"status": SinkStatus.RUNNING, "at": after(hours=2)}
        assert not metastore.sinks.set_status(added.id, **running, only_from=[SinkStatus.CREATING])
        assert metastore.sinks.find(deployment.organization_id) == [failed]
        assert not metastore.sinks.set_status(new_id(), **running)
