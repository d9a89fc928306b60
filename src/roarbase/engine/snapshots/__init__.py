"""Snapshots: the tables on disk, shard by shard, so that a start has to replay the rest of the log only.

images.py   what is kept of one shard of a table, and a table filled from it again
wide.py     copying a shard that is too large to be copied at once
taking.py   writing those shards that changed, while others write on, and the manifest
rounds.py   what one round wrote, and what the manifest says behind it
held.py     the files of one moment, for whoever copies them
loading.py  the tables that a manifest tells of
unpacking.py  the values of these tables made ready in the background
policy.py   when it is time for the next ones
thread.py   who takes them in the background
"""

__all__: list[str] = []
