"""The options that id, ids, string and strings share: Mutex, Quantum, TTL and CacheConfig."""

import re

from roarbase.model.fields import FieldSpec, FieldType
from roarbase.model.options import Options

__all__ = ["declare_rows"]

_CALENDAR = "YMDH"
_DURATION = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?(?:ns|us|µs|ms|s|m|h))+|0")
_CACHE_TYPES = ("ranked", "lru", "none")
_MAXIMUM_CACHE_SIZE = 2**32 - 1


def declare_rows(name: str, options: Options, *, is_keyed: bool, may_be_mutex: bool) -> FieldSpec:
    """The field for rows with these options: a set, with Mutex a mutex, with Quantum a time field."""
    is_mutex = options.flag("Mutex") and may_be_mutex
    quantum, ttl = options.text("Quantum"), options.text("TTL")
    if quantum not in _CALENDAR:
        options.refuse("Quantum", f"is {quantum!r:.80}, it must be some of Y, M, D, H in this order without a gap")
    if ttl and not _DURATION.fullmatch(ttl):
        options.refuse("TTL", f"is {ttl!r:.80}, it must be a duration such as '720h' or '1h30m'")
    if ttl and not options.get("Quantum"):
        options.refuse("TTL", "is given without Quantum; only a field with a Quantum keeps times")
    if is_mutex:
        for name_of_time in [n for n, value in (("Quantum", quantum), ("TTL", ttl)) if value]:
            options.refuse(name_of_time, "cannot be combined with Mutex: a mutex field keeps no times")
    cache_type, cache_size = _cache(options)
    kind = FieldType.MUTEX if is_mutex else FieldType.TIME if quantum else FieldType.SET
    return FieldSpec(
        name=name,
        type=kind,
        is_keyed=is_keyed,
        quantum=quantum,
        ttl=ttl,
        cache_type=cache_type,
        cache_size=cache_size,
    )


def _cache(options: Options) -> tuple[str, int]:
    cache = options.object("CacheConfig")
    kind = cache.text("CacheType")
    if kind and kind not in _CACHE_TYPES:
        cache.refuse("CacheType", f"is {kind!r:.80}, it must be one of {', '.join(_CACHE_TYPES)}")
    return kind, cache.integer("CacheSize", 0, _MAXIMUM_CACHE_SIZE) or 0
