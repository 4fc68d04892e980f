"""A server between boto3 and moto: it answers some actions as the service's API reference shows, and passes the others on. Every action is noted."""

import contextlib
import http.client
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Between:
    """`answers` maps an action to (status, body) or a list of them, taken in turn with the last one staying; `edit` to a change of moto's answer."""

    def __init__(self, target):
        self.target = target
        self.answers = {}
        self.edit = {}
        self.asked = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                action = urllib.parse.parse_qs(body.decode("utf-8", "replace")).get("Action", [""])[0]
                outer.asked.append(action or self.path)
                if action in outer.answers:
                    planned = outer.answers[action]
                    status, text = (
                        planned.pop(0)
                        if isinstance(planned, list) and len(planned) > 1
                        else planned[0]
                        if isinstance(planned, list)
                        else planned
                    )
                    if status is not None:
                        return self.say(status, text.encode())
                return self.forward(body, action)

            def do_PUT(self):
                outer.asked.append(f"{self.command} {self.path}")
                self.forward(self.rfile.read(int(self.headers.get("Content-Length", 0))), "")

            do_DELETE = do_GET = do_PUT

            def forward(self, body, action):
                connection = http.client.HTTPConnection(outer.target.removeprefix("http://"), timeout=30)
                headers = {k: v for k, v in self.headers.items() if k.lower() not in ("content-length", "accept-encoding", "expect")}
                connection.request(self.command, self.path, body=body or None, headers=headers)
                answer = connection.getresponse()
                status, text = answer.status, answer.read()
                connection.close()
                if action in outer.edit:
                    text = outer.edit[action](text.decode()).encode()
                self.say(status, text)

            def say(self, status, text):
                self.send_response(status)
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


def error(code, message="m"):
    return (
        400,
        f'<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type><Code>{code}</Code>'
        f"<Message>{message}</Message></Error><RequestId>r</RequestId></ErrorResponse>",
    )


def result(action, inner):
    return (
        200,
        f'<{action}Response xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><{action}Result>{inner}</{action}Result>'
        f"<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{action}Response>",
    )
