"""How many records hold each row of a field, by code."""

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, greatest
from roarbase.engine.buffers.pieces import Piece, Pieces

__all__ = ["RowCounters", "count_pieces"]

_FIRST_LENGTH = 16


class RowCounters:
    """One count per code, zero until it is met."""

    def __init__(self) -> None:
        self._counts = np.zeros(_FIRST_LENGTH, np.int64)

    @property
    def nbytes(self) -> int:
        return self._counts.nbytes

    def reserved(self, codes: Int64s) -> Int64s:
        """The counts themselves, with a place for each of these codes, for a kernel that keeps them up."""
        self._reserve(codes)
        return self._counts

    def add(self, codes: Int64s) -> None:
        """Count one more record for each of the codes, which may repeat."""
        np.add.at(self.reserved(codes), codes, 1)

    def add_counts(self, codes: Int64s, counts: Int64s) -> None:
        """Count so many more records for each of the codes, all different."""
        self._reserve(codes)
        self._counts[codes] += counts

    def add_each(self, counts: Int64s) -> None:
        """Count so many more records for each of the first codes."""
        self._lengthen(len(counts))
        self._counts[: len(counts)] += counts

    def remove(self, codes: Int64s) -> None:
        """Count one less."""
        np.subtract.at(self._counts, codes, 1)

    def add_many(self, code: int, count: int) -> None:
        """Count that many more records for one code; less, if negative."""
        self._reserve(np.array([code]))
        self._counts[code] += count

    def subtract(self, counts: Int64s) -> None:
        """Count that many less, by code; codes beyond the end of `counts` keep theirs."""
        self._counts[: len(counts)] -= counts

    def zeros(self) -> Int64s:
        """As many zeros as there are counts: to add up what `subtract` is to take away."""
        return np.zeros_like(self._counts)

    def counts(self, code_count: int) -> Int64s:
        """The counts of the codes below this one; a copy."""
        counts = np.zeros(code_count, np.int64)
        known = self._counts[:code_count]
        counts[: len(known)] = known
        return counts

    def load(self, pieces: Pieces) -> None:
        """Count what `count_pieces` counted in one shard."""
        if "row codes" in pieces:
            self.add_counts(pieces["row codes"].values.astype(np.int64), pieces["row counts"].values.astype(np.int64))

    def count(self, code: int) -> int:
        return int(self._counts[code]) if code < len(self._counts) else 0

    def _reserve(self, codes: Int64s) -> None:
        self._lengthen(greatest(codes) + 1 if len(codes) else 0)

    def _lengthen(self, length: int) -> None:
        if length > len(self._counts):
            longer = np.zeros(1 << (length - 1).bit_length(), np.int64)
            longer[: len(self._counts)] = self._counts
            self._counts = longer


def count_pieces(counts: Int64s) -> list[Piece]:
    """What a snapshot keeps of the counts by code in one shard: those that are not 0."""
    codes = np.flatnonzero(counts)
    return [Piece("row codes", codes.astype(np.uint32)), Piece("row counts", counts[codes].astype(np.uint32))]
