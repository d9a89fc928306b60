"""A pretended service: just enough state behind an httpx transport to walk through."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

import httpx

__all__ = ["PASSWORD", "PretendedService"]

PASSWORD = "right"

_NOT_FOUND = httpx.codes.NOT_FOUND


@dataclass
class PretendedService:
    """Deployments, tables, sinks and records in dictionaries.

    `broken` maps `METHOD path-pattern` to the answer that a request gets instead.
    """

    deployments: dict[str, str] = field(default_factory=dict)
    tables: dict[tuple[str, str], dict[int, Any]] = field(default_factory=dict)
    sinks: dict[str, dict[str, Any]] = field(default_factory=dict)
    broken: dict[str, httpx.Response] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    _made: int = 0

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._handle)

    def _handle(self, request: httpx.Request) -> httpx.Response:
        line = f"{request.method} {request.url.path}"
        self.asked.append(line)
        for pattern, answer in self.broken.items():
            if re.fullmatch(pattern, line):
                return answer
        body = json.loads(request.content) if request.content else {}
        kind, *rest = request.url.path.removeprefix("/v1/").strip("/").split("/")
        handler = {
            "": self._sign_in,
            "deployments": self._deployments,
            "tables": self._tables,
            "sinks": self._sinks,
        }[kind]
        return handler(request.method, rest, body)

    def _sign_in(self, _: str, __: list[str], body: dict[str, str]) -> httpx.Response:
        if body.get("PASSWORD") != PASSWORD:
            return httpx.Response(401, json={"code": "Unauthorized", "message": "wrong user or password"})
        tokens = {"IdToken": "t", "RefreshToken": "r", "ExpiresIn": 3600}
        return httpx.Response(200, json={"AuthenticationResult": tokens})

    def _new_id(self) -> str:
        self._made += 1
        return f"id{self._made}"

    def _deployments(self, method: str, rest: list[str], body: dict[str, Any]) -> httpx.Response:
        match method, rest:
            case "POST", []:
                made = self._new_id()
                self.deployments[made] = body["name"]
                return httpx.Response(201, json=self._deployment(made))
            case "GET", []:
                return httpx.Response(200, json={"resources": [self._deployment(d) for d in self.deployments]})
            case "GET", [found] if found in self.deployments:
                return httpx.Response(200, json=self._deployment(found))
            case "DELETE", [found]:
                assert all(deployment != found for deployment, _ in self.tables), "its tables go first"
                del self.deployments[found]
                return httpx.Response(202)
            case "POST", [found, "query"]:
                return self._query(found, body)
        return httpx.Response(_NOT_FOUND, json={"code": "ResourceNotFound", "message": "no such deployment"})

    def _deployment(self, deployment: str) -> dict[str, Any]:
        return {"id": deployment, "name": self.deployments[deployment], "deployment_status": "RUNNING"}

    def _tables(self, method: str, rest: list[str], body: dict[str, Any]) -> httpx.Response:
        deployment = rest[0]
        if method == "POST":
            self.tables[deployment, body["name"]] = {}
            return httpx.Response(201, json={"id": self._new_id(), **body})
        if method == "DELETE":
            assert all(s["sink_details"]["deployment_id"] != deployment for s in self.sinks.values()), "sinks go first"
            del self.tables[deployment, rest[1]]
            return httpx.Response(202)
        names = [table for owner, table in self.tables if owner == deployment]
        return httpx.Response(200, json={"resources": [{"id": name, "name": name} for name in names]})

    def _sinks(self, method: str, rest: list[str], body: dict[str, Any]) -> httpx.Response:
        match method, rest:
            case "POST", []:
                made = self._new_id()
                assert body["name"] not in {s["name"] for s in self.sinks.values()}
                self.sinks[made] = {"id": made, "sink_status": "RUNNING", **body}
                return httpx.Response(201, json=self.sinks[made])
            case "GET", []:
                return httpx.Response(200, json={"resources": list(self.sinks.values())})
            case "GET", [found] if found in self.sinks:
                return httpx.Response(200, json=self.sinks[found])
            case "DELETE", [found]:
                del self.sinks[found]
                return httpx.Response(202)
            case "POST", [found]:
                return self._ingest(self.sinks[found]["sink_details"], body["records"])
        return httpx.Response(_NOT_FOUND, json={"code": "ResourceNotFound", "message": "no such sink"})

    def _ingest(self, target: dict[str, str], records: list[dict[str, Any]]) -> httpx.Response:
        table = self.tables[target["deployment_id"], target["table"]]
        table.update({record["value"]["id"]: record["value"] for record in records})
        verdicts = [{"status": "success"} for _ in records]
        return httpx.Response(200, json={"success_count": len(records), "error_count": 0, "records": verdicts})

    def _query(self, deployment: str, body: dict[str, str]) -> httpx.Response:
        records = self.tables[deployment, "iris"]
        if body["statement"] == "[iris]Count(All())":
            return _answer({"count": "uint64"}, [[{"Uint64Val": len(records)}]])
        if body["language"] == "sql":
            rows = [[{"Uint64Val": i}, {"StringVal": r["species"]}] for i, r in sorted(records.items())[:10]]
            return _answer({"_id": "uint64", "species": "string"}, rows)
        species = [r["species"] for r in records.values()]
        groups = [[{"StringVal": s}, {"Uint64Val": species.count(s)}] for s in sorted(set(species))]
        return _answer({"species": "string", "count": "uint64"}, groups)


def _answer(headers: dict[str, str], rows: list[list[dict[str, Any]]]) -> httpx.Response:
    results = {
        "headers": [{"name": name, "datatype": datatype} for name, datatype in headers.items()],
        "rows": [{"columns": [{"ColumnVal": cell} for cell in row]} for row in rows],
    }
    return httpx.Response(200, json={"results": results})
