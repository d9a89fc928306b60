"""Windows of failed sign-ins, and lines of those who wait."""

import asyncio

import pytest

from roarbase.errors import InvalidSetting, RateLimit
from roarbase.services.throttle import SignInThrottle, Turns, network_of


class TestNetwork:
    @pytest.mark.parametrize(
        ("address", "network"),
        [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("2001:db8:1:2::", "2001:db8:1:2::"),
            ("fe80::1%eth0", "fe80::"),
            ("::1", "::"),
            ("testclient", "testclient"),
            ("", ""),
        ],
    )
    def test_what_counts_as_one(self, address: str, network: str) -> None:
        """An IPv4 address stands alone; an IPv6 customer holds 2^64 of them, which count as one."""
        assert network_of(address) == network


class TestWindows:
    def test_full(self) -> None:
        """A full window refuses, says for how long, and counts no more."""
        throttle = SignInThrottle(["3/100 seconds"])
        for _ in range(3):
            throttle.check("ada", "here")
            throttle.count("ada", "here")
        for refuse in (throttle.check, throttle.count):
            with pytest.raises(RateLimit) as refused:
                refuse("ada", "here")
            assert refused.value.retry_after_s in (99, 100)

    def test_every_window_holds(self) -> None:
        """The longest wait of the full windows counts, and a refusal enters into none."""
        throttle = SignInThrottle(["1/2 seconds", "2/1 hour"])
        throttle.count("ada", "here")
        with pytest.raises(RateLimit) as refused:
            throttle.count("ada", "here")
        assert refused.value.retry_after_s in (1, 2)

    def test_it_opens_again(self) -> None:
        """When the time is over the next attempt is heard."""
        throttle = SignInThrottle(["1/1 second"])
        throttle.count("ada", "here")
        with pytest.raises(RateLimit):
            throttle.check("ada", "here")
        asyncio.run(asyncio.sleep(1.05))
        throttle.count("ada", "here")

    def test_others_are_not_concerned(self) -> None:
        """Another account, and the same account from another network, go on."""
        throttle = SignInThrottle(["1/1 hour"])
        throttle.count("ada", "here")
        throttle.count("bob", "here")
        throttle.count("ada", "there")
        throttle.count("ad", "ahere")
        throttle.count("ada/here", "")
        throttle.count("", "ada/here")

    def test_forgiven(self) -> None:
        """After forgiveness all attempts are there again, for this pair alone."""
        throttle = SignInThrottle(["2/1 hour", "3/1 day"])
        for _ in range(3):
            throttle.count("ada", "here")
            throttle.count("ada", "here")
            throttle.forgive("ada", "here")
        throttle.forgive("ada", "nowhere")
        throttle.count("ada", "here")

    def test_no_windows(self) -> None:
        """An empty setting switches the throttle off."""
        throttle = SignInThrottle([])
        for _ in range(1000):
            throttle.count("ada", "here")

    @pytest.mark.parametrize("text", ["", "many", "5", "5/fortnight", "-1/second", "0/10 seconds", "5 per"])
    def test_a_window_that_cannot_be_read(self, text: str) -> None:
        """A wrong setting is refused at the start, with its text."""
        with pytest.raises(InvalidSetting, match="sign_in_tries"):
            SignInThrottle([text])

    def test_memory_is_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Guesses at ever new accounts push the oldest out: accounts are not kept without end."""
        monkeypatch.setattr("roarbase.services.throttle._REMEMBERED_PAIRS", 50)
        throttle = SignInThrottle(["1/1 hour", "1/1 day"])
        for n in range(500):
            throttle.count(f"account {n} {'x' * 1000}", "here")
        keys = [key for key, events in throttle._storage.events.items() if events]
        assert (len(throttle._pairs), len(throttle._storage.events), len(keys)) == (50, 100, 100)
        assert max(map(len, keys)) < 200
        with pytest.raises(RateLimit):
            throttle.count(f"account 499 {'x' * 1000}", "here")
        throttle.count(f"account 0 {'x' * 1000}", "here")


class TestTurns:
    def test_one_at_a_time_per_network(self) -> None:
        """Those of one network wait for each other; other networks do not wait."""
        turns, running, seen = Turns(), {"a": 0, "b": 0}, set()

        async def take(network: str) -> None:
            async with turns.turn(network):
                running[network] += 1
                await asyncio.sleep(0.001)
                seen.add(tuple(running.values()))
                running[network] -= 1

        async def all_of_them() -> None:
            await asyncio.gather(*(take(network) for network in "ab" * 10))

        asyncio.run(all_of_them())
        assert (1, 1) in seen
        assert max(count for pair in seen for count in pair) == 1
        assert turns._lines == {}

    def test_a_long_line(self) -> None:
        """Who finds 32 in the line is refused at once; whoever is cancelled makes room."""
        turns = Turns()

        async def wait_forever() -> None:
            async with turns.turn("a"):
                await asyncio.Event().wait()

        async def crowd() -> None:
            tasks = [asyncio.create_task(wait_forever()) for _ in range(32)]
            await asyncio.sleep(0)
            with pytest.raises(RateLimit) as refused:
                async with turns.turn("a"):
                    pass
            assert refused.value.retry_after_s == 3
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            async with turns.turn("a"):
                pass

        asyncio.run(crowd())
        assert turns._lines == {}

    def test_many_lines(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Networks beyond the most that can wait are refused; one that waits already may wait on."""
        monkeypatch.setattr("roarbase.services.throttle._MOST_LINES", 2)
        turns = Turns()

        async def crowd() -> None:
            async with turns.turn("a"), turns.turn("b"):
                with pytest.raises(RateLimit):
                    async with turns.turn("c"):
                        pass
                waiting = asyncio.create_task(turns.turn("a").__aenter__())
                await asyncio.sleep(0)
                assert turns._lines["a"].length == 2
                waiting.cancel()
                await asyncio.gather(waiting, return_exceptions=True)

        asyncio.run(crowd())
        assert turns._lines == {}
