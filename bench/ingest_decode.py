"""How many records one core decodes in a second of its time, clean and with bad records among them.

Records are like those of the quick start: an id, four decimals in strings, a mutex.
Run: `python bench/ingest_decode.py`
"""

import json
import random
import time

from roarbase.ingest.declaration import read_declaration
from roarbase.ingest.decoder import SinkDecoder

__all__: list[str] = []

_SPECIES = ("setosa", "versicolor", "virginica")
_MEASURES = ("sepalLength", "sepalWidth", "petalLength", "petalWidth")
_DECLARATION = {
    "id_field": "id",
    "definition": [
        {"name": "id", "path": ["id"], "type": "id"},
        *({"name": m.lower(), "path": [m], "type": "decimal", "config": {"Scale": 2}} for m in _MEASURES),
        {"name": "species", "path": ["species"], "type": "string", "config": {"Mutex": True}},
    ],
}
_BAD_SPECIES = "BAD"


def _body(count: int, bad_every: int, spoil: str = "") -> bytes:
    choice = random.Random(7)
    records = []
    for number in range(count):
        value = {m: f"{choice.randrange(1, 80) / 10}" for m in _MEASURES}
        value |= {"id": str(choice.randrange(10**7)), "species": choice.choice(_SPECIES)}
        record = json.dumps({"value": value})
        if bad_every and number % bad_every == 0:
            record = record.replace(value["species"], spoil) if spoil else record.replace('"id": "', '"id": "x')
        records.append(record)
    return ('{"records": [' + ",\n".join(records) + "]}").encode()


def _measure(title: str, body: bytes, count: int) -> None:
    decoder = SinkDecoder(read_declaration(_DECLARATION), "bench")
    times = []
    while len(times) < 5 or sum(times) < 1:
        start = time.process_time()
        decoded = decoder.decode(body, maximum_records=count)
        times.append(time.process_time() - start)
    median = sorted(times)[len(times) // 2]
    print(f"{title:<44}{count / median:>12,.0f} records/s, {decoded.verdicts.error_count} refused")


def main() -> None:
    """Print one line per kind of body."""
    for count in (150, 1_000, 10_000, 100_000):
        _measure(f"{count:,} records per body", _body(count, 0), count)
    _measure("1,000 records, 1 % with a bad id", _body(1_000, 100), 1_000)
    _measure("1,000 records, 1 % with half a surrogate", _body(1_000, 100, r"\ud800"), 1_000)


if __name__ == "__main__":
    main()
