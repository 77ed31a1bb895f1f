"""Only what isn't done is handed out, never too much at once, and each part is kept when it is done."""

import asyncio

import pytest

from nlp_service.batch import Chunk, Part, tag
from nlp_service.errors import EncodingError


class Fake:
    """An executor that makes a row of each line; `fails` names a line on which it fails."""

    def __init__(self, make_row, slots=1, fails=None):
        self.slots = slots
        self._make_row, self._fails = make_row, fails
        self._together = asyncio.Barrier(slots)
        self.begun, self.at_work, self.most_at_work = [], 0, 0

    async def tag(self, lines):
        self.begun.append(lines[0][0])
        self.at_work += 1
        self.most_at_work = max(self.most_at_work, self.at_work)
        await self._together.wait()  # each time for as many as there are slots: fewer would wait for ever
        self.at_work -= 1
        if self._fails in {number for number, _ in lines}:
            raise EncodingError("the encoder failed")
        return Part([self._make_row(number) for number, _ in lines], []).content()


def parts(count, read=None):
    for number in range(1, count + 1):
        if read is not None:
            read.append(number)
        yield Chunk(number, [(number, b"x")])


@pytest.fixture
def told():
    return []


@pytest.fixture
def tagged(run, folder, told):
    def tagged(executor, chunks):
        return run(tag(folder, chunks, executor, lambda chunk, part: told.append((chunk.number, part is not None))))

    return tagged


@pytest.mark.parametrize("slots", [1, 3])
def test_every_part_is_kept(tagged, folder, make_row, told, slots):
    executor = Fake(make_row, slots)
    assert tagged(executor, parts(6)) == 6
    assert [folder.read(number).rows[0].line for number in range(1, 7)] == list(range(1, 7))
    assert executor.most_at_work == slots
    assert sorted(told) == [(number, True) for number in range(1, 7)]


def test_what_is_done_isnt_done_again(tagged, folder, make_row, told, part):
    folder.write(2, part)
    executor = Fake(make_row)
    assert tagged(executor, parts(3)) == 3
    assert executor.begun == [1, 3]
    assert folder.read(2) == part
    assert sorted(told) == [(1, True), (2, False), (3, True)]


def test_nothing_is_read_that_cant_be_worked_on_yet(run, folder, make_row):
    read = []

    async def stuck():
        executor, all_begun, never = Fake(make_row, slots=2), asyncio.Barrier(3), asyncio.Event()

        async def begin(lines):
            await all_begun.wait()
            await never.wait()

        executor.tag = begin
        working = asyncio.create_task(tag(folder, parts(9, read), executor, lambda *_: None))
        await all_begun.wait()
        await asyncio.sleep(0.05)
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working

    run(stuck())
    assert read == [1, 2]


def test_a_part_that_fails_ends_it_as_the_error_it_is_and_the_others_stay(tagged, folder, make_row):
    with pytest.raises(EncodingError):
        tagged(Fake(make_row, fails=3), parts(5))
    assert [folder.has(number) for number in range(1, 6)] == [True, True, False, False, False]
