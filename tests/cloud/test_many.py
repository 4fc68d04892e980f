"""Hundreds of stacks: nothing of a stack stays but its findings, throttling is waited out, and the bar moves."""

import gc
import itertools
import json
import os
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import escape

import pytest

from cloud.between import error, result
from cloudpolicy import cli
from cloudpolicy.cli import reporting
from cloudpolicy.cloud.aws import live
from cloudpolicy.config import Config
from cloudpolicy.model import Estate
from cloudpolicy.scan import Request
from cloudpolicy.sources.cloudformation.text import Document

STACKS = 60
TEMPLATE = json.dumps({"Resources": {f"Key{n}": {"Type": "AWS::KMS::Key", "Properties": {"EnableKeyRotation": False}} for n in range(5)}})


class Account:
    """The three actions that `live aws` uses, for an account of many stacks; every fifth request is refused as too many."""

    def __init__(self):
        self.refused = self.asked = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # or each answer takes 40 ms

            def log_message(self, *_):
                pass

            def do_POST(self):
                asked = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                outer.asked += 1
                if outer.asked % 5 == 0:
                    outer.refused += 1
                    return self.say(*error("Throttling", "Rate exceeded"))
                return self.say(*outer.answer(asked["Action"][0], int(asked.get("NextToken", ["0"])[0])))

            def say(self, status, text):
                data = text.encode()
                self.send_response(status)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def answer(self, action, start):
        if action == "GetTemplate":
            return result(action, f"<TemplateBody>{escape(TEMPLATE)}</TemplateBody>")
        if action == "ListStackResources":
            return result(action, "<StackResourceSummaries/>")
        assert action == "DescribeStacks"
        state = "<CreationTime>2026-01-01T00:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus>"
        end = min(start + 25, STACKS)
        told = "".join(f"<member><StackId>arn:s{n}</StackId><StackName>s{n}</StackName>{state}</member>" for n in range(start, end))
        return result(action, f"<Stacks>{told}</Stacks>" + (f"<NextToken>{end}</NextToken>" if end < STACKS else ""))


@pytest.fixture
def account(monkeypatch):
    account = Account()
    for name, value in {
        "AWS_ENDPOINT_URL": account.url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "ap-northeast-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    ticks = itertools.count(0, 10)  # boto3 paces itself by the clock: here time flies
    monkeypatch.setattr("botocore.retries.bucket.Clock.current_time", lambda self: next(ticks))
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    yield account
    account.server.shutdown()
    account.server.server_close()


def alive():
    """Files and estates in memory, those of earlier tests included."""
    gc.collect()
    return sum(isinstance(one, (Document, Estate)) for one in gc.get_objects())


def test_a_stack_is_forgotten_when_it_is_judged(account, tmp_path):
    config = Config(str(tmp_path))
    config.lay_over({"select": ["CP_KEY_002"]})
    seen, held, before = [], [], alive()

    def progress(done, of):
        seen.append((done, of))
        if done % 20 == 0:
            held.append(alive() - before)

    report = live.report(Request([str(tmp_path)], config), str(tmp_path), None, [None], progress=progress)
    assert len(report.estates) == STACKS and len(report.findings) == STACKS * 5 and not report.diagnostics
    assert account.refused > STACKS // 3, "throttled, and every stack is there"
    assert seen == [(n, STACKS) for n in range(1, STACKS + 1)]
    assert len(held) == 3 and max(held) == min(held) <= 2, "however many there were: the one in hand"


def patient(bar):
    """The bar as it is when the scan takes long: it is shown after half a second, and at most ten times a second."""
    cells = dict(zip(bar.__code__.co_freevars, bar.__closure__, strict=True))
    cells["started"].cell_contents -= 10

    def show(done, of):
        cells["last"].cell_contents -= 10
        bar(done, of)

    return show


def test_a_bar_on_a_terminal(account, tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.chdir(tmp_path)
    bar = reporting.progress
    monkeypatch.setattr(reporting, "progress", lambda parser: patient(bar(parser)))
    cli.run(["live", "aws", "--all", "--select", "CP_KEY_002", "--format", "json"])
    err = capsys.readouterr().err
    assert f"{STACKS}/{STACKS}" in err and f"30/{STACKS}" in err and os.environ["AWS_SECRET_ACCESS_KEY"] not in err
