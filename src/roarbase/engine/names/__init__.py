"""Names and their numbers: records and their positions, rows and their codes.

record_ids.py, record_keys.py  the records of a table: which position is whose
record_names.py                what both have in common: taking, giving back, deleting, releasing
positions.py, shard_bits.py, held.py, id_order.py   the parts of that
row_names.py, numbered.py      the rows of a field, numbered in order of first use
id_map.py, key_map.py          ids, or keys, and their numbers, through hash maps
late.py                        names that a start has got and not entered yet
hash_slots.py, hashing.py      the slots of a hash map; hashes under a secret key
texts.py, text_pages.py        keys as UTF-8, and the pages in which they lie
growing.py                     an array that grows at its end
"""

__all__: list[str] = []
