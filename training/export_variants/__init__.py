"""The ways one encoder can be exported and run, built and measured side by side.

`__main__` is the command; `builds` writes the files (with `surgery` and `quantisation`), `variants` lists what is
measured, `worker` and `runtimes` run one variant in a process of its own, `measuring` asks the workers in turn.
"""
