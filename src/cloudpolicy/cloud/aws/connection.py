"""One AWS account and region through boto3: which calls may be made at all, and what a refusal means for the person who runs it.

Read-only by construction: every client refuses, before anything is sent, a call that is not in its list. Credentials come from boto3's own
chain and are never read, kept or printed here.
"""

from __future__ import annotations

import re

from cloudpolicy.cloud.errors import CloudError, untrusted

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
        try:
            self._session = _boto3().Session(region_name=region)
            named = self._session.region_name
        except CloudError:
            raise
        except Exception as error:  # a profile that is not there, a broken ~/.aws/config
            raise _misconfigured(error) from None
        if not named:
            raise CloudError(
                "no-region",
                "no AWS region is set; give it with --regions or AWS_DEFAULT_REGION",
                "AWS のリージョンが設定されていません。--regions か AWS_DEFAULT_REGION で指定してください",
            )
        self.region: str = named
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
        from botocore.parsers import ResponseParserError

        region = self.region
        action = "".join(part.capitalize() for part in operation.split("_"))
        if isinstance(error, (exceptions.NoCredentialsError, exceptions.PartialCredentialsError)):
            return CloudError(
                "no-credentials",
                "no AWS credentials were found; sign in (aws sso login) or set a profile (AWS_PROFILE)",
                "AWS の認証情報が見つかりません。サインイン(aws sso login)するか AWS_PROFILE を設定してください",
            )
        if isinstance(error, exceptions.ClientError):
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
            return self._refused(error.response.get("Error", {}), action, status)
        if isinstance(error, exceptions.SSLError):
            return untrusted(f"{action} in {region}", f"{region} の {action}", "AWS_CA_BUNDLE")
        if isinstance(error, (exceptions.ConnectionError, exceptions.HTTPClientError)):
            return CloudError(
                "no-connection",
                f"{action} in {region}: the service does not answer ({type(error).__name__}); check the network, and that the region exists",
                f"{region} の {action}: サービスに接続できません({type(error).__name__})。ネットワークとリージョン名を確認してください",
            )
        if isinstance(error, (exceptions.InvalidRegionError, exceptions.NoRegionError)):
            return CloudError("no-such-region", f"{region} is no AWS region", f"{region} は AWS のリージョン名ではありません")
        if isinstance(error, (exceptions.CredentialRetrievalError, exceptions.MetadataRetrievalError)):
            return CloudError(
                "no-credentials",
                f"{action} in {region}: the credentials could not be fetched ({type(error).__name__}); check the profile (aws sts get-caller-identity)",
                f"{region} の {action}: 認証情報を取得できません({type(error).__name__})。aws sts get-caller-identity でプロファイルを確認してください",
            )
        if isinstance(error, (exceptions.InvalidConfigError, exceptions.ProfileNotFound, exceptions.ConfigParseError, ValueError, OSError)):
            return _misconfigured(error)
        if isinstance(error, exceptions.ParamValidationError):
            said = " ".join(str(error).split())[:300]
            return CloudError("invalid-request", f"{action}: {said}", f"{action}: {said}")
        if isinstance(error, exceptions.BotoCoreError):
            kind = type(error).__name__
            if "Token" in kind or "SSO" in kind or "Login" in kind:
                return _expired(action)
            return CloudError("cloud-error", f"{action} in {region} failed: {kind}", f"{region} の {action} に失敗しました: {kind}")
        if isinstance(error, ResponseParserError):  # half an answer, or a page of a proxy
            return CloudError(
                "service-error",
                f"{action} in {region}: what answers does not speak as AWS does; check the proxy and AWS_ENDPOINT_URL, or try again",
                f"{region} の {action}: 応答が AWS のものではありません。プロキシや AWS_ENDPOINT_URL を確認するか、再実行してください",
            )
        raise error

    def _refused(self, told: dict[str, Any], action: str, status: int) -> CloudError:
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
            return _denied(action, region, message)
        if "Throttl" in code or code in ("RequestLimitExceeded", "TooManyRequestsException", "SlowDown"):
            return CloudError(
                "throttled",
                f"{action} in {region}: the service asked to slow down again and again; try later or with fewer stacks",
                f"{region} の {action}: 呼び出し回数の制限が続きました。時間をおくか、対象を減らして再実行してください",
            )
        if code == "ValidationError" and "does not exist" in message:
            return CloudError("no-such-stack", f"{region}: {message}", f"{region}: スタックがありません({message})")
        if code.startswith("ChangeSetNotFound"):
            return CloudError("no-such-change-set", f"{region}: {message}", f"{region}: 変更セットがありません({message})")
        if code.startswith("InvalidChangeSetStatus"):
            return CloudError("change-set-busy", f"{action} in {region}: {message}", f"{region} の {action}: {message}")
        if code == "NoSuchBucket":
            return CloudError("no-such-bucket", f"{action}: there is no such bucket", f"{action}: バケットがありません")
        if status >= 500:
            return CloudError(
                "service-error",
                f"{action} in {region}: the service failed ({code or status}) again and again; try later",
                f"{region} の {action}: サービス側のエラー({code or status})が続きました。時間をおいて再実行してください",
            )
        return CloudError("cloud-error", f"{action} in {region}: {code}: {message}", f"{region} の {action}: {code}: {message}")


def _denied(action: str, region: str, message: str) -> CloudError:
    """The action that the service names may be another one: it reads what a drift detection compares with the caller's rights."""
    named = re.search(r"not authorized to perform: ([\w-]+:\w+)", message)
    what = named[1] if named else action
    if "explicit deny" in message:
        return CloudError(
            "access-denied",
            f"{what} in {region} is denied explicitly by a policy (a service control policy may forbid the region); ask who keeps it",
            f"{region} の {what} はポリシーで明示的に拒否されています(SCP によるリージョン制限など)。管理者に確認してください",
        )
    return CloudError(
        "access-denied",
        f"{what} in {region} is not allowed; add it to the role's policy (docs/cloud.md lists what is needed)",
        f"{region} の {what} が許可されていません。ロールのポリシーに追加してください(必要な権限は docs/cloud.ja.md)",
    )


def _misconfigured(error: Exception) -> CloudError:
    from botocore import exceptions

    if isinstance(error, exceptions.ProfileNotFound):
        return CloudError(
            "no-credentials",
            "the profile that AWS_PROFILE names is not in ~/.aws/config; correct it (aws configure list-profiles)",
            "AWS_PROFILE のプロファイルが ~/.aws/config にありません。aws configure list-profiles で確認してください",
        )
    if isinstance(error, (exceptions.BotoCoreError, ValueError, OSError)):
        kind = type(error).__name__
        if isinstance(error, OSError) and error.filename:
            kind = f"{error.filename}: {error.strerror}"
        elif "endpoint" in str(error):  # it is not repeated: there may be a password in it
            kind = "AWS_ENDPOINT_URL"
        return CloudError(
            "unusable-settings",
            f"the settings of AWS cannot be used ({kind}); correct ~/.aws/config and the AWS_ variables",
            f"AWS の設定を利用できません({kind})。~/.aws/config と環境変数 AWS_… を確認してください",
        )
    raise error


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
            "boto3 is not installed: pip install boto3, beside cloudpolicy",
            "boto3 がありません。cloudpolicy と同じ環境で pip install boto3 を実行してください",
        ) from None
    return boto3
