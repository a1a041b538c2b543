"""Runs a program in a pseudo-terminal: reads a JSON list of steps from a file,
prints the program's exit status and then all that it showed.

A step is {"expect": text} (wait until it was shown, after what earlier steps
waited for), {"send": text} or {"wait": seconds}. A text that does not come in
time ends the run with status 99.
"""
import json
import os
import pty
import select
import signal
import sys
import time

LATE = 99


def start(argv):
    pid, fd = pty.fork()
    if pid == 0:
        # A parent in the background may have ignored it, and that is inherited.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.execvp(argv[0], argv)
    return pid, fd


def read(fd, seconds):
    """What comes within the time; b"" when nothing does, None at the end."""
    if not select.select([fd], [], [], seconds)[0]:
        return b""
    try:
        return os.read(fd, 65536) or None
    except OSError:
        return None


def main():
    plan, argv = sys.argv[1], sys.argv[2:]
    with open(plan) as file:
        steps = json.load(file)
    pid, fd = start(argv)
    shown, seen, late = b"", 0, False
    for step in steps:
        if "send" in step:
            os.write(fd, step["send"].encode())
        elif "wait" in step:
            time.sleep(step["wait"])
        else:
            wanted = step["expect"].encode()
            end = time.monotonic() + step.get("seconds", 20)
            while wanted not in shown[seen:] and not late:
                piece = read(fd, 0.1)
                if piece is None or time.monotonic() > end:
                    late = True
                shown += piece or b""
            if late:
                shown += b"\n<did not show: " + wanted + b">"
                break
            seen = shown.index(wanted, seen) + len(wanted)
    end = time.monotonic() + (0 if late else 10)
    status = None
    while status is None:
        shown += read(fd, 0.05) or b""
        done, raw = os.waitpid(pid, os.WNOHANG)
        if done:
            status = os.waitstatus_to_exitcode(raw)
        elif time.monotonic() > end:
            os.kill(pid, signal.SIGKILL)
            late = True
            end += 60
    print(LATE if late else status)
    sys.stdout.flush()
    sys.stdout.buffer.write(shown)


main()
