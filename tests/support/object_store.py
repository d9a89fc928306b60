"""An S3 on this machine, for tests: moto's server, in threads of this process."""

import logging
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from moto.server import ThreadedMotoServer

__all__ = ["SECRETS", "point_to", "use_s3"]

SECRETS = ("AKIDOFTESTS", "the-secret-key-of-tests")
"""What must stand in no message."""


@contextmanager
def use_s3(patch: pytest.MonkeyPatch, *buckets: str) -> Iterator[str]:
    """Have the environment lead to an S3 with these empty buckets. Gives its address."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        point_to(patch, f"http://{host}:{port}")
        # What an earlier server of this process had, moto still has.
        for method, path in (("POST", "moto-api/reset"), *(("PUT", bucket) for bucket in buckets)):
            request = urllib.request.Request(f"http://{host}:{port}/{path}", method=method)
            urllib.request.urlopen(request, timeout=10).close()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def point_to(patch: pytest.MonkeyPatch, address: str) -> None:
    """Have the environment lead to an S3 at an address."""
    for name, value in (
        ("AWS_ENDPOINT_URL", address),
        ("AWS_ALLOW_HTTP", "true"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", SECRETS[0]),
        ("AWS_SECRET_ACCESS_KEY", SECRETS[1]),
    ):
        patch.setenv(name, value)
