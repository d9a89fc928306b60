"""curl against a running service, as a reader of the documentation would type it."""

import json
import subprocess
import time

from tests.support.process import ServiceProcess, require

__all__ = ["Curl"]


class Curl:
    """curl as the page uses it: one request, body on the command line, status and body back."""

    def __init__(self, service: ServiceProcess, *options: str) -> None:
        self.program = require("curl")
        self.base = ["-sS", "--noproxy", "*", "--location", "--max-time", "30", *options]
        self.url = service.url
        self.token = ""

    def text(self, method: str, path: str, body: str | None = None, *more: str) -> tuple[int, str]:
        command = [self.program, *self.base, "--request", method, self.url + path, "-w", "\n%{http_code}", *more]
        if self.token:
            command += ["--header", f"Authorization: Bearer {self.token}", "--header", "Content-Type: application/json"]
        if body is not None:
            command += ["--data-raw", body]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        answer, _, status = done.stdout.rpartition("\n")
        return int(status), answer

    def json(self, method: str, path: str, body: object = None) -> tuple[int, object]:
        status, text = self.text(method, path, None if body is None else json.dumps(body))
        return status, json.loads(text)

    def until(self, path: str, member: str, value: str) -> None:
        for _ in range(400):
            status, answer = self.json("GET", path)
            assert isinstance(answer, dict)
            if (value == "gone" and status == 404) or answer.get(member) == value:
                return
            time.sleep(0.02)
        raise AssertionError(f"{path} never came to {value}")
