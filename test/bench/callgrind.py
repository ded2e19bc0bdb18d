"""callgrind.py - counts the instructions of a program with valgrind's callgrind, for the scripts
beside it.
"""
import os
import re
import subprocess
import sys
import tempfile


def die(text):
    """Ends the script: one line on stderr, exit status 2."""
    print("%s: %s" % (os.path.basename(sys.argv[0]), text), file=sys.stderr)
    sys.exit(2)


def count(command, options=(), tunables=None):
    """(instructions, what it printed) of a command; options are callgrind's, tunables glibc's"""
    env = dict(os.environ, GLIBC_TUNABLES=tunables) if tunables else None
    with tempfile.TemporaryDirectory() as folder:
        out = "--callgrind-out-file=" + os.path.join(folder, "callgrind.out")
        run = subprocess.run(["valgrind", "--tool=callgrind", out, *options, *command],
                             capture_output=True, text=True, env=env)
    counted = re.search(r"Collected\s*:\s*(\d+)", run.stderr)
    if run.returncode != 0 or not counted or counted.group(1) == "0":
        die("%s under valgrind: %s" % (command[0], (run.stderr.strip() or "?").splitlines()[-1]))
    return int(counted.group(1)), run.stdout


def argument(text):
    """The one argument of the script, a program; prints its text for --help"""
    if sys.argv[1:] in (["-h"], ["--help"]):
        print(text.strip())
        sys.exit(0)
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        die("one program is needed; see --help")
    return sys.argv[1]
