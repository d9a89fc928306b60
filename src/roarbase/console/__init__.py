"""The web console: what the API offers, by clicking.

It acts with the user's own token through the API itself and has no powers of its own. Nothing here is imported
before somebody opens `/console`: `server/console.py` loads `site` then.
"""

__all__: list[str] = []
