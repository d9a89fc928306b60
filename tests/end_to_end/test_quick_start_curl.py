"""The quick start with real curl: the requests a reader of the page would type, in our own words."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.curl import Curl
from tests.support.process import EMAIL, IRIS_SCHEMA, PASSWORD, ServiceProcess, cell, iris_records


@pytest.fixture(scope="module", params=["http", "https -k", "https cacert"])
def curl(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Curl]:
    data_dir = tmp_path_factory.mktemp("service") / "data"
    if request.param == "http":
        with ServiceProcess(data_dir) as service:
            yield Curl(service)
        return
    flags = ("--domain", "molecula.cloud", "--tls-self-signed")
    with ServiceProcess(data_dir, *flags, scheme="https") as service:
        if request.param == "https -k":
            yield Curl(service, "-k")
            return
        curl = Curl(service, "--cacert", str(data_dir / "tls" / "ca.pem"))
        curl.base += ["--connect-to", f"data.molecula.cloud:443:127.0.0.1:{service.port}"]
        curl.url = "https://data.molecula.cloud"
        yield curl


CREDENTIALS = json.dumps({"USERNAME": EMAIL, "PASSWORD": PASSWORD})


def test_the_whole_quick_start(curl: Curl) -> None:
    """Token, deployment, table, sink, 150 records, both languages at once, and the clean-up in order."""
    status, text = curl.text("POST", "", CREDENTIALS)
    assert status == 200
    curl.token = json.loads(text)["AuthenticationResult"]["IdToken"]

    status, made = curl.json("POST", "/v1/deployments", {"name": "iris_demo", "deployment_options": {"shape": "8GB"}})
    assert (status, made["deployment_status"]) == (201, "CREATING")
    deployment = f"/v1/deployments/{made['id']}"
    curl.until(deployment, "deployment_status", "RUNNING")
    status, listed = curl.json("GET", "/v1/deployments")
    assert [d["name"] for d in listed["resources"]] == ["iris_demo"]

    table = {"name": "iris_table", "description": "flowers"}
    assert curl.json("POST", f"/v1/tables/{made['id']}/", table)[0] == 201
    target = {"deployment_id": made["id"], "table": "iris_table"}
    status, sink = curl.json("POST", "/v1/sinks", {"name": "flowers", "sink_details": target, "schema": IRIS_SCHEMA})
    assert (status, sink["sink_status"]) == (201, "CREATING")
    curl.until(f"/v1/sinks/{sink['id']}", "sink_status", "RUNNING")

    status, verdicts = curl.json("POST", f"/v1/sinks/{sink['id']}", {"records": iris_records(range(1, 151))})
    assert status == 200
    assert (verdicts["success_count"], verdicts["error_count"]) == (150, 0)
    assert verdicts["records"] == [{"status": "success"}] * 150

    ask = {"language": "sql", "statement": "select * from iris_table limit 10"}
    status, answer = curl.json("POST", f"{deployment}/query", ask)
    assert status == 200
    names = [h["name"] for h in answer["results"]["headers"]]
    assert names == ["_id", "petallength", "petalwidth", "sepallength", "sepalwidth", "species"]
    rows = [[cell(c["ColumnVal"]) for c in row["columns"]] for row in answer["results"]["rows"]]
    assert [row[0] for row in rows] == list(range(1, 11))
    assert rows[0][1:] == [
        {"value": 110, "scale": 2},
        {"value": 10, "scale": 2},
        {"value": 410, "scale": 2},
        {"value": 210, "scale": 2},
        "versicolor",
    ]

    ask = {"language": "pql", "statement": "[iris_table]GroupBy(Rows(species))"}
    status, answer = curl.json("POST", f"{deployment}/query", ask)
    groups = {
        row["columns"][0]["ColumnVal"]["StringVal"]: row["columns"][1]["ColumnVal"] for row in answer["results"]["rows"]
    }
    assert groups == {name: {"Uint64Val": 50} for name in ("setosa", "versicolor", "virginica")}

    status, refusal = curl.json("DELETE", f"/v1/tables/{made['id']}/iris_table")
    assert (status, refusal["code"]) == (409, "IncorrectState")
    assert "flowers" in refusal["message"]
    assert curl.json("DELETE", f"/v1/sinks/{sink['id']}")[0] == 202
    curl.until(f"/v1/sinks/{sink['id']}", "sink_status", "gone")
    assert curl.json("DELETE", f"/v1/tables/{made['id']}/iris_table")[0] == 202
    assert curl.json("DELETE", deployment)[0] == 202
    curl.until(deployment, "deployment_status", "gone")


def test_grep_and_sed_pick_the_id_token(curl: Curl, tmp_path: Path) -> None:
    """The page's pipe, which GNU grep reads greedily, prints the id token and nothing else."""
    status, text = curl.text("POST", "/", CREDENTIALS)
    assert status == 200
    body = tmp_path / "body"
    body.write_text(text)
    pipe = r"""grep -Eo '"IdToken":.*?[^\\]",' | sed -e 's/[\"\,\: ]*//g' | sed -e 's/IdToken//'"""
    printed = subprocess.run(["sh", "-c", f"cat {body} | {pipe}"], capture_output=True, text=True, check=True).stdout
    assert printed == json.loads(text)["AuthenticationResult"]["IdToken"] + "\n"
