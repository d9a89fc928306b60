"""Keys as texts in UTF-8, whole batches at a time."""

from collections.abc import Sequence

import numpy as np

from roarbase.engine.buffers.pieces import Piece, Pieces
from roarbase.engine.kernels.maps.port import MAXIMUM_LENGTH, Texts
from roarbase.errors import ResourceLimitExceeded
from roarbase.model.encoded_texts import EncodedTexts

__all__ = ["check_lengths", "decode", "encode", "text_pieces", "texts_of"]


def encode(keys: Sequence[str]) -> Texts:
    """The keys as texts. A lone surrogate is a character like any other."""
    if isinstance(keys, EncodedTexts):
        return Texts(keys.blob, keys.ends)
    joined = "".join(keys)
    blob = joined.encode("utf-8", "surrogatepass")
    if len(blob) == len(joined):
        lengths = np.fromiter(map(len, keys), np.int64, len(keys))
    else:
        lengths = np.fromiter((len(_bytes(key)) for key in keys), np.int64, len(keys))
    return Texts(np.frombuffer(blob, np.uint8), np.cumsum(lengths))


def decode(texts: Texts) -> list[str]:
    """The texts as keys."""
    return [*EncodedTexts(texts.blob, texts.ends)]


def text_pieces(texts: Texts) -> list[Piece]:
    """What a snapshot keeps of texts."""
    return [Piece("key sizes", texts.lengths.astype(np.uint32)), Piece("key bytes", texts.blob)]


def texts_of(pieces: Pieces) -> Texts:
    """The texts that a snapshot kept."""
    return Texts(pieces["key bytes"].values, np.cumsum(pieces["key sizes"].values, dtype=np.int64))


def check_lengths(texts: Texts) -> None:
    """Refuse texts too long to be kept.

    Raises:
        ResourceLimitExceeded: One of them is.
    """
    longest = int(texts.lengths.max(initial=0))
    if longest > MAXIMUM_LENGTH:
        raise ResourceLimitExceeded(f"a key has {longest} bytes: more than {MAXIMUM_LENGTH} are not supported")


def _bytes(key: str) -> bytes:
    return key.encode("utf-8", "surrogatepass")
