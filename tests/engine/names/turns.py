"""Kernels that change from call to call, as they do in a service that has just started."""

from random import Random

from roarbase.engine.kernels.maps.fast import FastMaps
from roarbase.engine.kernels.maps.plain import PlainMaps
from roarbase.engine.kernels.maps.port import MapKernels
from roarbase.engine.kernels.writes.fast import FastWrites
from roarbase.engine.kernels.writes.plain import PlainWrites
from roarbase.engine.kernels.writes.port import WriteKernels
from tests.support.kernels import compiled_entries

__all__ = ["Turns"]


class Turns:
    """Now the plain ones, now the compiled ones."""

    def __init__(self, seed: int = 0) -> None:
        self._random = Random(seed)
        self._maps: list[MapKernels] = [PlainMaps(), FastMaps(compiled_entries())]
        self._writes: list[WriteKernels] = [PlainWrites(), FastWrites(compiled_entries())]

    @property
    def maps(self) -> MapKernels:
        return self._random.choice(self._maps)

    @property
    def writes(self) -> WriteKernels:
        return self._random.choice(self._writes)
