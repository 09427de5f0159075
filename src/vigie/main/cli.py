"""The command line: a table of commands, each in its own module with `add(parser)` and `run(options) -> int`."""

from __future__ import annotations

import argparse
import importlib
import os
import sys

COMMANDS = {
    "up": "start Vigie (and, with --demo, a demonstration)",
    "test": "run the tests",
    "doctor": "say what is wrong and what to do",
    "replay": "play an export in its own time and print the alerts",
    "analyse": "language, sentiment and emotions of JSON lines",
    "coordination": "accounts of an export that act as one",
    "themes": "what the rising part of an export is about",
    "compare": "delay and false alerts of Vigie and of known rules on an export",
    "train": "train the models of the analysis from labelled sets",
    "detect": "anomaly scores of a series of numbers",
    "import": "take an export in",
    "alerts": "alerts of a data directory",
    "sources": "sources of a data directory",
    "crisis": "open a crisis, list crises, print the log of one",
    "journal": "check the journal",
    "person": "what is kept of a person: shown, exported, erased",
    "bench": "measure speed on this machine",
}


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="vigie", description="Watch, alert, handle: crises of reputation on social networks."
    )
    commands = made.add_subparsers(dest="command", metavar="command", required=True)
    for name, words in COMMANDS.items():
        sub = commands.add_parser(name, help=words, description=words)
        sub.add_argument("--data-dir", help="where Vigie keeps its data (also VIGIE_DATA_DIR)")
        sub.set_defaults(command=name)
    return made


def main(arguments: list[str] | None = None) -> int:
    words = sys.argv[1:] if arguments is None else arguments
    name = words[0] if words else ""
    if name not in COMMANDS:
        parser().parse_args(words)
        return 2
    module = importlib.import_module(f"vigie.main.commands.{name.replace('import', 'import_')}")
    options = argparse.ArgumentParser(prog=f"vigie {name}", description=COMMANDS[name])
    options.add_argument("--data-dir", help="where Vigie keeps its data (also VIGIE_DATA_DIR)")
    module.add(options)
    found, rest = options.parse_known_args(words[1:])
    if rest and not getattr(module, "PASSES_ON", False):
        options.error(f"unrecognised arguments: {' '.join(rest)}")
    found.rest = rest
    if found.data_dir:
        os.environ["VIGIE_DATA_DIR"] = found.data_dir
    try:
        return int(module.run(found) or 0)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output has gone; nothing is left to say to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())
