"""The side of a measured program of the protocol that lua/visage/bench/peer.lua describes.

A peer is a script that calls serve({"network": opener, ...}); an opener takes the job (the request) and returns a Task
or raises. What frameworks print goes to standard error.
"""
import json
import os
import sys
import time

import numpy as np


class Task:
    """run() does the work once; output() is what the last run computed, in our order of axes; about: who did it;
    parts(), where it is told: the seconds of a run by part."""

    def __init__(self, run, output, about, parts=None):
        self.run, self.output, self.about, self.parts = run, output, about, parts


def prepare(works, job):
    if job["work"] not in works:
        raise RuntimeError("there is no work '%s'" % job["work"])
    task = works[job["work"]](job)
    started = time.perf_counter()
    while True:
        task.run()
        if time.perf_counter() - started > job["warm"]:
            break
    np.save(job["output"], np.ascontiguousarray(task.output()))
    return task, {"about": task.about}


def measure(task, seconds):
    runs, started, cpu = 0, time.perf_counter(), time.process_time()
    while True:
        task.run()
        runs += 1
        taken = time.perf_counter() - started
        if taken >= seconds:
            return {"runs": runs, "seconds": taken, "cpu": time.process_time() - cpu,
                    "parts": task.parts and task.parts()}


def serve(works):
    # Frameworks print, some of them from C.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    task = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["do"] == "time":
                answer = measure(task, request["seconds"])
            else:
                task, answer = prepare(works, request)
            answer["ok"] = True
        except Exception as e:
            answer = {"ok": False, "error": "%s: %s" % (type(e).__name__, str(e).split("\n")[0])}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
