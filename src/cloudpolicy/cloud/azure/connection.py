"""One Azure subscription through the SDK: which requests may be made at all, and what a refusal means for the person who runs it.

Read-only by construction: every client refuses, before anything is sent, a request that is neither a GET nor one of the three POSTs that only
ask. Credentials come from azure-identity's DefaultAzureCredential and are never read, kept or printed here.
"""

from __future__ import annotations

import os
import re
import time

from cloudpolicy.cloud.errors import CloudError, untrusted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

ASKS = ("exporttemplate", "whatif", "validate")  # the last words of the POSTs that change nothing
ENDPOINT = "ARM_ENDPOINT"  # another address of the Resource Manager than that of the SDK's cloud: a gateway, a stand-in; https only
ATTEMPTS = 3
LONGEST = 900.0  # seconds that one long-running operation may take
_EXPIRED = ("ExpiredAuthenticationToken", "AuthenticationFailedExpiredToken")


class Connection:
    """The clients of one subscription; raises CloudError when the SDK is not there."""

    def __init__(self, subscription: str) -> None:
        self.subscription = subscription
        identity, resources, deployments = _sdk()
        options: dict[str, Any] = {
            "base_url": os.environ.get(ENDPOINT) or None,
            "raw_request_hook": _guard,
            "polling_interval": 5,  # where the service does not say how long to wait
            "retry_total": 8,
            "retry_status": 6,
            "connection_timeout": 10,
            "read_timeout": 60,
        }
        try:
            credential = identity.DefaultAzureCredential()
            self.resources: Any = resources.ResourceManagementClient(credential, subscription, **options)
            self.deployments: Any = deployments.DeploymentsMgmtClient(credential, subscription, **options)
        except Exception as error:
            raise _explained(error, "") from None

    def ask(self, action: str, begin: Callable[..., Any], *given: Any) -> dict[str, Any]:
        """The answer of a long-running operation as plain JSON; `action` is the permission that it needs. Raises CloudError.

        What is asked changes nothing, so it may be asked again, POST or not. The SDK does so until the first byte of an answer is here;
        an answer that ends half-way is asked for anew.
        """
        for attempt in range(ATTEMPTS):
            try:
                return self._asked(action, begin, given)
            except CloudError as error:
                if error.diagnostic.code != "no-connection" or attempt == ATTEMPTS - 1:
                    raise
                time.sleep(2**attempt)
        raise AssertionError

    def _asked(self, action: str, begin: Callable[..., Any], given: tuple[Any, ...]) -> dict[str, Any]:
        try:
            poller = begin(*given, retry_on_methods=("GET", "POST"))
            poller.wait(LONGEST)
            if not poller.done():
                raise CloudError(
                    "no-answer",
                    f"{action}: no answer within {LONGEST:.0f} s; try again, or with a smaller template or group",
                    f"{action}: {LONGEST:.0f} 秒以内に応答がありません。時間をおくか、対象を小さくして再実行してください",
                )
            answer: dict[str, Any] = poller.result().as_dict()
            return answer
        except CloudError:
            raise
        except Exception as error:
            raise _explained(error, action) from None

    def pages(self, action: str, listing: Callable[..., Any], *given: Any) -> Iterator[dict[str, Any]]:
        """The items of every page as plain JSON; raises CloudError, also half-way."""
        try:
            for item in listing(*given):
                yield item.as_dict()
        except CloudError:
            raise
        except Exception as error:
            raise _explained(error, action) from None


def _guard(request: Any) -> None:
    """Lets nothing pass that could change something, whoever makes the request: the SDK registers resource providers by itself."""
    sent = request.http_request
    path = sent.url.partition("?")[0]
    if sent.method == "GET" or (sent.method == "POST" and path.rpartition("/")[2].lower() in ASKS):
        return
    if path.endswith("/register"):
        raise _not_registered(path.split("/")[-2])
    raise CloudError(
        "forbidden-call",
        f"{sent.method} {path.rpartition('/')[2]} would change something and is not made",
        f"{sent.method} {path.rpartition('/')[2]} は変更を伴うため実行しません",
    )


def _not_registered(provider: str) -> CloudError:
    return CloudError(
        "provider-not-registered",
        f"the resource provider {provider} is not registered in the subscription; register it (az provider register --namespace {provider})",
        f"リソースプロバイダー {provider} がサブスクリプションに登録されていません。登録してください(az provider register --namespace {provider})",
    )


def _explained(error: Exception, action: str) -> CloudError:
    from azure.core import exceptions

    if isinstance(error, exceptions.HttpResponseError) and not isinstance(error, exceptions.IncompleteReadError):
        told = getattr(error, "error", None)
        code, message = str(getattr(told, "code", None) or ""), str(getattr(told, "message", None) or error.message or "")
        if isinstance(error, exceptions.ClientAuthenticationError) and not code:
            return _not_signed_in(message)
        return _refused(error.status_code or 0, code, message, getattr(told, "details", None) or (), action)
    if isinstance(error, (exceptions.ServiceRequestError, exceptions.ServiceResponseError, exceptions.IncompleteReadError)):
        if "non-TLS" in str(error):
            return CloudError(
                "not-https",
                f"{ENDPOINT} must begin with https://: credentials are not sent in the clear",
                f"{ENDPOINT} は https:// で始めてください。認証情報を平文では送信しません",
            )
        if "certificate" in str(error).lower():
            return untrusted(action, action, "REQUESTS_CA_BUNDLE")
        return CloudError(
            "no-connection",
            f"{action}: Azure does not answer ({type(error).__name__}); check the network{_by_variable(', and')}",
            f"{action}: Azure に接続できません({type(error).__name__})。ネットワーク{_by_variable('と')}を確認してください",
        )
    if isinstance(error, exceptions.AzureError):
        return CloudError("cloud-error", f"{action} failed: {type(error).__name__}", f"{action} に失敗しました: {type(error).__name__}")
    if isinstance(error, OSError):  # REQUESTS_CA_BUNDLE names no file
        said = f"{error.filename}: {error.strerror}" if error.filename else str(error)[:200]
        return CloudError("unusable-settings", f"{action}: {said}", f"{action}: {said}")
    if isinstance(error, ValueError):  # a subscription or group name that the SDK does not take
        return CloudError("invalid-request", f"{action}: {str(error)[:200]}", f"{action}: {str(error)[:200]}")
    raise error


def _by_variable(link: str) -> str:
    return f"{link} {ENDPOINT}" if os.environ.get(ENDPOINT) else ""


def _not_signed_in(message: str) -> CloudError:
    """azure-identity's messages are long and name clients and tenants; only Entra's own code is repeated."""
    found = re.search(r"AADSTS\d+", message)
    if found is not None:
        return CloudError(
            "credentials-refused",
            f"Microsoft Entra refuses the sign-in ({found[0]}); sign in again (az login), or renew the secret or certificate",
            f"Microsoft Entra がサインインを拒否しました({found[0]})。az login でサインインし直すか、シークレット・証明書を更新してください",
        )
    if re.search(r"certificate (?:verify|bundle)", message):
        return untrusted("the sign-in", "サインイン", "REQUESTS_CA_BUNDLE")
    return CloudError(
        "no-credentials",
        "no Azure credentials were found; sign in (az login), or give a service principal by AZURE_TENANT_ID, AZURE_CLIENT_ID and its secret",
        "Azure の認証情報が見つかりません。az login でサインインするか、AZURE_TENANT_ID・AZURE_CLIENT_ID などでサービスプリンシパルを設定してください",
    )


def _refused(status: int, code: str, message: str, details: Any, action: str) -> CloudError:
    if code in _EXPIRED or (status == 401 and "expired" in message.lower()):
        return CloudError(
            "credentials-expired",
            f"{action}: the credentials have expired; sign in again (az login), then run this once more",
            f"{action}: 認証情報の有効期限が切れています。サインインし直してから再実行してください(az login)",
        )
    if status == 401:
        return CloudError(
            "credentials-refused",
            f"{action}: the credentials are not accepted ({code}); do they belong to the subscription's tenant?",
            f"{action}: 認証情報が受け付けられません({code})。サブスクリプションのテナントの認証情報か確認してください",
        )
    if status == 403 or code in ("AuthorizationFailed", "LinkedAuthorizationFailed"):
        named = re.search(r"action(?:\(s\))? '([^']+)'", message)
        scope = re.search(r"over scope '([^']+)'", message)
        needed, where = named[1] if named else action, scope[1] if scope else ""
        return CloudError(
            "access-denied",
            f"{needed} is not allowed{f' over {where}' if where else ''}; add it to the role (docs/cloud.md lists what is needed)",
            f"{where or '対象'} に対する {needed} が許可されていません。ロールに追加してください(必要な権限は docs/cloud.ja.md)",
        )
    if status == 429 or code in ("TooManyRequests", "SubscriptionRequestsThrottled", "ResourceRequestsThrottled"):
        return CloudError(
            "throttled",
            f"{action}: the service asked to slow down again and again; try later or with fewer resource groups",
            f"{action}: 呼び出し回数の制限が続きました。時間をおくか、対象を減らして再実行してください",
        )
    provider = re.search(r"namespace '([^']+)'", message)
    if code == "MissingSubscriptionRegistration" and provider is not None:
        return _not_registered(provider[1])
    said = inner(code, message, details)
    if code == "ResourceGroupNotFound":
        return CloudError("no-such-group", f"there is no such resource group: {said}", f"リソースグループがありません: {said}")
    if code in ("SubscriptionNotFound", "InvalidSubscriptionId"):
        return CloudError("no-such-subscription", f"there is no such subscription: {said}", f"サブスクリプションがありません: {said}")
    return CloudError("cloud-error", f"{action}: {said}", f"{action}: {said}")


def inner(code: str, message: str, details: Any) -> str:
    """The service's reason: the innermost details say it, what stands around them only says that there are some."""
    found: list[str] = []
    _collect(code, message, details, found)
    return "; ".join(dict.fromkeys(found))[:600]


def _collect(code: str, message: str, details: Any, found: list[str]) -> None:
    for detail in details or ():
        # the SDK's objects have attributes, its JSON has keys
        one = detail if isinstance(detail, dict) else {key: getattr(detail, key, None) for key in ("code", "message", "details")}
        _collect(str(one.get("code") or ""), str(one.get("message") or ""), one.get("details"), found)
    if not details:
        found.append(f"{code}: {message}" if code else message)


def _sdk() -> tuple[Any, Any, Any]:
    try:
        from azure import identity
        from azure.mgmt.resource import deployments, resources
    except ImportError:
        raise CloudError(
            "missing-package",
            "the Azure SDK is not installed: pip install azure-identity azure-mgmt-resource azure-mgmt-resource-deployments, beside cloudpolicy",
            "Azure SDK がありません。cloudpolicy と同じ環境で pip install azure-identity azure-mgmt-resource azure-mgmt-resource-deployments を実行してください",
        ) from None
    import logging

    # what it has to say is said by CloudError; without a handler its warnings would go to standard error
    logging.getLogger("azure").addHandler(logging.NullHandler())
    return identity, resources, deployments
