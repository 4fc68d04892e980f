"""Runtimes of functions and web applications: whether their makers still mend them.

The dates are the providers' and languages' published ones, as known in November 2026. A version that is not listed is newer than the table.
"""

from __future__ import annotations

import re

from cloudpolicy import journal
from cloudpolicy.evaluate.logic import choose, negate
from cloudpolicy.evaluate.predicates import Located, predicate
from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context

# Identifier of a Lambda runtime -> the day it was, or will be, deprecated.
_LAMBDA = {
    "dotnetcore1.0": "2019-06-27",
    "dotnetcore2.0": "2019-05-30",
    "dotnetcore2.1": "2022-01-05",
    "dotnetcore3.1": "2023-04-03",
    "dotnet5.0": "2022-05-10",
    "dotnet6": "2024-12-20",
    "dotnet8": "2026-11-10",
    "dotnet9": "2026-11-10",
    "dotnet10": "2028-11-14",
    "go1.x": "2024-01-08",
    "java8": "2024-01-08",
    "java8.al2": "2027-06-30",
    "java11": "2027-06-30",
    "java17": "2027-06-30",
    "java21": "2029-06-30",
    "java25": "2029-06-30",
    "nodejs": "2016-08-30",
    "nodejs4.3": "2020-03-05",
    "nodejs4.3-edge": "2020-03-05",
    "nodejs6.10": "2019-08-12",
    "nodejs8.10": "2020-03-06",
    "nodejs10.x": "2021-07-30",
    "nodejs12.x": "2023-03-31",
    "nodejs14.x": "2023-12-04",
    "nodejs16.x": "2024-06-12",
    "nodejs18.x": "2025-09-01",
    "nodejs20.x": "2026-04-30",
    "nodejs22.x": "2027-04-30",
    "nodejs24.x": "2028-04-30",
    "provided": "2024-01-08",
    "provided.al2": "2026-07-31",
    "provided.al2023": "2029-06-30",
    "python2.7": "2021-07-15",
    "python3.6": "2022-07-18",
    "python3.7": "2023-12-04",
    "python3.8": "2024-10-14",
    "python3.9": "2025-12-15",
    "python3.10": "2026-10-31",
    "python3.11": "2027-06-30",
    "python3.12": "2028-10-31",
    "python3.13": "2029-06-30",
    "python3.14": "2029-06-30",
    "ruby2.5": "2021-07-30",
    "ruby2.7": "2023-12-07",
    "ruby3.2": "2026-03-31",
    "ruby3.3": "2027-03-31",
    "ruby3.4": "2028-03-31",
    "ruby4.0": "2029-03-31",
}
# Language of App Service -> version -> the day its support ended, or will end. Windows' own .NET Framework (v2.0 to v4.0) has no entry.
_STACKS: dict[str, dict[str, str]] = {
    "dotnet": {
        "1.0": "2019-06-27",
        "1.1": "2019-06-27",
        "2.0": "2018-10-01",
        "2.1": "2021-08-21",
        "2.2": "2019-12-23",
        "3.0": "2020-03-03",
        "3.1": "2022-12-13",
        "5": "2022-05-10",
        "6": "2024-11-12",
        "7": "2024-05-14",
        "8": "2026-11-10",
        "9": "2026-11-10",
        "10": "2028-11-14",
    },
    "node": {
        **{str(major): "2021-04-30" for major in range(12)},
        "12": "2022-04-30",
        "13": "2020-06-01",
        "14": "2023-04-30",
        "16": "2023-09-11",
        "18": "2025-04-30",
        "20": "2026-04-30",
        "22": "2027-04-30",
        "24": "2028-04-30",
    },
    "python": {
        "2.7": "2020-01-01",
        "3.4": "2019-03-18",
        "3.5": "2020-09-30",
        "3.6": "2021-12-23",
        "3.7": "2023-06-27",
        "3.8": "2024-10-07",
        "3.9": "2025-10-31",
        "3.10": "2026-10-31",
        "3.11": "2027-10-31",
        "3.12": "2028-10-31",
        "3.13": "2029-10-31",
    },
    "php": {
        **{f"5.{minor}": "2018-12-31" for minor in range(3, 7)},
        "7.0": "2019-01-10",
        "7.1": "2019-12-01",
        "7.2": "2020-11-30",
        "7.3": "2021-12-06",
        "7.4": "2022-11-28",
        "8.0": "2023-11-26",
        "8.1": "2025-12-31",
        "8.2": "2026-12-31",
        "8.3": "2027-12-31",
        "8.4": "2028-12-31",
    },
    "java": {"7": "2022-07-29", "1.7": "2022-07-29"},
    "ruby": {"2.3": "2019-03-31", "2.4": "2020-03-31", "2.5": "2021-03-31", "2.6": "2022-04-12", "2.7": "2023-03-31"},
    "go": {"1.18": "2023-02-01", "1.19": "2023-09-06"},
    "powershell": {"6": "2020-09-04", "7.0": "2022-12-03", "7.2": "2024-11-08", "7.4": "2026-11-10"},
}
_LINUX = {"dotnetcore": "dotnet", "dotnet-isolated": "dotnet"}  # the language's name in linuxFxVersion, where it is another one


@predicate
def lambda_supported(context: Context, runtime: Any = ABSENT, as_of: Any = "", days: Any = 0) -> Truth:
    """True when a Lambda runtime is not deprecated on the day `as_of` (today when empty), nor within `days` after it."""
    if isinstance(runtime, Unknown):
        if runtime.choices is None:
            return runtime
        return choose((_lambda(choice, as_of, days) for choice in runtime.choices), runtime)
    return _lambda(runtime, as_of, days)


def _lambda(runtime: Any, as_of: Any, days: Any) -> Truth:
    if isinstance(runtime, Unknown):
        return runtime
    end = _LAMBDA.get(str(runtime).casefold())
    return end is None or end > _day(as_of, days)


@predicate
def stack_supported(
    context: Context,
    dotnet: Any = ABSENT,
    node: Any = ABSENT,
    python: Any = ABSENT,
    php: Any = ABSENT,
    java: Any = ABSENT,
    ruby: Any = ABSENT,
    go: Any = ABSENT,
    powershell: Any = ABSENT,
    linux: Any = ABSENT,
    as_of: Any = "",
) -> Located:
    """True when none of the stated versions of an App Service application is out of support on the day `as_of` (today when empty).

    linux  the version as linuxFxVersion spells it: "NODE|18-lts"
    """
    day = _day(as_of, 0)
    doubt: Located | None = None
    given = {
        "dotnet": dotnet,
        "node": node,
        "python": python,
        "php": php,
        "java": java,
        "ruby": ruby,
        "go": go,
        "powershell": powershell,
        "linux": linux,
    }
    for argument, value in given.items():
        truth = negate(_ended(argument, value, day))
        if truth is False:
            return Located(False, argument=argument)
        if isinstance(truth, Unknown) and doubt is None:
            doubt = Located(truth, argument=argument)
    return doubt or Located(True)


def _ended(language: str, value: Any, day: str) -> Truth:
    if isinstance(value, Unknown):
        return value if value.choices is None else choose((_ended(language, choice, day) for choice in value.choices), value)
    if isinstance(value, list):
        return any(_ended(language, item, day) is True for item in value)
    if value is ABSENT or value is None:
        return False
    text = str(value).casefold()
    if language == "linux":
        name, _, text = text.partition("|")
        language = _LINUX.get(name, name)
    table = _STACKS.get(language)
    numbers = re.match(r"[~v]?(\d+)(?:\.(\d+))?", text)
    if table is None or numbers is None or (language == "dotnet" and text.startswith("v") and int(numbers[1]) < 5):
        return False
    end = table.get(f"{numbers[1]}.{numbers[2]}") or table.get(numbers[1])
    return end is not None and end <= day


def _day(as_of: Any, days: Any) -> str:
    import datetime

    try:
        day = datetime.date.fromisoformat(str(as_of) if as_of else journal.today())
        return (day + datetime.timedelta(days=int(days))).isoformat()
    except (ValueError, OverflowError):
        return journal.today()


# What is the case when a predicate holds, and when it does not.
WORDS = {
    "lambda_supported": Text("the runtime is supported", "ランタイムはサポート期間内です"),
    "stack_supported": Text("the version is supported", "バージョンはサポート期間内です"),
}
WORDS_FALSE = {
    "lambda_supported": Text(
        "the support of the runtime has ended, or is about to", "ランタイムのサポートが終了しているか、間もなく終了します"
    ),
    "stack_supported": Text("the support of the version has ended", "バージョンのサポートが終了しています"),
}
