"""The iris flowers: 150 measured plants of three species, the first thing a newcomer streams.

The measurements are R. A. Fisher's of 1936; `iris.csv` beside this file holds them in centimetres.
"""

import csv
from importlib.resources import files

__all__ = ["IRIS_SCHEMA", "iris_records"]

_MEASUREMENTS = ("sepalLength", "sepalWidth", "petalLength", "petalWidth")

IRIS_SCHEMA: dict[str, object] = {
    "id_field": "id",
    "allow_missing_fields": False,
    "definition": [
        {"name": "id", "path": ["id"], "type": "id"},
        *({"name": m.lower(), "path": [m], "type": "decimal", "config": {"Scale": 2}} for m in _MEASUREMENTS),
        {"name": "species", "path": ["species"], "type": "string", "config": {"Mutex": True}},
    ],
}


def iris_records() -> list[dict[str, object]]:
    """The 150 records; measurements stay text, so that they arrive exactly.

    >>> len(iris_records()), iris_records()[0]["sepalLength"]
    (150, '5.1')
    """
    lines = files("roarbase.client").joinpath("iris.csv").read_text(encoding="utf-8").splitlines()
    return [{**row, "id": int(row["id"])} for row in csv.DictReader(lines)]
