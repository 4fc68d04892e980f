"""A real moto server over HTTP, one per test process."""

import os
import socket
import subprocess
import sys
import time
import urllib.request

import pytest


@pytest.fixture(scope="session")
def endpoint():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = os.path.join(os.path.dirname(sys.executable), "moto_server")
    server = subprocess.Popen([program, "-H", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(150):
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


@pytest.fixture
def aws(endpoint, monkeypatch):
    """The environment of a signed-in user; moto's state is emptied."""
    urllib.request.urlopen(urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST"), timeout=30)
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
