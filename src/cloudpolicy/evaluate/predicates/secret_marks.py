"""What gives a secret away: the name it is stored under, the shape of the value, and assignments inside scripts.

Everything here is a plain function over text; `secret` walks the values. A miss leaks a password, a false alarm teaches people to ignore the
policy: names decide only together with a value that cannot be a reference, a path or a switch.

Most patterns stand here as text: `re` compiles one when it is first used, and remembers it. Compiling all of them takes 4 ms, and most templates
need few.
"""

from __future__ import annotations

import re

# Classes of names. NONE: says nothing. The others differ in what their value may be besides the secret itself.
NONE, PASSWORD, KEY, SECRET, SETTING = 0, 1, 2, 3, 4
# PASSWORD  a password: whatever is literal is one
# KEY       a token or key
# SECRET    the bare word "secret", which as often holds the name of one
# SETTING   names that are secrets as environment variables only ("ENCRYPTION_KEY" is a key's ARN as an attribute)

_HUMP = r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])"
_NAME = (
    r"(?P<password>passwords?|passwd|passphrase|(?:^|_)(?:pwd|pass))"
    r"|(?P<key>(?:api|access|secret|secret_access|private|shared|preshared|pre_shared|account|auth|oauth|sas|client_secret)_?key|(?:^|_)psk"
    r"|token|secret_key_base|platform_credential|basic_auth_credentials"
    r"|(?:client|jwt|session|shared|webhook|signing|hmac|consumer|oauth|api|app|auth|access|cookie|cookies|user)_?secret)"
    r"|(?P<secret>secret)"
    r"|(?P<setting>(?:encryption|signing|master|license|app|application|deploy|instrumentation_auth)_key)"
)
# Quick: every name that _NAME_END finds ends in one of these, unless something that is neither letter nor digit follows.
_ENDS = (
    *("passwords", "password", "passwd", "passphrase", "pwd", "pass", "key", "psk", "token", "base", "credential", "credentials", "secret"),
    *("wo", "value", "plaintext", "plain", "string"),
)
_ALPHANUMERIC = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
_NAME_END = rf"(?:{_NAME})(?:_wo|_value|_plaintext|_plain|_string)?\Z"
_NOT_SECRET = (
    r"(?:(?:^|_)(?:client_request|client|creation|update|continuation|next|next_page|page|pagination|event_source|max|request|idempotency|service"
    r"|task|id|csrf|registration_id)_?token"
    r"|(?:^|_)(?:generate|force_overwrite_replica|is_value|is|has|use|require|reset|forgot|change|manage_master_user|cdn_identifier)_?"
    r"(?:password|secret|token)"
    r"|public_key|ssh_key)\Z"
)
_classes: dict[str, int] = {}


def name_class(name: str) -> int:
    """Which kind of secret an attribute, a map key or a variable of this name holds; NONE for all others. Remembered per name."""
    found = _classes.get(name)
    if found is None:
        if len(_classes) > 20_000:
            _classes.clear()
        found = _classes[name] = _classify(name)
    return found


def _classify(name: str) -> int:
    small = name.casefold()
    if small[-1:] in _ALPHANUMERIC and not small.endswith(_ENDS):
        return NONE
    plain = re.sub(r"[^a-z0-9]+", "_", re.sub(_HUMP, "_", name).casefold()).strip("_")
    found = re.search(_NAME_END, plain)
    if found is None or re.search(_NOT_SECRET, plain):
        return NONE
    if found["password"]:
        return PASSWORD
    if found["key"]:
        return KEY
    if found["secret"]:
        return SECRET
    return SETTING if name.isupper() else NONE


# A value that is no secret whatever its name: a reference, a placeholder to be rendered, an ARN, an address, a file, a switch.
_HARMLESS = (
    r"(?:arn:|https?://[^@]*\Z|@Microsoft\.KeyVault|\$\.|\$\$\.|\$[A-Za-z_][\w.]*(?:[(\[].*[)\]])?\Z|%[A-Za-z_]\w*%\Z|<[^<>]*>\Z|\[[^\]]*\]\Z|\(.*\)\Z|"
    r"[*xX.#_-]{3,}\Z|"
    r"(?:secretsmanager|ssm|ssm-secure|vault|kms|env|file|valueFrom|resolve|alias|aws|op|gcp|sm|keyvault|parameter)[:/]|"
    r"/[\w.+@{}-]+(?:/[\w.+@{}-]+)*/?\Z|(?:[~.]{1,2}/)?(?:[a-z0-9_.-]+/)+[a-z0-9_.-]*\Z|"
    r"[\w./\\-]+\.(?:pem|key|crt|cer|p12|pfx|json|ya?ml|txt|jks|env|properties|tfvars)\Z|"
    r"(?i:true|false|yes|no|on|off|none|null|nil|undefined|required|optional|preferred|enabled|disabled|hours|minutes|days|seconds|plaintext"
    r"|securestring|your[-_ ].*|<?replace[-_ ]?.*|.*replace[-_ ]?me.*|todo.*|tbd|n/?a|insert[-_ ].*here)\Z)"
)
_RENDERED = r"\$\{|\$\(|\{\{|%\{|<%|#\{"
# What is written into a secret store only until somebody sets the real value.
_INITIAL = (
    r"(?i)(?:.*(?:change|replace|update|set|fill|rotate|override)[-_ ]?(?:me|it|this|later|manually|after).*|.*(?:dummy|placeholder|to[-_ ]?be|"
    r"temporary|uninitiali[sz]ed|not[-_ ]?set|unset|managed|outside).*|initial(?:[-_ ]?value)?|init|default|empty|example|sample|test|value|secret|"
    r"x+|-+|\{\}|\[\]|tmp|temp|blank|foo|bar|string)\Z"
)
_REFERENCE_NAME = r"[A-Za-z][A-Za-z0-9]*(?:[-_./:][A-Za-z0-9]+)*\Z"
_UUID = r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z"
_WORDS_OF_TEXTS = frozenset(
    {"password", "passwd", "secret", "token", "string", "bearer", "basic", "text", "hidden", "input", "value", "name", "default", "body", "header"}
    | {"apikey", "api_key", "api-key", "access_token", "authorization", "cookie", "example", "unknown", "admin"}
)  # fmt: skip


def is_literal_secret(text: str, kind: int) -> bool:
    """True when `text`, stored under a name of class `kind`, is the secret itself."""
    text = text.strip()
    if len(text) < 3 or re.match(_HARMLESS, text) or re.search(_RENDERED, text):
        return False
    if text.isdigit() and len(text) < 4:
        return False
    if kind == SETTING:
        return len(text) >= 8 and not re.match(_UUID, text)
    if kind == SECRET:
        return not _names_a_secret(text)
    return True


def is_initial(text: str) -> bool:
    """True for what people write into a secret store until the real value is set by hand."""
    return re.match(_INITIAL, text.strip()) is not None


def _names_a_secret(text: str) -> bool:
    """ "prod-db-secret" is the name of one; "hunter2", "S3cr3t!" and 32 random letters are not."""
    if re.match(_REFERENCE_NAME, text) is None or not any(mark in text for mark in "-_./:"):
        return False
    return not any(len(part) > 14 and any(c.isdigit() for c in part) for part in re.split(r"[-_./:]", text))


# --- known shapes of tokens -------------------------------------------------------------------------------------------------------------
# _MARKS are quick and say that one of the exact ones may be there.
_MARKS = (
    "-----BEGIN ", "Key=", "sig=", "eyJ", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "xox", "hooks.slack", "k_live_", "AIza", "glpat-",
    "SG.", "npm_", "://", "AKIA", "ASIA", "assword=", "wd=", "PASSWORD=", "PWD=",
)  # fmt: skip
_MARK = re.compile("|".join(map(re.escape, _MARKS)))
_PRIVATE_KEY = r"-----BEGIN (?:[A-Z0-9]+ ){0,2}PRIVATE KEY(?: BLOCK)?-----\s*(?:\\[nr]|\s)*[A-Za-z0-9+/=:\-\s\\,]{24}"
_EXACT = (
    r"(?:Account|SharedAccess|Shared|Access)Key=[A-Za-z0-9+/]{30,}={0,2}"
    r"|[?&]sig=[A-Za-z0-9%+/]{20,}"
    r"|\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"
    r"|\bgh[pousr]_[A-Za-z0-9]{30,}\b|\bgithub_pat_[A-Za-z0-9_]{40,}"
    r"|\bxox[abeprs]-[A-Za-z0-9-]{10,}|hooks\.slack\.com/services/T[A-Za-z0-9_]+/B[A-Za-z0-9_]+/[A-Za-z0-9_]{16,}"
    r"|\b[sr]k_live_[A-Za-z0-9]{16,}|\bAIza[A-Za-z0-9_-]{35}|\bglpat-[A-Za-z0-9_-]{20,}"
    r"|\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|\bnpm_[A-Za-z0-9]{36}"
)
_URL = r"[A-Za-z][A-Za-z0-9+.-]*://[^\s/:@'\"<>{}$]*:(?P<value>[^\s/@:'\"<>]{3,})@"
_CONNECTION = r"(?i)(?:^|[;\s])(?:password|pwd)=(?P<value>[^;\s]{3,})(?=;|\Z)"
_AWS_ID = r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"
_AWS_SECRET = (
    r"(?<![A-Za-z0-9/+=])(?=[A-Za-z0-9/+]*[a-z])(?=[A-Za-z0-9/+]*[A-Z])(?=[A-Za-z0-9/+]*[0-9/+])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])"
)


def holds_token(text: str) -> bool:
    """True when `text` holds a credential that its shape alone betrays: a private key, a storage key, a signed token, a URL with a password."""
    if _MARK.search(text) is None if len(text) < 100 else not any(mark in text for mark in _MARKS):
        return False
    if re.search(_PRIVATE_KEY, text) or re.search(_EXACT, text):
        return True
    if re.search(_AWS_ID, text) and re.search(_AWS_SECRET, text):
        return True
    return any(_written_out(found["value"]) for pattern in (_URL, _CONNECTION) for found in re.finditer(pattern, text))


def holds_key_id(text: str) -> bool:
    """True when an AWS access key's id stands in `text`: alone it is no secret, but wherever it stands the secret is not far."""
    return re.search(_AWS_ID, text) is not None


def _written_out(value: str) -> bool:
    value = value.strip("'\"")
    return (
        is_literal_secret(value, PASSWORD) and value.casefold() not in _WORDS_OF_TEXTS and not value.startswith(("$", "%", "{", "@", "<"))
    )


# --- assignments inside scripts, code and documents ------------------------------------------------------------------------------------
_SEPARATOR = re.compile(r"[\s='\"]")
_SUSPECT = (
    "passw",
    "passphrase",
    "secret",
    "token",
    "_key",
    "-key",
    "apikey",
    "accesskey",
    "privatekey",
    "secretkey",
    "_pass",
    " pass=",
    "pwd",
    "identified by",
    "chpasswd",
)
_PLAIN = (
    r"(?m)(?:^|[\s;&\"'])(?P<name>[A-Z0-9_]*(?:PASSWORD|PASSWD|PASSPHRASE|PWD|PASS|SECRET|TOKEN|KEY))(?:=|:[ \t]+)(?P<quote>[\"']?)"
    r"(?P<value>[^\s\"'$`<>{}(),;|&]{4,})"
)
_QUOTED = r"(?i)(?P<name>[a-z_][\w.-]*)[\"']?[ \t]*(?::=|=>|=|:)[ \t]*(?P<quote>[\"'])(?P<value>[^\s\"'$`<>{}\\]{4,})(?P=quote)"
_FLAG = r"(?:^|\s)--?(?P<name>[a-z-]*(?:password|passwd|token|api-key|client-secret))[= ][\"']?(?P<value>[^\s\"'$`<>{}(),;|&-][^\s\"'$`<>{}|]{3,})"
_DEFINED = r"(?i)\bdefine\(\s*[\"'](?P<name>\w+)[\"']\s*,\s*[\"'](?P<value>[^\s\"'$`<>{}\\]{4,})[\"']"
_SPOKEN = r"(?i)identified by ['\"](?P<value>[^'\"$<>{}\s]{3,})['\"]|echo\s+['\"]?[\w.-]+:(?P<other>[^\s'\"$`]{3,})['\"]?\s*\|\s*(?:sudo\s+)?chpasswd"


def suspect(text: str) -> bool:
    """A quick look: False when nothing in `text` is named like a secret, or nothing can be assigned in it."""
    if _SEPARATOR.search(text) is None:
        return False
    small = text.casefold()
    return any(word in small for word in _SUSPECT)


def assigns_secret(text: str) -> bool:
    """True when a script, a program or a document in `text` gives a secret name a literal value."""
    return any(_line_assigns(line) for line in text.splitlines() if suspect(line))


def _line_assigns(line: str) -> bool:
    for pattern in (_PLAIN, _QUOTED, _FLAG, _DEFINED):
        for found in re.finditer(pattern, line[:20_000]):
            kind = name_class(found["name"])
            if kind and kind != SETTING and _assigned(found["value"], kind):
                return True
    return any(_assigned(found["value"] or found["other"], PASSWORD) for found in re.finditer(_SPOKEN, line[:20_000]))


def _assigned(value: str, kind: int) -> bool:
    if value.casefold() in _WORDS_OF_TEXTS or re.match(r"[A-Za-z_][\w.]*[\[(.]", value):
        return False
    return is_literal_secret(value, kind)
