"""Hash maps against dictionaries, with plain and compiled kernels taking turns on the same memory."""

import subprocess
import sys
from random import Random
from threading import Event, Thread
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roarbase.engine.kernels.maps.fast import FastMaps
from roarbase.engine.kernels.maps.plain import PlainMaps
from roarbase.engine.kernels.maps.port import MapKernels
from roarbase.engine.names import hashing
from roarbase.engine.names.hash_slots import SEGMENT_BITS, HashSlots, segments_for
from roarbase.engine.names.id_map import IdMap
from roarbase.engine.names.id_words import GREATEST_WORD, LEAST_WORD, to_ids, to_words, word_of
from roarbase.engine.names.key_map import KeyMap
from roarbase.engine.names.texts import decode, encode
from roarbase.errors import ResourceLimitExceeded
from tests.engine.names.turns import Turns
from tests.support.kernels import compiled_entries
from tests.support.samples import sample

KEYS = st.sampled_from(["", "a", "b", "ab", "é", "e\u0301", "\ud800", "\udfff", "\x00", "0", "x" * 7, "y" * 8, "z" * 9])
TEXTS = st.lists(KEYS | st.text(max_size=40))
CHUNK = 1 << 20


def kernels() -> list[MapKernels]:
    return [PlainMaps(), FastMaps(compiled_entries())]


@given(TEXTS)
def test_keys_are_encoded_and_decoded(keys: list[str]) -> None:
    """Whatever characters they have, keys come back as they were."""
    texts = encode(keys)
    assert decode(texts) == keys
    assert texts.blob.tobytes() == b"".join(key.encode("utf-8", "surrogatepass") for key in keys)


@settings(deadline=None)
@given(TEXTS, st.lists(st.integers(0, 2**64 - 1)), st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_hashes_agree(keys: list[str], ids: list[int], low: int, high: int) -> None:
    """Plain and compiled kernels hash alike, and a word is hashed as its eight bytes."""
    texts, key = encode(keys), np.array([low, high], np.uint64)
    plain, fast = kernels()
    assert plain.hash_texts(texts, key).tolist() == fast.hash_texts(texts, key).tolist()
    words = np.array(ids, np.uint64).view(np.int64)
    hashes = plain.hash_words(words, key).tolist()
    assert hashes == fast.hash_words(words, key).tolist()
    for number, expected in zip(ids, hashes, strict=True):
        same = encode([number.to_bytes(8, "little").decode("latin-1")])
        if len(same.blob) == 8:  # otherwise the bytes are no text
            assert plain.hash_texts(same, key).tolist() == [expected]


@pytest.mark.skipif(sys.hash_info.algorithm != "siphash13", reason="this Python hashes otherwise")
def test_the_hash_is_siphash() -> None:
    """It is what Python computes for bytes, under the key that Python has without randomization: zero."""
    texts = ["a", "1234567", "12345678", "123456789", "x" * 63, "y" * 64, "roarbase"]
    script = f"print(*[hash(text.encode()) for text in {texts!r}])"
    ran = subprocess.run(
        [sys.executable, "-c", script], env={"PYTHONHASHSEED": "0"}, capture_output=True, text=True, check=True
    )
    expected = [int(word) % 2**32 for word in ran.stdout.split()]
    for maps in kernels():
        assert maps.hash_texts(encode(texts), np.zeros(2, np.uint64)).tolist() == expected


def test_long_texts_are_hashed_whole() -> None:
    """Texts too long for the kernels differ in their hashes wherever they differ, and stand among short ones."""
    keys = ["short", "x" * 5000, "x" * 4999 + "y", "y" + "x" * 4999, "x" * 4096, "x" * 4095, ""]
    plain, fast = ([*hashing.hash_texts(maps, encode(keys)).tolist()] for maps in kernels())
    assert plain == fast
    assert len(set(plain)) == len(keys)
    assert plain[0] == int(hashing.hash_texts(kernels()[0], encode(["short"]))[0])


@given(st.lists(st.integers(0, 2**64 - 2) | st.sampled_from([0, 1, 2**63 - 1, 2**63, 2**64 - 2])))
def test_words_keep_the_order_of_ids(ids: list[int]) -> None:
    """The words of ids are all different and not 0, in the order of the ids, and lead back to them."""
    words = to_words(np.array(ids, np.uint64))
    assert words.tolist() == [*map(word_of, ids)]
    assert to_ids(words).tolist() == ids
    assert np.argsort(words, kind="stable").tolist() == sorted(range(len(ids)), key=ids.__getitem__)
    assert (words != 0).all()
    assert (word_of(0), word_of(2**64 - 2)) == (LEAST_WORD, GREATEST_WORD)


@settings(deadline=None, max_examples=sample(10))
@given(st.integers(0, 2**32), st.lists(st.sampled_from([1, 3, 40, 900, 6000]), min_size=1, max_size=8))
def test_id_map_is_a_dict(seed: int, sizes: list[int]) -> None:
    """Ids are found under their numbers, removed ones are not, over many growing segments."""
    random, ids, model = np.random.default_rng(seed), IdMap(Turns(seed)), dict[int, int]()
    free = [*range(20_000)]
    for size in sizes:
        new = np.setdiff1d(random.integers(0, 2**64 - 1, size, np.uint64), np.array([*model], np.uint64))
        numbers = np.array([free.pop(random.integers(len(free))) for _ in new], np.int64)
        ids.enter(new, numbers)
        model.update(zip(new.tolist(), numbers.tolist(), strict=True))
        gone = random.choice(np.array([*model], np.uint64), len(model) // 3, replace=False)
        removed = np.array([model.pop(i) for i in gone.tolist()], np.int64)
        ids.remove(removed)
        ids.clear(removed)
        free += removed.tolist()
        asked = np.concatenate((np.array([*model], np.uint64), gone, random.integers(0, 99, 5, np.uint64)))
        assert ids.find(asked).tolist() == [model.get(i, -1) for i in asked.tolist()]
        assert len(ids) == len(model)
        there = np.array([*model.values()], np.int64)
        assert ids.ids_at(there)[0].tolist() == [*model]
        assert not ids.ids_at(removed)[1].any()


@settings(deadline=None, max_examples=sample(10))
@given(st.integers(0, 2**32), st.lists(st.sampled_from([1, 3, 40, 900, 6000]), min_size=1, max_size=8))
def test_key_map_is_a_dict(seed: int, sizes: list[int]) -> None:
    """Keys of all lengths are found under their numbers and read back; removed and taken back ones are gone."""
    random, keys, model = Random(seed), KeyMap(Turns(seed)), dict[str, int]()
    free = [*range(20_000)]
    for size in sizes:
        new = [*{_random_key(random) for _ in range(size)} - {*model}]
        numbers = [free.pop(random.randrange(len(free))) for _ in new]
        keys.enter(new, np.array(numbers, np.int64))
        if random.random() < 0.3:
            keys.take_back(np.array(numbers, np.int64))
            free += numbers
        else:
            model.update(zip(new, numbers, strict=True))
        gone = random.sample(sorted(model), len(model) // 2)
        removed = [model.pop(key) for key in gone]
        keys.remove(np.array(removed, np.int64))
        free += removed
        asked = [*model, *gone, *new]
        assert keys.find(asked).tolist() == [model.get(key, -1) for key in asked]
        assert keys.keys_at(np.array([*model.values()], np.int64)) == [*model]
        assert len(keys) == len(model)


def _random_key(random: Random) -> str:
    if random.random() < 0.001:
        return f"{random.random()}" * random.choice([300, 70_000])  # some need pages of their own
    return "".join(random.choices("abé\ud800", k=random.choice([0, 1, 5, 8, 9, 17])))


def test_equal_hashes_do_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names with the same hash are told apart, found and removed one by one."""
    for module in ("id_map", "key_map"):
        name = "hash_words" if module == "id_map" else "hash_texts"
        monkeypatch.setattr(f"roarbase.engine.names.{module}.{name}", lambda _, names: np.zeros(len(names), np.uint32))
    keys, ids = KeyMap(Turns()), IdMap(Turns())
    names, numbers = [f"k{i}" for i in range(50)], np.arange(50)
    some_ids = np.arange(50, dtype=np.uint64) * np.uint64(2**50)
    keys.enter(names, numbers)
    ids.enter(some_ids, numbers)
    keys.remove(numbers[::3])
    ids.remove(numbers[::3])
    expected = [-1 if i % 3 == 0 else i for i in range(50)]
    assert keys.find([*names, "k50"]).tolist() == [*expected, -1]
    assert ids.find(np.append(some_ids, np.uint64(7))).tolist() == [*expected, -1]


@pytest.mark.parametrize("count", [0, 1, 11, 12, 13, 2943, 2945, 3201, 6400, 100_000, 10**9])
def test_segments_are_never_nearly_full(count: int) -> None:
    """However many names there are, a segment that is not split yet is 78 % full on average, at most."""
    segments = segments_for(count)
    whole = 1 << (segments.bit_length() - 1)
    if segments < 2 * whole - 1 or count > 64:
        assert count / whole <= 0.7813 * (1 << SEGMENT_BITS)
    assert segments_for(count + 1) >= segments


def test_a_split_that_fails_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """When memory gives out while segments are split, what they hold is still found, and the next try goes well."""
    ids, first = IdMap(Turns()), np.arange(3000, dtype=np.uint64) + np.uint64(2**40)
    ids.enter(first, np.arange(3000))
    slots: Any = ids._slots

    def fail(*_: Any) -> Any:
        raise MemoryError

    more = np.arange(3000, 9000, dtype=np.uint64) + np.uint64(2**40)
    with monkeypatch.context() as patch:
        patch.setattr(HashSlots, "_enter", fail)
        with pytest.raises(MemoryError):
            slots.insert(hashing.hash_words(PlainMaps(), to_words(more)), np.arange(3000, 9000))
    assert ids.find(first).tolist() == [*range(3000)]
    ids.enter(more, np.arange(3000, 9000))
    assert ids.find(np.concatenate((first, more))).tolist() == [*range(9000)]


def test_a_key_that_is_too_long_is_refused() -> None:
    """A key of 16 MiB is kept no more than its length can be; one byte less is a key like any other."""
    keys = KeyMap(Turns())
    with pytest.raises(ResourceLimitExceeded, match="16777216 bytes: more than 16777215"):
        keys.enter(["a", "x" * 2**24], np.arange(2))
    assert len(keys) == 0
    keys.enter(["a", "x" * (2**24 - 1), "b"], np.arange(3))
    assert keys.find(["b", "x" * (2**24 - 1), "x" * 2**24]).tolist() == [2, 1, -1]
    assert len(keys.keys_at(np.array([1]))[0]) == 2**24 - 1


@pytest.mark.parametrize("length", [CHUNK - 3, CHUNK - 2, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK - 2, 2 * CHUNK + 5])
def test_texts_at_the_edges_of_pages(length: int) -> None:
    """Texts about as long as a page, between short and empty ones, read back, and leave nothing when they go."""
    keys = KeyMap(Turns())
    names = ["a", "x" * length, "", "b", "y" * length, "c"]
    keys.enter(names, np.arange(6))
    assert keys.keys_at(np.arange(6)) == names
    assert keys.find(names).tolist() == [*range(6)]
    keys.remove(np.array([1, 4, 2]))
    assert keys.keys_at(np.array([0, 3, 5])) == ["a", "b", "c"]
    keys.enter(["", "d" * 100], np.array([1, 2]))
    assert keys.keys_at(np.array([1, 2])) == ["", "d" * 100]
    assert keys.nbytes < 3 * CHUNK


@pytest.mark.parametrize("make", [IdMap, KeyMap])
def test_names_are_found_while_others_are_entered(make: Any) -> None:
    """Threads that find and read names without a lock are not disturbed by one that enters and removes others."""
    names: Any = make(Turns())
    count = 4000
    fixed = [f"fixed {i}" for i in range(count)] if make is KeyMap else np.arange(count, dtype=np.uint64)
    names.enter(fixed, np.arange(count))
    stopped, wrong = Event(), list[str]()

    def read() -> None:
        while not stopped.is_set():
            if names.find(fixed).tolist() != [*range(count)]:
                wrong.append("found otherwise")
            if make is KeyMap and names.keys_at(np.arange(count)) != fixed:
                wrong.append("read otherwise")

    readers = [Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for turn in range(60):
        start = count + turn * 1000
        numbers = np.arange(start, start + 1000)
        more = [f"more {i}" for i in numbers.tolist()] if make is KeyMap else numbers.astype(np.uint64)
        names.enter(more, numbers)
        names.remove(numbers[:900])
    stopped.set()
    for reader in readers:
        reader.join()
    assert wrong == []
