"""How fast a sink may be fed: records and bytes per second, each a setting, off by default."""

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from roarbase.errors import ResourceThroughputExceeded
from roarbase.model.settings import Settings

__all__ = ["SinkRates"]


class SinkRates:
    """Counts what each sink took in the current second."""

    def __init__(self, settings: Settings) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._rows = {name: settings.integer(name) for name in ("sink_records_per_second", "sink_bytes_per_second")}

    def take_bytes(self, sink_id: str, size_bytes: int) -> None:
        """Count a body.

        Raises:
            ResourceThroughputExceeded: It would be more than the sink may take this second.
        """
        self._take("sink_bytes_per_second", "bytes", sink_id, size_bytes)

    def take_records(self, sink_id: str, records: int) -> None:
        """Count records; raises as `take_bytes`."""
        self._take("sink_records_per_second", "records", sink_id, records)

    def _take(self, setting: str, unit: str, sink_id: str, amount: int) -> None:
        allowed = self._rows[setting]
        if not allowed:
            return
        if amount > allowed:
            raise ResourceThroughputExceeded(
                f"the sink takes {allowed} {unit} per second (setting {setting}); this request brought {amount}, "
                f"more than any second allows: send at most {allowed} at once",
                setting=setting,
            )
        if not self._limiter.hit(RateLimitItemPerSecond(allowed), setting, sink_id, cost=amount):
            raise ResourceThroughputExceeded(
                f"the sink takes {allowed} {unit} per second (setting {setting}); this request brought {amount}",
                setting=setting,
                retry_after_s=1,
            )
