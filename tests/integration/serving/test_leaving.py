"""A server that is asked to end, alone and with workers: what was sent to it is answered."""

import asyncio
import signal

import pytest

ALONE, TWO = 0, 2
LONG_S = 60.0
SOON_S = 10.0
"""Also on a busy machine."""


@pytest.mark.parametrize(("workers", "notice_s"), [(ALONE, 0.0), (ALONE, 0.3), (TWO, 0.0), (TWO, 0.3)])
def test_not_one_response_is_dropped(start_toy, traffic, run, workers, notice_s):
    async def until_refused(toy):
        asking = asyncio.create_task(traffic(toy.port, asyncio.Event()))
        await asyncio.sleep(0.3)
        toy.signal(signal.SIGTERM)
        return await asking

    toy = start_toy(workers, notice_s)
    seen = run(until_refused(toy))
    assert set(seen) == {200}
    assert toy.ended()[0] == 0


@pytest.mark.parametrize("workers", [ALONE, TWO])
def test_during_the_notice_it_isnt_ready_but_serves(start_toy, client_of, ask, run, workers):
    toy = start_toy(workers, notice_s=LONG_S)

    async def scenario():
        async with client_of(toy.port) as kept:
            assert (await kept.ask("/ready"))[0] == 200
            toy.signal(signal.SIGTERM)
            while (answer := await kept.ask("/ready"))[0] == 200:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            assert (answer[0], answer[1]["connection"]) == (503, "close")
        assert (await ask(toy.port))[0] == 200

    run(scenario())
    toy.signal(signal.SIGTERM)
    assert toy.ended()[0] == 0


@pytest.mark.parametrize("workers", [ALONE, TWO])
def test_a_connection_that_has_sent_nothing_yet_is_heard(start_toy, ask, run, workers):
    """uvicorn closes it: its issue 2757."""
    toy = start_toy(workers)

    async def scenario():
        asking = asyncio.create_task(ask(toy.port, pause_s=0.5))
        await asyncio.sleep(0.25)
        toy.signal(signal.SIGTERM)
        status, headers, _ = await asking
        assert (status, headers["connection"]) == (200, "close")

    run(scenario())
    assert toy.ended()[0] == 0


@pytest.mark.parametrize("workers", [ALONE, TWO])
def test_headers_that_dont_come_to_their_end_arent_waited_for(start_toy, run, workers):
    toy = start_toy(workers, drain_s=LONG_S)

    async def scenario():
        reader, writer = await asyncio.open_connection("127.0.0.1", toy.port)
        writer.write(b"POST / HTTP/1.1\r\nho")
        await asyncio.sleep(0.2)
        toy.signal(signal.SIGTERM)
        assert await asyncio.wait_for(reader.read(), SOON_S) == b""
        writer.close()

    run(scenario())
    code, seconds = toy.ended()
    assert code == 0
    assert seconds < SOON_S


@pytest.mark.parametrize("workers", [ALONE, TWO])
def test_requests_under_way_are_finished_in_time_or_cut_off(start_toy, ask, run, workers):
    toy = start_toy(workers, drain_s=1.0)

    async def scenario():
        quick = asyncio.create_task(ask(toy.port, "/?0.7"))
        endless = asyncio.create_task(ask(toy.port, "/?60"))
        await asyncio.sleep(0.2)
        toy.signal(signal.SIGTERM)
        assert (await quick)[0] == 200
        assert (await endless)[0] == 500

    run(scenario())
    assert toy.ended()[0] == 0
    assert "cut off: 1 request" in toy.log


@pytest.mark.parametrize("workers", [ALONE, TWO])
@pytest.mark.parametrize("signals", [["SIGINT"], ["SIGTERM", "SIGTERM"]])
def test_ctrl_c_and_a_second_signal_leave_out_the_notice_but_finish_requests(
    start_toy, client_of, ask, run, workers, signals
):
    toy = start_toy(workers, notice_s=LONG_S)

    async def scenario():
        async with client_of(toy.port) as idle:
            await idle.ask()
            asking = asyncio.create_task(ask(toy.port, "/?0.6"))
            await asyncio.sleep(0.2)
            for name in signals:
                toy.signal(getattr(signal, name))
                await asyncio.sleep(0.1)
            assert (await asking)[0] == 200

    run(scenario())
    _, seconds = toy.ended()
    assert seconds < SOON_S


def test_one_more_signal_ends_it_at_once(start_toy, ask, run):
    toy = start_toy(TWO, drain_s=LONG_S)

    async def scenario():
        asking = asyncio.create_task(ask(toy.port, f"/?{LONG_S}"))
        await asyncio.sleep(0.2)
        for _ in range(3):
            toy.signal(signal.SIGTERM)
            await asyncio.sleep(0.2)
        assert (await asking)[0] == 500

    run(scenario())
    assert toy.ended()[1] < SOON_S
