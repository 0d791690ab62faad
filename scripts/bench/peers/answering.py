"""How a peer that is kept alive talks: one JSON object a line on stdin, one on stdout."""

import json
import os
import sys


def refuse(message):
    """Ends the program with one line and exit code 2: the mistake is the user's."""
    print(message, file=sys.stderr)
    sys.exit(2)


def answer_lines(program, start):
    """Serves until stdin ends.

    `start()` returns what the first line says besides "ready", and a function from a command to its answer. What goes wrong
    in a start ends the program; what goes wrong in a command is told, {"error": MESSAGE}, and the next one is read.
    """
    # Only answers go to stdout: what libraries print goes to stderr.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def say(message):
        print(json.dumps(message), file=answers, flush=True)

    try:
        about, answer = start()
    except (OSError, ImportError, ValueError, RuntimeError) as error:
        refuse(f"{program}: {error}".splitlines()[0])
    say({"ready": True, **about})
    for line in sys.stdin:
        try:
            told = answer(json.loads(line))
        except Exception as error:
            told = {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
        say(told)
