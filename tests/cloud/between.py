"""A server between boto3 and moto: it answers some actions as the service's API reference shows, and passes the others on. Every action is noted."""

import contextlib
import http.client
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Between:
    """answers  action -> (status, body), or a list of them, taken in turn with the last one staying, or a function of the request's fields;
             a status of None passes the request on
    edit     action -> a change of moto's answer
    asked    every action; `fields` what each was asked with
    """

    def __init__(self, target):
        self.target = target
        self.answers = {}
        self.edit = {}
        self.asked = []
        self.fields = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                fields = {name: values[0] for name, values in urllib.parse.parse_qs(body.decode("utf-8", "replace")).items()}
                action = fields.get("Action", "")
                outer.asked.append(action or self.path)
                outer.fields.append(fields)
                if action in outer.answers:
                    planned = outer.answers[action]
                    if isinstance(planned, list):
                        planned = planned.pop(0) if len(planned) > 1 else planned[0]
                    status, text = planned(fields) if callable(planned) else planned
                    if status is not None:
                        return self.say(status, text.encode())
                return self.forward(body, action)

            def do_PUT(self):
                outer.asked.append(f"{self.command} {self.path}")
                self.forward(self.rfile.read(int(self.headers.get("Content-Length", 0))), "")

            do_DELETE = do_GET = do_PUT

            def forward(self, body, action):
                connection = http.client.HTTPConnection(outer.target.removeprefix("http://"), timeout=300)
                headers = {k: v for k, v in self.headers.items() if k.lower() not in ("content-length", "accept-encoding", "expect")}
                connection.request(self.command, self.path, body=body or None, headers=headers)
                answer = connection.getresponse()
                status, text, version = answer.status, answer.read(), answer.headers.get("x-amz-version-id")
                connection.close()
                if action in outer.edit:
                    text = outer.edit[action](text.decode()).encode()
                self.say(status, text, version)

            def say(self, status, text, version=None):
                self.send_response(status)
                if version is not None:
                    self.send_header("x-amz-version-id", version)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                with contextlib.suppress(BrokenPipeError):
                    self.wfile.write(text)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


PASS_ON = (None, "")


def error(code, message="m", status=400):
    return (
        status,
        f'<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type><Code>{code}</Code>'
        f"<Message>{message}</Message></Error><RequestId>r</RequestId></ErrorResponse>",
    )


def result(action, inner):
    return (
        200,
        f'<{action}Response xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><{action}Result>{inner}</{action}Result>'
        f"<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{action}Response>",
    )
