"""Memory in pages: pieces are zero, apart from one another, and come back."""

import gc
import threading
from random import Random

import numpy as np
import pytest
from numpy.typing import NDArray

from roarbase.engine.buffers.arena import LEAST_BYTES, MOST_BYTES, PAGE_BYTES, Arena
from roarbase.engine.buffers.layout import aligned

SIZES = [
    LEAST_BYTES,
    LEAST_BYTES + 64,
    300_000,
    PAGE_BYTES // 2,
    PAGE_BYTES // 2 + 1,
    PAGE_BYTES,
    5_000_000,
    MOST_BYTES,
]


@pytest.mark.parametrize("size", SIZES)
def test_a_piece_is_zero_and_aligned(size: int) -> None:
    """Of any size; also where another piece was before, which left something behind."""
    arena = Arena()
    for _ in range(3):
        piece = arena.zeros(size)
        assert (len(piece), piece.ctypes.data % 4096, int(piece.max())) == (size, 0, 0)
        piece[:] = 255
        other = arena.zeros(size)
        assert not other.any()
        assert piece.all()
        del piece, other


def test_random_pieces_stay_apart() -> None:
    """However pieces come and go, none touches another, and in the end no page is in use."""
    random, arena = Random(1), Arena()
    held: list[tuple[int, NDArray[np.uint8]]] = []
    for number in range(2000):
        if held and random.random() < 0.48:
            mark, piece = held.pop(random.randrange(len(held)))
            assert piece[0] == piece[-1] == mark
            assert (piece[:: len(piece) // 7] == mark).all()
        else:
            piece = arena.zeros(random.choice(SIZES[:7]))
            assert not piece[:: len(piece) // 7].any()
            piece[:] = number % 255 + 1
            held.append((number % 255 + 1, piece))
    assert arena.used_bytes >= sum(len(piece) for _, piece in held)
    held.clear()
    del piece
    gc.collect()
    assert arena.used_bytes == 0


def test_small_pieces_share_a_page() -> None:
    """Sixteen of the smallest stand in one page, and a view keeps its piece."""
    arena = Arena()
    pieces = [arena.zeros(LEAST_BYTES) for _ in range(16)]
    assert arena.used_bytes == PAGE_BYTES
    view = pieces[3].view(np.uint64)[5:6]
    view[0] = 7
    pieces.clear()
    others = [arena.zeros(LEAST_BYTES) for _ in range(16)]
    assert view[0] == 7
    assert not any(other.any() for other in others)
    assert arena.used_bytes == 2 * PAGE_BYTES


def test_threads_take_and_give_back() -> None:
    """Pieces that many threads take at once are all different."""
    arena, wrong = Arena(), list[int]()

    def work(mark: int) -> None:
        random = Random(mark)
        for _ in range(200):
            pieces = [arena.zeros(random.choice(SIZES[:5])) for _ in range(3)]
            for piece in pieces:
                piece[:] = mark
            if not all(bool((piece == mark).all()) for piece in pieces):
                wrong.append(mark)

    threads = [threading.Thread(target=work, args=(mark,)) for mark in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert arena.used_bytes == 0


@pytest.mark.parametrize("length", [1, 4096, LEAST_BYTES // 4 - 1, LEAST_BYTES // 4, 2**20, MOST_BYTES // 4 + 1])
def test_buffers_of_any_length(length: int) -> None:
    """Small ones, those in pages and very large ones are alike to whoever uses them."""
    buffer = aligned(length, np.uint32)
    assert (len(buffer), buffer.dtype, buffer.ctypes.data % 64) == (length, np.uint32, 0)
    assert not buffer.any()
    buffer[:] = 5
    assert buffer.flags.writeable
