"""The options that id, ids, string and strings share: Mutex, Quantum, TTL and CacheConfig."""

from dataclasses import replace

from roarbase.model.field_definitions import read_config
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.model.options import Options

__all__ = ["declare_rows"]


def declare_rows(name: str, options: Options, *, is_keyed: bool, may_be_mutex: bool) -> FieldSpec:
    """The field for rows with these options: a set, with Mutex a mutex, with Quantum a time field."""
    is_mutex = options.flag("Mutex") and may_be_mutex
    spec = FieldSpec(name=name, type=FieldType.TIME, is_keyed=is_keyed)
    spec = read_config(options, spec, ("timeQuantum", "ttl"))
    if options.get("TTL") and not options.get("Quantum"):
        options.refuse("TTL", "is given without Quantum; only a field with a Quantum keeps times")
    if is_mutex:
        for name_of_time in filter(options.get, ("Quantum", "TTL")):
            options.refuse(name_of_time, "cannot be combined with Mutex: a mutex field keeps no times")
    spec = read_config(options.object("CacheConfig"), spec, ("cacheType", "cacheSize"))
    return replace(spec, type=FieldType.MUTEX if is_mutex else FieldType.TIME if spec.quantum else FieldType.SET)
