"""Waiting for a backup or a restore, with a line that says how far it is."""

import sys
from typing import Literal

from roarbase.client import Client, RemoteTransfer
from roarbase.errors import IncorrectState

__all__ = ["ended"]


def ended(client: Client, deployment_id: str, action: Literal["backup", "restore"]) -> RemoteTransfer:
    """The transfer once it is COMPLETED; on a terminal its progress is shown.

    Raises:
        IncorrectState: It failed; the message is its reason.
    """
    is_shown = sys.stderr.isatty()

    def show(found: RemoteTransfer) -> None:
        if is_shown:
            print(f"\r{action}: {found.done_files} of {found.files} files ", end="", file=sys.stderr, flush=True)

    done = client.transfers.wait(deployment_id, action, progress=show)
    if is_shown:
        print("\r" + " " * 60 + "\r", end="", file=sys.stderr, flush=True)
    if done.status != "COMPLETED":
        raise IncorrectState(f"the {action} failed, and nothing was changed: {done.reason}")
    return done
