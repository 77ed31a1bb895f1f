"""Several workers behind one port: evenly used, replaced when they die, gone with their supervisor."""

import asyncio
import os
import signal
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

SECONDS = 20


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def wait_until(happened, what):
    deadline = time.monotonic() + SECONDS
    while not happened():
        assert time.monotonic() < deadline, f"{what} doesn't happen"
        time.sleep(0.05)


def test_connections_go_to_all_workers_alike(start_toy, ask, run):
    toy = start_toy(3)

    async def scenario():
        answers = await asyncio.gather(*(ask(toy.port) for _ in range(12)))
        return Counter(body for _, _, body in answers)

    assert sorted(run(scenario()).values()) == [4, 4, 4]


def test_a_worker_that_dies_is_replaced_and_nothing_counted_is_lost(start_toy, ask, run, metrics):
    toy = start_toy(2)
    first = toy.workers

    def requests():
        metric = metrics(run(ask(toy.port, "/metrics"))[2].decode())
        return metric("requests_total", route="unmatched", method="POST", status="200"), metric("in_flight_requests")

    for _ in range(6):
        assert run(ask(toy.port))[0] == 200
    counted, in_flight = requests()
    assert (counted, in_flight) == (6, 1)
    with suppress(asyncio.IncompleteReadError, OSError):
        run(ask(toy.port, "/die"))
    assert run(ask(toy.port))[0] == 200  # by the other
    toy.wait_for(r"ended by SIGKILL: replaced in 1 s")
    counted, in_flight = requests()
    assert (counted, in_flight) == (8, 1)  # the one that died is under way no more
    wait_until(lambda: toy.workers != first, "a replacement")
    (replaced,) = [slot for slot in first if toy.workers[slot] != first[slot]]
    for _ in range(4):
        assert run(ask(toy.port))[0] == 200
    text = run(ask(toy.port, "/metrics"))[2].decode()
    assert metrics(text)("requests_total", route="unmatched", method="POST", status="200") == 13
    assert 'process_resident_memory_bytes{worker="0"}' in text
    assert 'process_resident_memory_bytes{worker="1"}' in text
    assert alive(toy.workers[replaced])
    toy.signal(signal.SIGTERM)
    assert toy.ended()[0] == 0


def test_a_worker_asked_to_end_alone_drops_nothing_and_is_replaced(start_toy, traffic, run):
    toy = start_toy(2)
    first = toy.workers

    async def scenario():
        stop = asyncio.Event()
        asking = asyncio.create_task(traffic(toy.port, stop))
        await asyncio.sleep(0.2)
        os.kill(first[0], signal.SIGTERM)
        while toy.workers[0] == first[0]:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.2)
        stop.set()
        return await asking

    assert set(run(scenario())) == {200}
    assert "ended with exit code 0: replaced" in toy.log
    assert toy.workers[1] == first[1]


def test_workers_dont_outlive_their_supervisor(start_toy):
    toy = start_toy(2)
    workers = toy.workers.values()
    toy.signal(signal.SIGKILL)
    wait_until(lambda: not any(map(alive, workers)), "the end of the workers")


def test_what_no_worker_can_start_with_is_said_once(start_toy, tmp_path):
    (tmp_path / "0").mkdir()
    (tmp_path / "0" / "broken").touch()
    toy = start_toy(3, started=False)
    assert toy.ended()[0] == 2
    assert toy.log == "toy: the toy is broken\n"


def test_where_no_process_can_be_had_the_others_serve_and_it_is_tried_again(start_toy, ask, run):
    toy = start_toy(2)
    first = toy.workers
    trouble = toy.folder / "no-fork"
    trouble.touch()
    os.kill(first[0], signal.SIGKILL)
    toy.wait_for(r"worker 0 can't be started: Resource temporarily unavailable: tried again in 2 s")
    assert run(ask(toy.port))[0] == 200
    trouble.unlink()
    wait_until(lambda: toy.workers[0] != first[0], "a replacement")
    assert toy.workers[1] == first[1]
    toy.signal(signal.SIGTERM)
    assert toy.ended()[0] == 0


def test_a_worker_that_hangs_gets_no_connections_until_it_goes_on(start_toy, ask, run):
    toy = start_toy(2)
    hung, other = toy.workers.values()
    os.kill(hung, signal.SIGSTOP)
    toy.wait_for(rf"process {hung}\) isn't heard of: passed over")
    assert {run(ask(toy.port))[2] for _ in range(4)} == {str(other).encode()}
    os.kill(hung, signal.SIGCONT)
    wait_until(lambda: run(ask(toy.port))[2] == str(hung).encode(), "an answer of the one that hung")
    toy.signal(signal.SIGTERM)
    assert toy.ended()[0] == 0
