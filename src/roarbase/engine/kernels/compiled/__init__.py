"""The kernels as numba compiles them. Only `kernels/fast.py` imports from here, and numba comes in with it.

Everything works on addresses and 64-bit integers. Words of bits are uint64 and only ever meet uint64: numba
turns uint64 with int64 into a float. The modules, from the bottom up: `memory` and `vectors` (what machine
code offers), `program` (a filter, block by block), one module per terminal, `entries` (what is called).

numba does not notice that a helper in another module has changed, so the cache directory carries a digest
of this whole package in its name (`kernels/sources.py`).
"""

__all__: list[str] = []
