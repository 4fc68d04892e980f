"""A real moto server over HTTP, one per test process."""

import subprocess
import sys
import urllib.request

import pytest

# It takes a port that is free and says which once it listens; it ends with this process, however that ends.
SERVER = """\
import sys
from moto.server import ThreadedMotoServer

server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="session")
def endpoint():
    server = subprocess.Popen([sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        port = int(server.stdout.readline())  # however long that takes; nothing at all when it could not start
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()
        server.stdin.close()
        server.stdout.close()


@pytest.fixture
def aws(endpoint, monkeypatch):
    """The environment of a signed-in user; moto's state is emptied."""
    urllib.request.urlopen(urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST"), timeout=300)
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test-secret-value")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-northeast-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    import boto3

    return boto3.Session(region_name="ap-northeast-1")


@pytest.fixture
def between(aws, endpoint, monkeypatch):
    """What boto3 talks to stands between it and moto."""
    from cloud.between import Between

    server = Between(endpoint)
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    yield server
    server.close()


@pytest.fixture(scope="session")
def tls(tmp_path_factory):
    from cloud.azure_stand_in import certificate

    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def azure(tls, monkeypatch):
    """The stand-in, in the environment of a machine whose managed identity it knows: the SDK's own chain finds everything there."""
    from cloud.azure_stand_in import HEADER, SUBSCRIPTION, StandIn

    server = StandIn(*tls)
    for name in ("AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_CLIENT_SECRET", "IDENTITY_SERVER_THUMBPRINT", "AZURE_CLOUD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ARM_ENDPOINT", server.url)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tls[0]))
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{server.url}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", HEADER)
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")
    monkeypatch.setenv("AZURE_SUBSCRIPTION_ID", SUBSCRIPTION)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    yield server
    server.close()
