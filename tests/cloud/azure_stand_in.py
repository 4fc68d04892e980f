"""A server that speaks as Azure Resource Manager does: long-running operations, pages, throttling, refusals. Its answers have the shapes of
the examples that Microsoft publishes with the API (azure-rest-api-specs), and the real SDK asks it, over HTTPS and with a token."""

import contextlib
import datetime
import ipaddress
import json
import re
import ssl
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
TOKEN = "stand-in-access-token-value"
HEADER = "stand-in-identity-header-value"
API_GROUP = re.compile(rf"/subscriptions/{SUBSCRIPTION}/resourcegroups/([^/]+)", re.I)


def certificate(folder):
    """(path of the certificate, path of its key) for 127.0.0.1."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "stand-in")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(pem)
    return folder / "cert.pem", folder / "key.pem"


def fault(status, code, message="m", **headers):
    """An answer as the Resource Manager refuses."""
    return status, headers, {"error": {"code": code, "message": message}}


CUT = "cut"  # in place of an answer: the connection ends in the middle of it


class StandIn:
    """groups   name -> {"location", "resources": as the listing gives them, "template", "errors": details of the export's error}
    what_if  the answer's properties; validate: the answer as a whole, or an answer as of `fault`
    faults   "exportTemplate", "whatIf", "validate", "resources", "resourcegroups", "poll" -> answers that are given first, in turn;
             an answer in place of a list stays
    asked    (method, path without query) of every request; `bodies` of every POST
    """

    def __init__(self, cert, key):
        self.groups = {}
        self.what_if = {"changes": []}
        self.validate = {"properties": {"provisioningState": "Succeeded"}}
        self.faults = {}
        self.asked = []
        self.bodies = []
        self.page = 100
        self.pending = {}
        self.polls = 1  # times that a long-running operation is still running
        self.ends = None  # "Succeeded", "Failed", "Canceled": operations tell their state apart (Azure-AsyncOperation), and end so
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # or each answer takes 40 ms

            def log_message(self, *_):
                pass

            def do_GET(self):
                path, _, query = self.path.partition("?")
                path = urllib.parse.unquote(path)
                outer.asked.append((self.command, path))
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if body:
                    outer.bodies.append(json.loads(body))
                self.say(*outer.answer(self, path, urllib.parse.parse_qs(query)))

            do_POST = do_PUT = do_DELETE = do_PATCH = do_GET

            def say(self, status, headers, data):
                text = b"" if data is None else data if isinstance(data, bytes) else json.dumps(data).encode()
                cut = status == CUT
                self.send_response(200 if cut else status)
                self.send_header("Content-Type", "text/html" if isinstance(data, bytes) else "application/json; charset=utf-8")
                self.send_header("Content-Length", str(len(text) + (1000 if cut else 0)))
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(text)
                    self.wfile.flush()
                if cut:
                    self.close_connection = True

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, request, path, query):
        if path == "/msi/token":
            if request.headers.get("X-IDENTITY-HEADER") != HEADER:
                return 403, {}, {"message": "no"}
            return 200, {}, {"access_token": TOKEN, "expires_on": "4102444800", "resource": query["resource"][0], "token_type": "Bearer"}
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return fault(401, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.")
        last = "poll" if "/operationresults/" in path or "/operationstatuses/" in path else path.rpartition("/")[2]
        planned = self.faults.get(last if last in ("poll", "exportTemplate", "whatIf", "validate", "resources") else "resourcegroups")
        if isinstance(planned, list):
            planned = planned.pop(0) if planned else None
        if planned == CUT:
            return CUT, {}, {"value": []}
        if planned is not None:
            return planned
        return self.route(request.command, path, query)

    def route(self, method, path, query):
        if "/operationresults/" in path:
            return self.poll(path)
        if "/operationstatuses/" in path:
            return self.state(path)
        found = API_GROUP.match(path)
        if method == "GET" and re.fullmatch(rf"/subscriptions/{SUBSCRIPTION}/resourcegroups", path, re.I):
            return self.list([self.described(name) for name in self.groups], path, query)
        if method == "POST" and re.fullmatch(rf"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Resources/deployments/[^/]+/\w+", path):
            return self.deployment(path)
        if found is None:
            return fault(404, "SubscriptionNotFound", f"The subscription '{path.split('/')[2]}' could not be found.")
        name = found[1]
        if name not in self.groups:
            return fault(404, "ResourceGroupNotFound", f"Resource group '{name}' could not be found.")
        rest = path[found.end() :]
        if method == "GET" and not rest:
            return 200, {}, self.described(name)
        if method == "GET" and rest == "/resources":
            return self.list(self.groups[name].get("resources", []), path, query)
        if method == "POST" and rest == "/exportTemplate":
            return self.later(self.exported(name))
        if method == "POST" and rest.startswith("/providers/Microsoft.Resources/deployments/"):
            return self.deployment(path)
        return fault(405, "MethodNotAllowed")

    def described(self, name):
        id = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{name}"
        group = {
            "id": id,
            "name": name,
            "type": "Microsoft.Resources/resourceGroups",
            "location": self.groups[name].get("location", "japaneast"),
        }
        return {**group, "properties": {"provisioningState": "Succeeded"}}

    def list(self, items, path, query):
        start = int(query.get("$skiptoken", ["0"])[0])
        answer = {"value": items[start : start + self.page]}
        if start + self.page < len(items):
            answer["nextLink"] = f"{self.url}{urllib.parse.quote(path)}?api-version=2025-04-01&$skiptoken={start + self.page}"
        return 200, {}, answer

    def exported(self, name):
        group = self.groups[name]
        wanted = self.bodies[-1]["resources"]
        template = group.get("template") or {"resources": []}
        if wanted != ["*"]:
            names = {id.rpartition("/")[2] for id in wanted}
            template = {**template, "resources": [one for one in template["resources"] if one["name"] in names]}
        answer = {"template": template}
        if group.get("errors"):
            message = "Export template operation completed with errors. Some resources were not exported. Please see details for more information."
            answer["error"] = {"code": "ExportTemplateCompletedWithErrors", "message": message, "details": group["errors"]}
        return 200, {}, answer

    def deployment(self, path):
        if path.endswith("/whatIf"):
            return self.later((200, {}, {"status": "Succeeded", "properties": self.what_if}))
        return self.later(self.validate if isinstance(self.validate, tuple) else (200, {}, self.validate))

    def later(self, answer):
        """202, then 202 again for a while, then the answer."""
        number = str(len(self.pending))
        self.pending[number] = [self.polls, answer]
        return 202, self.where(number), None

    def state(self, path):
        """As the Resource Manager's contract for Azure-AsyncOperation has it: 200 throughout, the end in `status`, the result elsewhere."""
        state = self.pending[path.rpartition("/")[2]]
        if state[0] > 0:
            state[0] -= 1
            return 200, {"Retry-After": "1"}, {"status": "Running"}
        if self.ends == "Succeeded":
            return 200, {}, {"status": "Succeeded"}
        message = (
            "The request to predict template deployment changes has failed." if self.ends == "Failed" else "The operation was canceled."
        )
        return 200, {}, {"status": self.ends, "error": {"code": f"Operation{self.ends}", "message": message}}

    def where(self, number):
        at = f"{self.url}/subscriptions/{SUBSCRIPTION}/{{}}/{number}?api-version=2025-04-01"
        if self.ends:
            return {"Azure-AsyncOperation": at.format("operationstatuses"), "Location": at.format("operationresults"), "Retry-After": "1"}
        return {"Location": f"{self.url}/subscriptions/{SUBSCRIPTION}/operationresults/{number}?api-version=2025-04-01", "Retry-After": "1"}

    def poll(self, path):
        number = path.rpartition("/")[2]
        state = self.pending[number]
        state[0] -= 1
        return (202, self.where(number), None) if state[0] >= 0 else state[1]


def listed(type, name, group="rg", **more):
    """A resource as the listing of a group gives it."""
    types, names = type.split("/"), name.split("/")
    path = "".join(f"/{kind}/{own}" for kind, own in zip(types[1:], names, strict=True))
    id = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{group}/providers/{types[0]}{path}"
    return {"id": id, "name": name, "type": type, "location": "japaneast", **more}
