"""Train the trunk: the one encoder that every head rests on (needs the `train` extra).

`config` says what, `sources` reads texts, `tasks` turns them into batches, `augment` disturbs them, `model` is the
network and how it is cut smaller, `objectives` are the losses, `loop` runs it, `__main__` is the command.
"""
