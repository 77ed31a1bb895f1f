"""What is printed while something is fitted."""

from training.progress import EVERY_S, Progress


def test_every_step_is_told_and_epochs_only_every_few_seconds(capsys):
    now = 0.0
    progress = Progress(clock=lambda: now)
    progress.begin("first")
    for number in range(1, 335):
        now += EVERY_S / 64  # a number that adds up exactly
        progress.epoch(number, 334, 1 / number)
    progress.begin("second")
    lines = capsys.readouterr().err.splitlines()
    assert (lines[0], lines[-1]) == ("first", "second")
    assert [line.split(":")[0] for line in lines[1:-1]] == [f"  epoch {n} of 334" for n in (64, 128, 192, 256, 320)]
