"""`python -m training.trunk --config training/configs/trunk.yaml --data DIR --out runs/trunk [--resume]`."""

import argparse
from pathlib import Path

from evaluation.reporting import one_line_errors
from nlp_service.errors import ConfigurationError
from training.trunk import config as configuration

CONFIG = "config.yaml"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.trunk", description="Train the encoder's trunk.")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets that the configuration names")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run: log, TensorBoard, checkpoint")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="cuda: in bfloat16")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--resume", action="store_true", help="go on from the last saved step in --out, if any")
    options = parser.parse_args()
    with one_line_errors("training.trunk", options.out, needs=["torch", "tensorboard"]):
        train(options)


def train(options: argparse.Namespace) -> None:
    """Read the configuration, make or resume the run, train."""
    import torch

    from training.trunk import loop, tasks

    config = configuration.read(options.config)
    if options.device == "cuda" and not torch.cuda.is_available():
        raise ConfigurationError("--device cuda: this PyTorch sees no CUDA device")
    saved = options.out / CONFIG
    if saved.exists() and not options.resume:
        raise ConfigurationError(f"{options.out}: holds a run already; --resume goes on with it")
    if options.resume and saved.exists() and configuration.read(saved) != config:
        raise ConfigurationError(f"{options.config}: isn't what {saved} began with; a run can't change on its way")
    # Tiny gradients would otherwise be computed as denormal numbers, many times slower.
    torch.set_flush_denormal(True)
    torch.set_num_threads(options.threads)
    made = tasks.make(config, options.data, threads=options.threads, device=options.device)
    run = loop.Run(config, made, options.out, options.device)
    if options.resume and (options.out / loop.STATE).is_file():
        run.resume()
    elif options.resume:
        print(f"{options.out}: nothing was saved here yet: this begins at step 0", flush=True)
    if not saved.exists():
        options.out.mkdir(parents=True, exist_ok=True)
        configuration.write(config, saved)
    run.train(lambda line: print(line, flush=True))


if __name__ == "__main__":
    main()
