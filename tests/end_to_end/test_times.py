"""Times end to end with real curl: written by records, asked for between two of them, and dropped when old."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.curl import Curl
from tests.support.process import EMAIL, PASSWORD, ServiceProcess, cell

SCHEMA = {
    "id_field": "id",
    "allow_missing_fields": True,
    "definition": [
        {"name": "id", "path": ["id"], "type": "id"},
        {"name": "when", "path": ["at"], "type": "recordTime", "config": {"Layout": "2006-01-02 15:04"}},
        {"name": "pages", "path": ["pages"], "type": "strings", "config": {"Quantum": "YMDH"}},
        {"name": "rooms", "path": ["room"], "type": "id", "config": {"Quantum": "YM", "TTL": "0s"}},
        {"name": "born", "path": ["born"], "type": "timestamp", "config": {"Granularity": "ms"}},
        {
            "name": "paid",
            "path": ["paid"],
            "type": "timestamp",
            "config": {"Unit": "h", "Epoch": "2000-01-01T00:00:00Z"},
        },
        {"name": "day", "path": ["day"], "type": "dateInt", "config": {"Unit": "d", "Epoch": "2022-01-01T00:00:00Z"}},
    ],
}
RECORDS: list[dict[str, object]] = [
    {"id": 1, "at": "2022-05-31 23:59", "pages": ["home"], "room": 7, "day": "2022-01-31"},
    {"id": 2, "at": "2022-06-01 00:00", "pages": ["home", "shop"], "room": 7, "born": "1999-12-31T23:59:59.9876Z"},
    {"id": 3, "pages": ["home"], "room": 8, "paid": 24},
    {"id": 2, "at": "2022-06-30 12:30", "pages": ["home"], "room": 9, "day": 5},
    {"id": 4, "at": "2022-06-31 12:30", "pages": ["home"]},
    {"id": 5, "at": None, "pages": ["home"]},
    {"id": 6, "at": "2022-07-01 00:00", "born": "yesterday"},
]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    data_dir = tmp_path_factory.mktemp("service") / "data"
    with ServiceProcess(data_dir, "--view-expiry-seconds", "0.1") as running:
        yield running


class House:
    """A deployment and a table, asked by curl."""

    def __init__(self, service: ServiceProcess, name: str) -> None:
        self.curl = Curl(service)
        self.sign_in()
        options = {"name": name, "deployment_options": {"shape": "8GB"}}
        self.deployment = self.curl.json("POST", "/v1/deployments", options)[1]["id"]  # type: ignore[index]
        self.curl.until(f"/v1/deployments/{self.deployment}", "deployment_status", "RUNNING")
        assert self.curl.json("POST", f"/v1/tables/{self.deployment}", {"name": "visits"})[0] == 201

    def sign_in(self) -> None:
        status, answer = self.curl.json("POST", "/", {"USERNAME": EMAIL, "PASSWORD": PASSWORD})
        assert status == 200
        self.curl.token = answer["AuthenticationResult"]["IdToken"]  # type: ignore[index]

    def sink(self, schema: object) -> str:
        body = {"name": "feed", "sink_details": {"deployment_id": self.deployment, "table": "visits"}, "schema": schema}
        status, made = self.curl.json("POST", "/v1/sinks", body)
        assert status == 201, made
        self.curl.until(f"/v1/sinks/{made['id']}", "sink_status", "RUNNING")  # type: ignore[index]
        return str(made["id"])  # type: ignore[index]

    def post(self, sink: str, *records: object) -> list[dict[str, str]]:
        """The verdicts."""
        status, answer = self.curl.json("POST", f"/v1/sinks/{sink}", {"records": [{"value": r} for r in records]})
        assert status == 200, answer
        return list(answer["records"])  # type: ignore[index]

    def ask(self, statement: str, language: str = "pql") -> list[list[object]]:
        """The rows of an answer."""
        body = {"language": language, "statement": statement}
        status, text = self.curl.text("POST", f"/v1/deployments/{self.deployment}/query", json.dumps(body))
        assert status == 200, text
        rows = json.loads(text)["results"]["rows"]
        return [[cell(c["ColumnVal"]) for c in row["columns"]] for row in rows]

    def ids(self, condition: str) -> list[object]:
        return [row[0] for row in self.ask(f"[visits]{condition}")]


def test_records_bring_their_times(service: ServiceProcess) -> None:
    """What records say of time is stored, refused with its reason, found between two times, and there after a crash."""
    house = House(service, "times")
    verdicts = house.post(house.sink(SCHEMA), *RECORDS)
    assert [verdict["status"] for verdict in verdicts] == ["success"] * 4 + ["error"] * 3
    messages = [verdict["error_message"] for verdict in verdicts[4:]]
    assert messages[0].startswith(
        "the text is no time of the layout '2006-01-02 15:04': \"2022-06-31 12:30\" (field 'when'"
    )
    assert messages[1].startswith("a record's time cannot be null: null (field 'when', $.value.at)")
    assert messages[2].startswith(
        "the text is no time of the layout '2006-01-02T15:04:05.999999999Z07:00': \"yesterday\""
    )
    check_answers(house)
    service.kill()
    service.start()
    house.sign_in()
    check_answers(house)


def check_answers(house: House) -> None:
    assert house.ids("Row(pages='home')") == [1, 2, 3]
    assert house.ids("Row(pages='home', from='2022')") == [1, 2]
    assert house.ids("Row(pages='home', to='2022-06')") == [1]
    assert house.ids("Row(pages='home', from='2022-06-30T12', to=2022-06-30T13:00)") == [2]
    assert house.ids("Row(pages='shop', from='2022-06-02')") == []
    assert house.ids("Row(rooms=7, from='2022-05', to='2022-06')") == [1]
    assert house.ids("Row(rooms=8, from='2022')") == []
    assert house.ask("[visits]Rows(pages, from='2022-06-01', to='2022-06-02')") == [["home"], ["shop"]]
    assert house.ask("[visits]TopK(pages, from='2022-06')") == [["home", 1], ["shop", 1]]
    assert house.ask("[visits]GroupBy(Rows(rooms, from='2022-06'))") == [[7, 1], [9, 1]]
    table = house.ask("[visits]Extract(All(), Rows(pages, from='2022-06'), Rows(born), Rows(paid), Rows(day))")
    assert table == [
        [1, None, None, None, 30],
        [2, {"vals": ["home", "shop"]}, "1999-12-31T23:59:59.987Z", None, 5],
        [3, None, None, "2000-01-02T00:00:00Z", None],
    ]
    assert house.ids('Row(paid > "2000-01-01T23:59:59Z")') == [3]
    assert house.ids("Row(paid = 86400)") == [3]
    assert house.ask("[visits]Min(field=paid)") == [["2000-01-02T00:00:00Z", 1]]
    assert house.ask("select paid from visits where paid = '2000-01-02'", "sql") == [["2000-01-02T00:00:00Z"]]
    assert house.ask("select min(paid) from visits", "sql") == [["2000-01-02T00:00:00Z"]]


def test_views_vanish_after_their_ttl(service: ServiceProcess) -> None:
    """In a running service hours of yesterday go with view_expiry_seconds, those of now and the standard view stay."""
    house = House(service, "ttl")
    sink = house.sink(
        {
            "id_field": "id",
            "definition": [
                {"name": "id", "path": ["id"], "type": "id"},
                {"name": "when", "path": ["at"], "type": "recordTime", "config": {"Unit": "s"}},
                {"name": "short", "path": ["page"], "type": "string", "config": {"Quantum": "H", "TTL": "5h"}},
                {"name": "kept", "path": ["page"], "type": "string", "config": {"Quantum": "H"}},
            ],
        }
    )
    now = datetime.now(UTC)
    for record, at in ((1, now - timedelta(hours=7)), (2, now)):
        assert house.post(sink, {"id": record, "at": int(at.timestamp()), "page": "home"})[0]["status"] == "success"
    since = int((now - timedelta(days=1)).timestamp())
    for _ in range(100):
        if house.ids(f"Row(short='home', from={since})") == [2]:
            break
        time.sleep(0.1)
    assert house.ids(f"Row(short='home', from={since})") == [2]
    assert house.ids(f"Row(kept='home', from={since})") == [1, 2]
    assert house.ids("Row(short='home')") == [1, 2]
    service.kill()
    service.start()
    house.sign_in()
    assert house.ids(f"Row(short='home', from={since})") == [2]
    assert house.ids(f"Row(kept='home', from={since})") == [1, 2]


def test_a_sink_of_version_2_gives_its_records_times(service: ServiceProcess) -> None:
    """Fields made over REST, a sink that names them only, and `_timeQuantum` for the time."""
    house = House(service, "second")
    path = f"/v2/tables/{house.deployment}/visits/fields"
    options = {"type": "stringsetq", "timeQuantum": "D", "noStandardView": True}
    assert house.curl.json("POST", f"{path}/pages", {"options": options})[0] == 201
    assert (
        house.curl.json("POST", f"{path}/seen", {"options": {"type": "timestamp", "epoch": "2022-01-01T00:00:00Z"}})[0]
        == 201
    )
    names = ("_id", "_timeQuantum", "pages", "seen")
    definitions = [{"name": name, "path": [name.strip("_")]} for name in names]
    sink = house.sink({"id_field": "_id", "allow_missing_fields": True, "definition": definitions})
    verdicts = house.post(
        sink,
        {"id": 1, "timeQuantum": "2022-06-30T12:00:00+02:00", "pages": ["a", "b"], "seen": "2022-06-30T10:00:00Z"},
        {"id": 2, "pages": ["a"]},
        {"id": 3, "timeQuantum": "2022-07-01", "pages": ["a"]},
    )
    assert [verdict["status"] for verdict in verdicts] == ["success", "success", "error"]
    assert house.ids("Row(pages='a')") == [1]
    assert house.ids("Row(pages='b', from='2022-06-30', to='2022-07-01')") == [1]
    assert house.ids("All()") == [1, 2]
    assert house.ask("[visits]Extract(All(), Rows(seen))") == [[1, "2022-06-30T10:00:00Z"], [2, None]]
    assert house.ids('Row(seen == "2022-06-30T12:00:00+02:00")') == [1]
