"""Texts that are bytes are the strings they were made of."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from roarbase.engine.names.texts import decode, encode
from roarbase.model.encoded_texts import EncodedTexts


@given(st.lists(st.text(max_size=5), max_size=5))
def test_they_are_a_sequence_of_strings(strings: list[str]) -> None:
    """One by one, in slices and all together, however many bytes a character takes."""
    encoded = [string.encode() for string in strings]
    ends = np.cumsum([len(each) for each in encoded], dtype=np.int64)
    texts = EncodedTexts(np.frombuffer(b"".join(encoded), np.uint8), ends)
    assert len(texts) == len(strings)
    assert [*texts] == strings
    assert texts[1:] == strings[1:]
    assert [texts[place] for place in range(len(texts))] == strings
    assert decode(encode(texts)) == strings
