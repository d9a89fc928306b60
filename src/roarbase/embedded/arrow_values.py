"""Arrow arrays as values: numbers and offsets where they lie, strings as their codes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt
from numpy.typing import NDArray

from roarbase.embedded.place import Place
from roarbase.embedded.values import Booleans, Decimals, Floats, Integers, Lists, Mask, Moments, Nulls, Texts, Values

__all__ = ["arrow_values", "column_values"]

_PLACES = {"s": 0, "ms": 3, "us": 6, "ns": 9}
_DAY_SECONDS = 86_400

_WIDE_DICTIONARY = 1000
"""A dictionary with more entries beyond the length of its array is decoded: making its keys would take longer."""


def arrow_values(array: Any, place: Place) -> Values:
    """The values of an Arrow array.

    Raises:
        InvalidParameter: It is of a type that no field takes.
    """
    while isinstance(array, pa.ExtensionArray):
        array = array.storage
    kind = array.type
    read = next((read for is_kind, read in _READERS if is_kind(kind)), None)
    if read is None:
        raise place.refused(f"it is of the Arrow type {kind}, which no field takes")
    return read(array, place)


def column_values(column: Any, place: Place) -> Values:
    """The values of an array, a chunked one, or what hands out either.

    Raises:
        InvalidParameter: It is of a type that no field takes.
    """
    if not isinstance(column, pa.Array | pa.ChunkedArray):
        column = pa.chunked_array(column) if hasattr(column, "__arrow_c_stream__") else pa.array(column)
    if isinstance(column, pa.ChunkedArray):
        column = column.unify_dictionaries().combine_chunks()
    return arrow_values(column, place)


def _mask(array: Any) -> Mask | None:
    """Where an array has nulls; None if nowhere."""
    if not array.null_count:
        return None
    mask: Mask = array.is_null().to_numpy(zero_copy_only=False)
    return mask


def _memory(array: Any, dtype: Any, per_value: int = 1) -> NDArray[Any]:
    """The values of an array as they lie in memory, whatever stands where it is null."""
    buffer = array.buffers()[1]
    if buffer is None:
        return np.zeros(len(array) * per_value, dtype)
    whole: NDArray[Any] = np.frombuffer(buffer, dtype)
    return whole[array.offset * per_value : (array.offset + len(array)) * per_value]


def _nulls(array: Any, _: Place) -> Values:
    return Nulls(length=len(array))


def _integers(array: Any, _: Place) -> Values:
    return Integers(values=_memory(array, array.type.to_pandas_dtype()), is_null=_mask(array))


def _floats(array: Any, _: Place) -> Values:
    return Floats(values=_memory(array, array.type.to_pandas_dtype()), is_null=_mask(array))


def _booleans(array: Any, _: Place) -> Values:
    return Booleans(values=array.fill_null(False).to_numpy(zero_copy_only=False), is_null=_mask(array))


def _narrow_decimals(array: Any, _: Place) -> Values:
    width = {32: np.int32, 64: np.int64}[array.type.bit_width]
    return Decimals(values=_memory(array, width).astype(np.int64), scale=array.type.scale, is_null=_mask(array))


def _decimals(array: Any, place: Place) -> Values:
    if array.type.bit_width == 256:
        try:
            array = array.cast(pa.decimal128(38, array.type.scale))
        except pa.ArrowInvalid:
            raise place.refused(f"it is of the Arrow type {array.type}, with values beyond 64 bits") from None
    words = _memory(array, np.int64, 2).reshape(-1, 2)
    values = words[:, 0]
    fits = words[:, 1] == values >> 63  # the upper word only repeats the sign
    is_null = _mask(array)
    return Decimals(
        values=values, scale=array.type.scale, fits=fits if is_null is None else fits | is_null, is_null=is_null
    )


def _moments(array: Any, _: Place) -> Values:
    return Moments(values=_memory(array, np.int64), places=_PLACES[array.type.unit], is_null=_mask(array))


def _dates(array: Any, _: Place) -> Values:
    if array.type == pa.date64():
        return Moments(values=_memory(array, np.int64), places=3, is_null=_mask(array))
    seconds = _memory(array, np.int32).astype(np.int64) * _DAY_SECONDS
    return Moments(values=seconds, places=0, is_null=_mask(array))


def _texts(array: Any, place: Place) -> Values:
    return _codes(array.dictionary_encode(), place)


def _text_views(array: Any, place: Place) -> Values:
    return _texts(array.cast(pa.large_string()), place)


def _dictionaries(array: Any, place: Place) -> Values:
    is_text = any(is_kind(array.type.value_type) for is_kind in (pt.is_string, pt.is_large_string))
    # A dictionary may hold nulls, or be that of a much longer array.
    if not is_text or array.dictionary.null_count or len(array.dictionary) > _WIDE_DICTIONARY + len(array):
        return arrow_values(array.dictionary_decode(), place)
    return _codes(array, place)


def _codes(array: Any, place: Place) -> Values:
    keys = array.dictionary.to_pylist()
    if len(set(keys)) < len(keys):
        return arrow_values(array.dictionary_decode(), place)
    indices = array.indices
    return Texts(codes=_memory(indices, indices.type.to_pandas_dtype()), keys=keys, is_null=_mask(array))


def _lists(array: Any, place: Place) -> Values:
    if array.null_count:
        return _scattered_lists(array, place)
    bounds = array.offsets.to_numpy()
    start, stop = int(bounds[0]), int(bounds[-1])
    offsets = bounds.astype(np.int64) - start
    elements = arrow_values(array.values.slice(start, stop - start), place.inside(offsets))
    return Lists(offsets=offsets, elements=elements)


def _fixed_lists(array: Any, place: Place) -> Values:
    is_null = _mask(array)
    lengths = np.full(len(array), array.type.list_size)
    return _flat_lists(lengths if is_null is None else lengths * ~is_null, array.flatten(), place, is_null)


def _scattered_lists(array: Any, place: Place) -> Values:
    """Lists whose elements do not lie one behind the other: null ones may have some."""
    lengths = pc.fill_null(pc.list_value_length(array), 0).to_numpy()
    return _flat_lists(lengths, array.flatten(), place, _mask(array))


def _flat_lists(lengths: NDArray[Any], elements: Any, place: Place, is_null: Mask | None) -> Values:
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    return Lists(offsets=offsets, elements=arrow_values(elements, place.inside(offsets)), is_null=is_null)


def _runs(array: Any, place: Place) -> Values:
    return arrow_values(pc.run_end_decode(array), place)


_READERS: tuple[tuple[Callable[[Any], bool], Callable[[Any, Place], Values]], ...] = (
    (pt.is_null, _nulls),
    (pt.is_integer, _integers),
    (pt.is_floating, _floats),
    (pt.is_boolean, _booleans),
    (pt.is_decimal32, _narrow_decimals),
    (pt.is_decimal64, _narrow_decimals),
    (pt.is_decimal, _decimals),
    (pt.is_timestamp, _moments),
    (pt.is_date, _dates),
    (pt.is_string, _texts),
    (pt.is_large_string, _texts),
    (pt.is_string_view, _text_views),
    (pt.is_dictionary, _dictionaries),
    (pt.is_list, _lists),
    (pt.is_large_list, _lists),
    (pt.is_fixed_size_list, _fixed_lists),
    (pt.is_list_view, _scattered_lists),
    (pt.is_large_list_view, _scattered_lists),
    (pt.is_run_end_encoded, _runs),
)
"""The first row whose test an array's type passes says how it is read."""
