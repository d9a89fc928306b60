"""From resources to the members that the control plane answers."""

from msgspec import UNSET

from roarbase.model.deployments import Deployment, Shape
from roarbase.model.field_definitions import shown_options
from roarbase.model.sinks import Sink
from roarbase.model.tables import FieldView, TableView
from roarbase.model.transfers import Transfer, TransferKind
from roarbase.planes.control.bodies import (
    DeploymentAnswer,
    ShapeAnswer,
    ShapeOptions,
    ShapesAnswer,
    SinkAnswer,
    SinkDetails,
    TableAnswer,
    TableOptions,
    TransferAnswer,
)
from roarbase.planes.control.field_bodies import FieldAnswer, FieldOptions
from roarbase.planes.faces import Face

__all__ = ["deployment_answer", "field_answer", "shapes_answer", "sink_answer", "table_answer", "transfer_answer"]


def shapes_answer(face: Face, shapes: list[Shape]) -> ShapesAnswer:
    """The names for programs, the sizes for people. The smallest shape is meant for development."""
    return ShapesAnswer(
        name=f"{face.noun}:shapes",
        value=[s.name for s in shapes],
        resources=[
            ShapeAnswer(
                name=s.name,
                type="development" if i == 0 else "production",
                memory_bytes=s.memory_bytes,
                disk_gb=s.disk_gb,
                vcpu=s.vcpu,
            )
            for i, s in enumerate(shapes)
        ],
    )


def deployment_answer(deployment: Deployment) -> DeploymentAnswer:
    return DeploymentAnswer(
        id=deployment.id,
        name=deployment.name,
        deployment_status=deployment.status,
        status=deployment.status,
        deployment_options=ShapeOptions(shape=deployment.shape),
        owner=deployment.owner,
        created_at=deployment.created_at,
        updated_at=deployment.updated_at,
        reason=deployment.reason or UNSET,
    )


def field_answer(field: FieldView) -> FieldAnswer:
    spec = field.spec
    return FieldAnswer(id=field.id, name=spec.name, type=spec.type, options=FieldOptions(**shown_options(spec)))


def table_answer(table: TableView) -> TableAnswer:
    record, spec = table.record, table.spec
    return TableAnswer(
        id=record.id,
        name=spec.name,
        description=record.description,
        status="RUNNING",
        deployment_id=record.deployment_id,
        options=TableOptions(keys=spec.is_keyed),
        fields=[field_answer(field) for field in FieldView.all_of(spec)],
        owner=record.owner,
        created_at=record.created_at,
        updated_at=record.updated_at,
    )


def sink_answer(face: Face, sink: Sink, origin: str) -> SinkAnswer:
    """`origin` is where the data plane stands, such as https://data.example.com."""
    status = face.sink_status(sink.status)
    return SinkAnswer(
        id=sink.id,
        name=sink.name,
        sink_status=status,
        status=status,
        sink_details=SinkDetails(deployment_id=sink.deployment_id, table=sink.table),
        endpoint=f"{origin}/{face.version}/sinks/{sink.id}",
        schema=sink.declaration,
        owner=sink.owner,
        created_at=sink.created_at,
        updated_at=sink.updated_at,
        reason=sink.reason or UNSET,
    )


def transfer_answer(transfer: Transfer) -> TransferAnswer:
    """What was sent is told of backups only: a restore has all of it sent."""
    is_backup = transfer.kind == TransferKind.BACKUP
    return TransferAnswer(
        deployment_id=transfer.deployment_id,
        action=transfer.kind,
        status=transfer.status,
        url=transfer.place,
        started_at=transfer.started_at,
        finished_at=transfer.finished_at,
        files=transfer.files,
        done_files=transfer.done_files,
        size_bytes=transfer.size_bytes,
        sequence=transfer.sequence,
        sent_files=transfer.sent_files if is_backup else UNSET,
        sent_bytes=transfer.sent_bytes if is_backup else UNSET,
        reason=transfer.reason or UNSET,
    )
