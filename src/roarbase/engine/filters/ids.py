"""Records by their ids, where these are not positions: ranges of words that kernels compare."""

from roarbase.engine.filters.filter import NOTHING, Filter, any_of, leaf
from roarbase.engine.kernels.port import Op
from roarbase.engine.names.id_words import GREATEST_WORD, LEAST_WORD
from roarbase.engine.names.record_ids import RecordIds
from roarbase.engine.operators.scan import Scan

__all__ = ["mapped", "words_between"]

_COST = 8


def mapped(scan: Scan, records: RecordIds) -> Filter:
    """The records whose ids are not their own positions."""
    return words_between(scan, records, LEAST_WORD, GREATEST_WORD)


def words_between(scan: Scan, records: RecordIds, low: int, high: int) -> Filter:
    """Those of them whose words lie between two, both included. 0 is no word: it stands where there is none."""
    if not records.has_others:
        return NOTHING
    slot = scan.slots.words(records.words, records.zones)
    parts = ((low, min(high, -1)), (max(low, 1), high))
    return any_of(leaf(Op.RANGE, slot, first, last, cost=_COST) for first, last in parts if first <= last)
