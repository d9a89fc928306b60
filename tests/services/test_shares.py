"""However much one organization asks at once, the others are served."""

import asyncio

from roarbase.services.shares import Shares


async def hold(shares: Shares, organization: str, held: list[str], release: asyncio.Event) -> None:
    async with shares.share(organization):
        held.append(organization)
        await release.wait()


def test_an_organization_waits_behind_itself_only() -> None:
    """Two at once of each organization work; the third of one waits, while another's first goes on."""

    async def run() -> None:
        shares, held, release = Shares(2), list[str](), asyncio.Event()
        work = [asyncio.create_task(hold(shares, who, held, release)) for who in ("a", "a", "a", "a", "b")]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert sorted(held) == ["a", "a", "b"]
        release.set()
        await asyncio.gather(*work)
        assert sorted(held) == ["a", "a", "a", "a", "b"]

    asyncio.run(run())


def test_a_share_is_given_back_by_whoever_fails() -> None:
    """An error or a cancellation within a share leaves it to the next one."""

    async def run() -> None:
        shares = Shares(1)
        for _ in range(3):
            holder = asyncio.create_task(hold(shares, "a", [], asyncio.Event()))
            waiter = asyncio.create_task(hold(shares, "a", [], asyncio.Event()))
            await asyncio.sleep(0)
            waiter.cancel()
            holder.cancel()
            await asyncio.gather(holder, waiter, return_exceptions=True)
        async with asyncio.timeout(1), shares.share("a"):
            pass

    asyncio.run(run())


def test_nothing_is_kept_of_those_who_are_gone() -> None:
    """A thousand organizations that came once cost no memory."""

    async def run() -> None:
        shares = Shares(1)
        for number in range(1000):
            async with shares.share(f"organization {number}"):
                pass
        assert len(shares._by_organization) == 0

    asyncio.run(run())
