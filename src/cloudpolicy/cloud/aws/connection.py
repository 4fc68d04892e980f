"""One AWS account and region through boto3: which calls may be made at all, and what a refusal means for the person who runs it.

Read-only by construction: every client refuses, before anything is sent, a call that is not in its list. Credentials come from boto3's own
chain and are never read, kept or printed here.
"""

from __future__ import annotations

from cloudpolicy.cloud.errors import CloudError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

# What `live` may call; docs/cloud.md shows the same list as an IAM policy.
READS = frozenset(
    {
        "DescribeStacks",
        "ListStackResources",
        "GetTemplate",
        "DetectStackDrift",  # starts a comparison, changes nothing
        "DescribeStackDriftDetectionStatus",
        "DescribeStackResourceDrifts",
    }
)
# What a preview adds: a change set is made, read and deleted, never executed.
CHANGE_SET = frozenset(
    {
        "DescribeChangeSet",
        "GetTemplateSummary",
        "CreateChangeSet",
        "DeleteChangeSet",
        "DeleteStack",  # of the empty stack that a change set of a new stack leaves behind
        "PutObject",
        "DeleteObject",
    }
)


class Connection:
    """Clients of one region. `allowed` are the API calls that may be made; any other raises before it is sent."""

    def __init__(self, region: str | None = None, allowed: frozenset[str] = READS) -> None:
        self.allowed = allowed
        self._session = _boto3().Session(region_name=region)
        if not self._session.region_name:
            raise CloudError(
                "no-region",
                "no AWS region is set; give it with --regions or AWS_DEFAULT_REGION",
                "AWS のリージョンが設定されていません。--regions か AWS_DEFAULT_REGION で指定してください",
            )
        self.region: str = self._session.region_name
        self._clients: dict[str, Any] = {}

    def call(self, service: str, operation: str, **given: Any) -> dict[str, Any]:
        """One API call, with boto3's retries and back-off; raises CloudError."""
        client = self.client(service)
        try:
            answer: dict[str, Any] = getattr(client, operation)(**given)
            return answer
        except CloudError:
            raise
        except Exception as error:
            raise self._explained(error, operation) from None

    def pages(self, service: str, operation: str, key: str, **given: Any) -> Iterator[dict[str, Any]]:
        """The items under `key` of every page; raises CloudError, also half-way."""
        client = self.client(service)
        try:
            for page in client.get_paginator(operation).paginate(**given):
                yield from page.get(key, ())
        except CloudError:
            raise
        except Exception as error:
            raise self._explained(error, operation) from None

    def client(self, service: str) -> Any:
        if service not in self._clients:
            from botocore.config import Config

            # adaptive: boto3 measures how often it is throttled and slows down by itself
            options = Config(retries={"mode": "adaptive", "max_attempts": 8}, connect_timeout=10, read_timeout=60)
            try:
                client = self._session.client(service, config=options)
            except Exception as error:
                raise self._explained(error, service) from None
            client.meta.events.register("before-call", self._guard)
            self._clients[service] = client
        return self._clients[service]

    def _guard(self, model: Any, **_: Any) -> None:
        if model.name not in self.allowed:
            raise CloudError(
                "forbidden-call",
                f"{model.name} would change something and is not made",
                f"{model.name} は変更を伴うため実行しません",
            )

    def _explained(self, error: Exception, operation: str) -> CloudError:
        from botocore import exceptions

        region = self.region
        action = "".join(part.capitalize() for part in operation.split("_"))
        if isinstance(error, (exceptions.NoCredentialsError, exceptions.PartialCredentialsError)):
            return CloudError(
                "no-credentials",
                "no AWS credentials were found; sign in (aws sso login) or set a profile (AWS_PROFILE)",
                "AWS の認証情報が見つかりません。サインイン(aws sso login)するか AWS_PROFILE を設定してください",
            )
        if isinstance(error, exceptions.ClientError):
            return self._refused(error.response.get("Error", {}), action)
        if isinstance(error, (exceptions.ConnectionError, exceptions.HTTPClientError)):
            return CloudError(
                "no-connection",
                f"{action} in {region}: the service does not answer ({type(error).__name__}); check the network, and that the region exists",
                f"{region} の {action}: サービスに接続できません({type(error).__name__})。ネットワークとリージョン名を確認してください",
            )
        if isinstance(error, exceptions.BotoCoreError):
            kind = type(error).__name__
            if "Token" in kind or "SSO" in kind:
                return _expired(action)
            return CloudError("cloud-error", f"{action} in {region} failed: {kind}", f"{region} の {action} に失敗しました: {kind}")
        raise error

    def _refused(self, told: dict[str, Any], action: str) -> CloudError:
        code, message = str(told.get("Code", "")), str(told.get("Message", ""))[:300]
        region = self.region
        if code in ("ExpiredToken", "ExpiredTokenException", "RequestExpired"):
            return _expired(action)
        if code in ("InvalidClientTokenId", "UnrecognizedClientException", "AuthFailure", "OptInRequired", "SignatureDoesNotMatch"):
            return CloudError(
                "credentials-refused",
                f"{action} in {region}: the credentials are not accepted; are they right, and is the region enabled for the account?",
                f"{region} の {action}: 認証情報が受け付けられません。認証情報と、アカウントでリージョンが有効かを確認してください",
            )
        if code.startswith(("AccessDenied", "UnauthorizedOperation")):
            return CloudError(
                "access-denied",
                f"{action} in {region} is not allowed; add it to the role's policy (docs/cloud.md lists what is needed)",
                f"{region} の {action} が許可されていません。ロールのポリシーに追加してください(必要な権限は docs/cloud.ja.md)",
            )
        if "Throttl" in code or code in ("RequestLimitExceeded", "TooManyRequestsException", "SlowDown"):
            return CloudError(
                "throttled",
                f"{action} in {region}: the service asked to slow down again and again; try later or with fewer stacks",
                f"{region} の {action}: 呼び出し回数の制限が続きました。時間をおくか、対象を減らして再実行してください",
            )
        if code == "ValidationError" and "does not exist" in message:
            return CloudError("no-such-stack", f"{region}: {message}", f"{region}: スタックがありません({message})")
        return CloudError("cloud-error", f"{action} in {region}: {code}: {message}", f"{region} の {action}: {code}: {message}")


def _expired(action: str) -> CloudError:
    return CloudError(
        "credentials-expired",
        f"{action}: the credentials have expired; sign in again (aws sso login), then run this once more",
        f"{action}: 認証情報の有効期限が切れています。サインインし直してから再実行してください(aws sso login)",
    )


def _boto3() -> Any:
    try:
        import boto3
    except ImportError:
        raise CloudError(
            "missing-package",
            "boto3 is not installed; install cloudpolicy with its extra: pip install 'cloudpolicy[aws]'",
            "boto3 がありません。pip install 'cloudpolicy[aws]' で導入してください",
        ) from None
    return boto3
