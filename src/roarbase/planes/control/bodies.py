"""What the control plane reads and answers, member by member.

Members that carry the noun are declared in both spellings where they are read; where they are
answered, `spelled` makes the struct of each face from the first.
"""

from datetime import datetime
from functools import cache
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from roarbase.planes.control.field_bodies import FieldAnswer
from roarbase.planes.faces import Face

__all__ = [
    "Accepted",
    "ChangeDeployment",
    "CreateDeployment",
    "CreateSink",
    "CreateTable",
    "DeploymentAnswer",
    "DescribeTable",
    "ShapeAnswer",
    "ShapeOptions",
    "ShapesAnswer",
    "SinkAnswer",
    "SinkDetails",
    "SinkTarget",
    "StartBackup",
    "StartRestore",
    "TableAnswer",
    "TableOptions",
    "TransferAnswer",
    "listing",
    "spell",
    "spelled",
]


class ShapeOptions(Struct, kw_only=True):
    """The options of a deployment."""

    shape: str


class CreateDeployment(Struct, kw_only=True):
    """`deployment_options` in v1, `database_options` in v2."""

    name: str
    deployment_options: ShapeOptions | UnsetType = UNSET
    database_options: ShapeOptions | UnsetType = UNSET


class ChangeDeployment(Struct, kw_only=True):
    """The new name. Options may come along as they are: a deployment keeps its shape."""

    name: str | UnsetType = UNSET
    deployment_options: ShapeOptions | UnsetType = UNSET
    database_options: ShapeOptions | UnsetType = UNSET


class DeploymentAnswer(Struct, kw_only=True):
    """A deployment. `reason` says why a FAILED one failed."""

    id: str
    name: str
    deployment_status: str
    status: str
    deployment_options: ShapeOptions
    owner: str
    created_at: datetime
    updated_at: datetime
    reason: str | UnsetType = UNSET


class ShapeAnswer(Struct, kw_only=True):
    """One shape and its size."""

    name: str
    type: str
    memory_bytes: int
    disk_gb: int
    vcpu: int


class ShapesAnswer(Struct, kw_only=True):
    """The shapes that may be used: their names, then their sizes."""

    name: str
    value: list[str]
    resources: list[ShapeAnswer]


class TableOptions(Struct, kw_only=True, forbid_unknown_fields=True):
    """`keys`: records are known by strings. Existence is always tracked, whatever is asked."""

    keys: bool | None = None
    trackExistence: bool = True  # noqa: N815 - the API's own spelling


class CreateTable(Struct, kw_only=True):
    """A table to make. Without `options.keys` the first sink decides."""

    name: str
    description: str | None = None
    options: TableOptions | None = None


class DescribeTable(Struct, kw_only=True):
    """The new description."""

    description: str


class TableAnswer(Struct, kw_only=True):
    """A table with its fields."""

    id: str
    name: str
    description: str
    status: str
    deployment_id: str
    options: TableOptions
    fields: list[FieldAnswer]
    owner: str
    created_at: datetime
    updated_at: datetime


class SinkTarget(Struct, kw_only=True):
    """Where a sink leads: `deployment_id` in v1, `database_id` in v2."""

    table: str
    deployment_id: str | UnsetType = UNSET
    database_id: str | UnsetType = UNSET


class CreateSink(Struct, kw_only=True):
    """A sink to make. `schema` is described in docs/ingest.md."""

    name: str
    sink_details: SinkTarget
    schema: dict[str, Any]


class SinkDetails(Struct, kw_only=True):
    """Where a sink leads."""

    deployment_id: str
    table: str


class SinkAnswer(Struct, kw_only=True):
    """A sink. `endpoint` is the URL that takes its records."""

    id: str
    name: str
    sink_status: str
    status: str
    sink_details: SinkDetails
    endpoint: str
    schema: dict[str, Any]
    owner: str
    created_at: datetime
    updated_at: datetime
    reason: str | UnsetType = UNSET


class StartBackup(Struct, kw_only=True):
    """Where to: a folder below the service's own, or such as `s3://bucket/path`."""

    url: str


class StartRestore(Struct, kw_only=True):
    """Where from, as a backup was told where to. `source_type` may say the scheme of the URL once more."""

    url: str
    source_type: str = ""


class TransferAnswer(Struct, kw_only=True):
    """The last backup or restore of a deployment: IN_PROGRESS, COMPLETED or FAILED, and then for which `reason`."""

    deployment_id: str
    action: str
    status: str
    url: str
    started_at: datetime
    finished_at: datetime | None
    files: int
    done_files: int
    size_bytes: int
    sequence: int
    sent_files: int | UnsetType = UNSET
    sent_bytes: int | UnsetType = UNSET
    reason: str | UnsetType = UNSET


_NESTED = (SinkDetails,)


class Accepted(Struct, kw_only=True):
    """Nothing to say: it has begun."""


@cache
def spelled(face: Face, struct: type[Struct]) -> type[Struct]:
    """The answer struct as a face spells it: `deployment_status` is `database_status` in v2.

    Attribute names stay, so that `spell` fills one from the other.
    """
    if face.noun == "deployment":
        return struct
    infos = msgspec.structs.fields(struct)
    types = {i.name: spelled(face, i.type) if i.type in _NESTED else i.type for i in infos}
    members = [(i.name, types[i.name]) if i.required else (i.name, types[i.name], i.default) for i in infos]
    renames = {name: name.replace("deployment", face.noun) for name in types}
    return msgspec.defstruct(f"{struct.__name__}V2", members, kw_only=True, rename=renames)


def spell(face: Face, answer: Struct) -> Struct:
    """An answer as a face spells it.

    >>> v2 = Face(version="v2", noun="database", running_sink="ACTIVE")
    >>> msgspec.json.encode(spell(v2, SinkDetails(deployment_id="d", table="t")))
    b'{"database_id":"d","table":"t"}'
    """
    kind = spelled(face, type(answer))
    if kind is type(answer):
        return answer
    values = {name: getattr(answer, name) for name in answer.__struct_fields__}
    return kind(**{name: spell(face, value) if type(value) in _NESTED else value for name, value in values.items()})


@cache
def listing(struct: type[Struct]) -> type[Struct]:
    """The struct of a list of such resources, for the OpenAPI document."""
    return msgspec.defstruct(f"{struct.__name__}List", [("resources", list[struct])], kw_only=True)  # type: ignore[valid-type]
