"""A small library behind a real service: what is posted, what its sinks say to it, and what both languages answer."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.process import ServiceProcess, wait_for

LARGEST_ID = 2**64 - 2

BOOKS: dict[str, object] = {
    "id_field": "isbn",
    "allow_missing_fields": True,
    "definition": [
        {"name": "isbn", "path": ["isbn"], "type": "id"},
        {"name": "genre", "path": ["genre"], "type": "string", "config": {"Mutex": True}},
        {"name": "shelf", "path": ["place", "shelf"], "type": "id", "config": {"Mutex": True}},
        {"name": "tags", "path": ["tags"], "type": "strings"},
        {"name": "copies", "path": ["copies"], "type": "ids"},
        {"name": "lent", "path": ["lent"], "type": "bool"},
        {"name": "pages", "path": ["pages"], "type": "int", "config": {"Min": -10, "Max": 5000}},
        {"name": "price", "path": ["price"], "type": "decimal", "config": {"Scale": 2}},
    ],
}
READERS: dict[str, object] = {
    "primary_key_fields": ["town", "card"],
    "allow_missing_fields": False,
    "definition": [
        {"name": "town", "path": ["town"], "type": "string", "config": {"Mutex": True}},
        {"name": "card", "path": ["card"], "type": "int"},
        {"name": "likes", "path": ["likes"], "type": "strings"},
    ],
}
FIRST = [
    {"isbn": 1, "genre": "novel", "place": {"shelf": 3}, "tags": ["old", "long"], "lent": True, "pages": 900},
    {"isbn": "2", "genre": "poems", "copies": [9, 4], "lent": "F", "pages": "-10", "price": 4.35},
    {"isbn": LARGEST_ID, "genre": "novel", "tags": "old,rare", "place": {"shelf": LARGEST_ID}, "price": "-0.05"},
    {"isbn": 4, "genre": "", "tags": [], "price": 0},
    {"isbn": 5},
    # The same record twice in one request: its later value counts, its sets add up.
    {"isbn": 6, "genre": "poems", "tags": ["new"], "pages": 1},
    {"isbn": 6, "genre": "novel", "tags": ["thin"], "pages": 2, "price": 10},
]
SECOND = [
    {"isbn": 1, "genre": "essay", "place": None, "tags": ["old", "new"], "price": 1e2},
    {"isbn": 2, "lent": None, "copies": None, "pages": None, "price": 4.359},
]


class Library:
    """A deployment with the tables books, readers and `empty`, and what is asked of it."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        made = client.post("/v1/deployments", json={"name": "library", "deployment_options": {"shape": "8GB"}})
        self.id = made.json()["id"]
        wait_for(client, f"/v1/deployments/{self.id}", "deployment_status", "RUNNING")
        self.books = self._sink("books", BOOKS)
        self.readers = self._sink("readers", READERS)
        assert client.post(f"/v1/tables/{self.id}", json={"name": "empty"}).status_code == 201

    def _sink(self, table: str, schema: dict[str, object]) -> str:
        assert self.client.post(f"/v1/tables/{self.id}", json={"name": table}).status_code == 201
        details = {"deployment_id": self.id, "table": table}
        made = self.client.post("/v1/sinks", json={"name": table, "sink_details": details, "schema": schema})
        assert made.status_code == 201, made.text
        wait_for(self.client, f"/v1/sinks/{made.json()['id']}", "sink_status", "RUNNING")
        return str(made.json()["id"])

    def post(self, sink: str, values: list[dict[str, Any]]) -> dict[str, Any]:
        answer = self.client.post(f"/v1/sinks/{sink}", json={"records": [{"value": value} for value in values]})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def ask(self, language: str, statement: str) -> httpx.Response:
        # Written out by hand: the numbers of a statement must not pass through a float.
        body = json.dumps({"language": language, "statement": statement})
        return self.client.post(f"/v1/deployments/{self.id}/query", content=body)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with ServiceProcess(tmp_path_factory.mktemp("service") / "data") as service, service.api() as client:
        library = Library(client)
        for values in (FIRST, SECOND):
            verdicts = library.post(library.books, values)
            assert (verdicts["success_count"], verdicts["error_count"]) == (len(values), 0)
        library.post(library.readers, [{"town": "Bern", "card": 7.0, "likes": ["essay"]}])
        library.post(library.readers, [{"town": "Ulm", "card": "12", "likes": []}])
        yield library


def text(table: dict[str, Any]) -> list[str]:
    """A table as lines: its headers, then its rows, each cell with its tag."""
    headers = ", ".join(f"{h['name']} {h['datatype']}" for h in table["headers"])
    return [headers, *(" ".join(_cell(c["ColumnVal"]) for c in row["columns"]) for row in table["rows"])]


def _cell(cell: dict[str, Any] | None) -> str:
    if cell is None:
        return "null"
    ((tag, value),) = cell.items()
    return f"{tag.removesuffix('Val')}:{json.dumps(value, separators=(',', ':'))}"


PQL: list[tuple[str, list[str]]] = [
    ("[books]All()", ["_id uint64", *(f"Uint64:{i}" for i in (1, 2, 4, 5, 6, LARGEST_ID))]),
    ("[books]Limit(All(), limit=2, offset=4)", ["_id uint64", "Uint64:6", f"Uint64:{LARGEST_ID}"]),
    ("[books]Limit(All(), limit=0)", ["_id uint64"]),
    ("[books]Count(Row(genre=novel))", ["count uint64", "Uint64:2"]),
    ("[books]Count(Row(genre=unheard))", ["count uint64", "Uint64:0"]),
    ("[books]Row(lent=true)", ["_id uint64", "Uint64:1"]),
    ("[books]Row(lent == null)", ["_id uint64", *(f"Uint64:{i}" for i in (2, 4, 5, 6, LARGEST_ID))]),
    ("[books]Row(pages=null)", ["_id uint64", *(f"Uint64:{i}" for i in (2, 4, 5, LARGEST_ID))]),
    ("[books]Row(tags=null)", ["_id uint64", "Uint64:2", "Uint64:4", "Uint64:5"]),
    ("[books]Row(price < 4.359)", ["_id uint64", "Uint64:4", f"Uint64:{LARGEST_ID}"]),
    (
        "[books]Rows(genre)",
        ["genre string", 'String:"novel"', 'String:"poems"', 'String:"essay"'],
    ),
    ("[books]Rows(copies, in=[4, 77])", ["copies uint64", "Uint64:4", "Uint64:77"]),
    ("[books]TopK(tags, k=2)", ["tags string, count uint64", 'String:"old" Uint64:2', 'String:"new" Uint64:2']),
    (
        "[books]GroupBy(Rows(genre), aggregate=Sum(field=price))",
        [
            "genre string, count uint64, sum decimal",
            'String:"novel" Uint64:2 Decimal:{"value":995,"scale":2}',
            'String:"poems" Uint64:1 Decimal:{"value":435,"scale":2}',
            'String:"essay" Uint64:1 Decimal:{"value":10000,"scale":2}',
        ],
    ),
    ("[books]GroupBy(Rows(lent))", ["lent uint64, count uint64", "Uint64:1 Uint64:1"]),
    ("[books]GroupBy(Rows(pages))", ["pages int64, count uint64", "Int64:2 Uint64:1", "Int64:900 Uint64:1"]),
    (
        "[books]GroupBy(Rows(genre), aggregate=Count(Distinct(field=tags)), limit=1)",
        ["genre string, count uint64, aggregate int64", 'String:"novel" Uint64:2 Int64:4'],
    ),
    (
        "[books]Distinct(field=price)",
        [
            "price decimal",
            'Decimal:{"value":-5,"scale":2}',
            'Decimal:{"scale":2}',
            'Decimal:{"value":435,"scale":2}',
            'Decimal:{"value":1000,"scale":2}',
            'Decimal:{"value":10000,"scale":2}',
        ],
    ),
    ("[books]Distinct(field=shelf)", ["shelf uint64", f"Uint64:{LARGEST_ID}"]),
    ("[books]Count(Distinct(field=tags))", ["count uint64", "Uint64:5"]),
    ("[books]Sum(pages)", ["value int64, count int64", "Int64:902 Int64:2"]),
    ("[books]Min(price)", ["value decimal, count int64", 'Decimal:{"value":-5,"scale":2} Int64:1']),
    ("[books]Max(Row(genre=essay), field=pages)", ["value int64, count int64", "Int64:900 Int64:1"]),
    ("[books]Sum(Row(genre=unheard), field=pages)", ["value int64, count int64", "Int64:0 Int64:0"]),
    ("[books]Min(Row(genre=unheard), field=price)", ["value decimal, count int64", 'Decimal:{"scale":2} Int64:0']),
    (
        "[books]Extract(ConstRow(columns=[1, 4]), Rows(genre), Rows(tags), Rows(lent), Rows(price))",
        [
            "_id uint64, genre string, tags []string, lent bool, price decimal",
            'Uint64:1 String:"essay" StringArray:{"vals":["old","long","new"]} Bool:true '
            'Decimal:{"value":10000,"scale":2}',
            'Uint64:4 null null null Decimal:{"scale":2}',
        ],
    ),
    ("[readers]Row(likes=essay)", ["_id string", 'String:"Bern|7"']),
    (
        "[readers]Extract(ConstRow(columns=['Ulm|12']), Rows(card))",
        ["_id string, card int64", 'String:"Ulm|12" Int64:12'],
    ),
    ("[empty]All()", ["_id uint64"]),
    ("[empty]Count(All())", ["count uint64", "Uint64:0"]),
    ("[books]", [""]),
]

SQL: list[tuple[str, list[str]]] = [
    (
        "select * from books where _id in (2, 6)",
        [
            "_id uint64, copies []uint64, genre string, lent bool, pages int64, price decimal, shelf uint64, "
            "tags []string",
            'Uint64:2 Uint64Array:{"vals":[4,9]} String:"poems" null null Decimal:{"value":435,"scale":2} null null',
            'Uint64:6 null String:"novel" null Int64:2 Decimal:{"value":1000,"scale":2} null '
            'StringArray:{"vals":["new","thin"]}',
        ],
    ),
    ("select count(*) from books", ["count(*) uint64", "Uint64:6"]),
    ("select _id from books where price = 4.35", ["_id uint64", "Uint64:2"]),
    ("select _id from books where _id > 9223372036854775807", ["_id uint64", f"Uint64:{LARGEST_ID}"]),
    ("select _id from books where genre = 'unheard'", ["_id uint64"]),
    (
        "select _id, pages from books order by pages desc nulls first, _id desc limit 5",
        [
            "_id uint64, pages int64",
            *(f"Uint64:{i} null" for i in (LARGEST_ID, 5, 4, 2)),
            "Uint64:1 Int64:900",
        ],
    ),
    (
        "select distinct tags from books where genre = 'novel' and _id = 6",
        ["tags string", 'String:"new"', 'String:"thin"'],
    ),
    ("select lent, count(*) as n from books group by lent", ["lent bool, n uint64", "Bool:true Uint64:1"]),
    (
        "select sum(price), min(price), avg(price), count(pages), count(distinct genre) from books",
        [
            "sum(price) decimal, min(price) decimal, avg(price) float64, count(pages) uint64, "
            "count(distinct genre) uint64",
            'Decimal:{"value":11430,"scale":2} Decimal:{"value":-5,"scale":2} Float64:22.86 Uint64:2 Uint64:3',
        ],
    ),
    (
        "select sum(price), avg(pages) from books where genre = 'unheard'",
        ["sum(price) decimal, avg(pages) float64", "null null"],
    ),
    (
        "select genre, count(*) from books group by genre having count > 1",
        ["genre string, count(*) uint64", 'String:"novel" Uint64:2'],
    ),
    (
        "select _id, town from readers where card >= 7 order by _id desc limit 1",
        ["_id string, town string", 'String:"Ulm|12" String:"Ulm"'],
    ),
    ("select * from empty", ["_id uint64"]),
    ("show tables", ["Table string", 'String:"books"', 'String:"empty"', 'String:"readers"']),
    (
        "show fields from readers",
        [
            "Field string, Type string",
            'String:"card" String:"int"',
            'String:"likes" String:"keyed-set"',
            'String:"town" String:"keyed-mutex"',
        ],
    ),
    ("drop table if exists attic", [""]),
]


@pytest.mark.parametrize(("statement", "expected"), PQL, ids=[statement for statement, _ in PQL])
def test_pql(library: Library, statement: str, expected: list[str]) -> None:
    """A statement of PQL has this table as its answer."""
    answer = library.ask("pql", statement)
    assert answer.status_code == 200, answer.text
    assert text(answer.json()["results"]) == expected


@pytest.mark.parametrize(("statement", "expected"), SQL, ids=[statement for statement, _ in SQL])
def test_sql(library: Library, statement: str, expected: list[str]) -> None:
    """A statement of SQL has this table as its answer."""
    answer = library.ask("sql", statement)
    assert answer.status_code == 200, answer.text
    assert text(answer.json()["results"]) == expected


def test_several_calls_have_a_table_each(library: Library) -> None:
    """Calls beside one another are answered in order, by an array of tables."""
    answer = library.ask("pql", "[books]Count(All()) Rows(copies)\nSum(pages);").json()["results"]
    assert [text(table)[0] for table in answer] == ["count uint64", "copies uint64", "value int64, count int64"]


@pytest.mark.parametrize(
    ("language", "statement", "place", "words"),
    [
        ("pql", "[books]Count(Row(gnere=novel))", (1, 18), "did you mean 'genre'"),
        ("pql", "[books]Row(genre=5)", (1, 12), "on keyed field"),
        ("pql", "[attic]All()", (1, 2), "index not found: there is no table 'attic'"),
        ("pql", "[books]Set(1, pages=5001)", (1, 15), "value too high for configured field range, -10 to 5000"),
        ("pql", "[books]" + "All()" * 10_001, (1, 50_008), "at most 10,000 calls"),
        ("pql", "Count(All())", (1, 1), "[table]Call"),
        ("sql", "select gnere from books", (1, 8), "did you mean 'genre'"),
        ("sql", "select _id from books where pages = 'many'", (1, 29), "not equatable"),
        ("sql", "select _id\nfrom attic", (2, 6), "table not found"),
        ("sql", "drop table attic", (1, 12), "table not found"),
        ("sql", "", (1, 1), "empty"),
    ],
)
def test_a_wrong_statement(library: Library, language: str, statement: str, place: tuple[int, int], words: str) -> None:
    """What is wrong is answered as 400, with its place and what would be right."""
    answer = library.ask(language, statement)
    body = answer.json()
    assert (answer.status_code, body["code"]) == (400, "BadRequest")
    assert (body["line"], body["column"]) == place
    assert words in body["message"]


def test_a_fed_table_is_not_dropped(library: Library) -> None:
    """DROP TABLE is refused while a sink feeds the table, and goes on once none does."""
    refused = library.ask("sql", "drop table books")
    assert (refused.status_code, refused.json()["code"]) == (409, "IncorrectState")
    assert library.client.post(f"/v1/tables/{library.id}", json={"name": "attic"}).status_code == 201
    dropped = library.ask("sql", "drop table attic")
    assert (dropped.status_code, text(dropped.json()["results"])) == (200, [""])
    assert library.ask("sql", "select * from attic").status_code == 400


def test_verdicts_stand_in_order(library: Library) -> None:
    """Bad records are told one by one, with code, field, place and value; the good ones between are kept."""
    values = [
        {"isbn": 100, "pages": 12},
        {"pages": 12},
        {"isbn": -1},
        {"isbn": 101, "pages": 5001},
        {"isbn": 102, "place": "upstairs"},
        {"isbn": 103, "price": "cheap", "lent": "perhaps"},
        {"isbn": 104, "tags": ["fine", 5]},
        {"isbn": 2**64 - 1},
        {"isbn": 105, "pages": 5000},
    ]
    answer = library.post(library.books, values)
    assert (answer["success_count"], answer["error_count"]) == (2, 7)
    expected = [
        None,
        ("MissingParameter", "$.value.isbn"),
        ("InvalidParameter", "can't use negative value"),
        ("InvalidParameter", "out of range: 5001"),
        ("InvalidBody", "$.value.place is no object"),
        ("InvalidParameter", "$.value.lent"),
        ("InvalidParameter", "$.value.tags"),
        ("InvalidParameter", "too large for an id"),
        None,
    ]
    for verdict, told in zip(answer["records"], expected, strict=True):
        if told is None:
            assert verdict == {"status": "success"}
        else:
            assert (verdict["status"], verdict["error_code"]) == ("error", told[0])
            assert told[1] in verdict["error_message"]
    kept = library.ask("sql", "select _id, pages from books where _id between 100 and 200").json()["results"]
    assert text(kept)[1:] == ["Uint64:100 Int64:12", "Uint64:105 Int64:5000"]


def test_a_key_needs_all_its_parts(library: Library) -> None:
    """A record without a part of its key is refused, and so is one that lacks a value where none may be missing."""
    values = [
        {"town": None, "card": 1, "likes": []},
        {"town": "Bern", "likes": []},
        {"town": "Bern", "card": 7},
        {"town": "Bern", "card": 7, "likes": "poems"},
    ]
    answer = library.post(library.readers, values)
    codes = [verdict.get("error_code") for verdict in answer["records"]]
    assert codes == ["MissingParameter", "MissingParameter", "MissingParameter", None]
    kept = library.ask("pql", "[readers]Extract(Row(town=Bern), Rows(likes))").json()["results"]
    assert text(kept)[1:] == ['String:"Bern|7" StringArray:{"vals":["essay","poems"]}']
