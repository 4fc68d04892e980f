"""Run inside Checkov's environment: many command lines after one start of Checkov, which costs two seconds each time.

Reads [[argument, …], …] from standard input; prints [{"status": …, "out": …, "err": …}, …]. Each runs in a fork of its own, because Checkov's
runners remember what they have parsed.
"""

import contextlib
import io
import json
import logging
import os
import sys

from checkov.main import Checkov


def one(argv: list[str]) -> dict:
    out, err = io.StringIO(), io.StringIO()
    if argv[0].startswith("CLOUDPOLICY_CHECKOV_REPORT="):
        os.environ["CLOUDPOLICY_CHECKOV_REPORT"] = argv.pop(0).partition("=")[2]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = Checkov(argv=[*argv, "--skip-download"]).run(banner="")
        except SystemExit as ended:
            status = ended.code
    return {"status": status or 0, "out": out.getvalue(), "err": err.getvalue()}


def forked(argv: list[str]) -> dict:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        with open(writing, "w", encoding="utf-8") as pipe:
            json.dump(one(argv), pipe)
        os._exit(0)
    os.close(writing)
    with open(reading, encoding="utf-8") as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return json.loads(text)


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    print(json.dumps([forked(argv) for argv in json.load(sys.stdin)]))
