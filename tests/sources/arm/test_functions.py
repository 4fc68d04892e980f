"""The template language: each function's value, and what is kept of an unknown one."""

from __future__ import annotations

from typing import Any

import pytest

from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.sources.arm.expressions import Mistake, parse

VALUES = [
    ("[concat('a', 'b', 1)]", "ab1"),
    ("[concat(createArray(1), createArray(2, 3))]", [1, 2, 3]),
    ("[format('{0}-{1:D2}-{{x}}', 'a', 3)]", "a-03-{x}"),
    ("[format('{0}', true())]", "True"),
    ("[if(equals('a', 'a'), 'yes', 'no')]", "yes"),
    ("[if(equals('a', 'A'), 'yes', 'no')]", "no"),
    ("[equals(createArray(1, 'x'), createArray(1, 'x'))]", True),
    ("[equals(1, true())]", False),
    ("[and(true(), not(false()))]", True),
    ("[or(false(), bool('true'))]", True),
    ("[bool(1)]", True),
    ("[toLower('ABC')]", "abc"),
    ("[toUpper('abc')]", "ABC"),
    ("[trim(' a ')]", "a"),
    ("[substring('abcdef', 1, 3)]", "bcd"),
    ("[substring('abcdef', 4)]", "ef"),
    ("[replace('a-b-c', '-', '')]", "abc"),
    ("[split('a,b;c', createArray(',', ';'))]", ["a", "b", "c"]),
    ("[join(createArray('a', 'b'), '-')]", "a-b"),
    ("[union(createObject('a', createObject('x', 1)), createObject('A', createObject('y', 2)))]", {"a": {"x": 1, "y": 2}}),
    ("[union(createArray(1, 2), createArray(2, 3))]", [1, 2, 3]),
    ("[intersection(createArray(1, 2), createArray(2, 3))]", [2]),
    ("[first(createArray('a', 'b'))]", "a"),
    ("[last('abc')]", "c"),
    ("[skip(createArray(1, 2, 3), 1)]", [2, 3]),
    ("[take('abc', 2)]", "ab"),
    ("[length(createObject('a', 1))]", 1),
    ("[contains('abc', 'b')]", True),
    ("[contains(createObject('Name', 1), 'name')]", True),
    ("[contains(createArray(1, 2), 3)]", False),
    ("[empty('')]", True),
    ("[empty(createArray(0))]", False),
    ("[coalesce(null(), json('null'), 'x')]", "x"),
    ("[range(2, 3)]", [2, 3, 4]),
    ("[min(3, 1, 2)]", 1),
    ("[max(createArray(3, 1))]", 3),
    ("[int('42')]", 42),
    ("[string(createObject('a', createArray(1, true())))]", '{"a":[1,true]}'),
    ("[string(false())]", "False"),
    ("[json('{\"a\": [1, null]}').a[0]]", 1),
    ("[base64('hello')]", "aGVsbG8="),
    ("[base64ToString('aGVsbG8=')]", "hello"),
    ("[base64ToJson(base64('{\"a\":1}')).A]", 1),
    ("[uri('https://x.jp/a/b', 'c.json')]", "https://x.jp/a/c.json"),
    ("[uri('https://x.jp/a/', '/c.json')]", "https://x.jp/a/c.json"),
    ("[uriComponent('a b/あ')]", "a%20b%2F%E3%81%82"),
    ("[uriComponentToString('a%20b')]", "a b"),
    ("[dataUriToString(dataUri('x'))]", "x"),
    ("[padLeft(7, 3, '0')]", "007"),
    ("[indexOf('abC', 'c')]", 2),
    ("[lastIndexOf('abab', 'A')]", 2),
    ("[startsWith('Abc', 'a')]", True),
    ("[endsWith('abC', 'c')]", True),
    ("[add(1, mul(2, 3))]", 7),
    ("[div(-7, 2)]", -3),
    ("[mod(-7, 2)]", -1),
    ("[sub(1, 2)]", -1),
    ("[less('a', 'b')]", True),
    ("[greaterOrEquals(2, 3)]", False),
    ("[map(createArray(1, 2), lambda('x', mul(lambdaVariables('x'), 2)))]", [2, 4]),
    ("[filter(range(0, 5), lambda('x', greater(lambdaVariables('x'), 2)))]", [3, 4]),
    ("[reduce(range(1, 4), 0, lambda('a', 'b', add(lambdaVariables('a'), lambdaVariables('b'))))]", 10),
    ("[sort(createArray(3, 1, 2), lambda('a', 'b', less(lambdaVariables('a'), lambdaVariables('b'))))]", [1, 2, 3]),
    ("[toObject(createArray('a'), lambda('x', lambdaVariables('x')), lambda('x', 1))]", {"a": 1}),
    ("[groupBy(createArray('a', 'ab', 'b'), lambda('x', take(lambdaVariables('x'), 1)))]", {"a": ["a", "ab"], "b": ["b"]}),
    ("[items(createObject('b', 2, 'a', 1))]", [{"key": "a", "value": 1}, {"key": "b", "value": 2}]),
    ("[objectKeys(createObject('b', 2, 'a', 1))]", ["b", "a"]),
    ("[shallowMerge(createArray(createObject('a', 1), createObject('a', 2)))]", {"a": 2}),
    ("[flatten(createArray(createArray(1), createArray(2)))]", [1, 2]),
    ("[tryGet(createObject('a', createArray(5)), 'a', 0)]", 5),
    ("[tryGet(createObject('a', 1), 'b')]", None),
    ("[parseCidr('10.0.0.0/24').lastUsable]", "10.0.0.254"),
    ("[cidrSubnet('10.0.0.0/16', 24, 3)]", "10.0.3.0/24"),
    ("[cidrHost('10.0.0.0/24', 0)]", "10.0.0.1"),
    ("[dateTimeAdd('2026-01-31T00:00:00Z', 'P1M')]", "2026-02-28T00:00:00Z"),
    ("[dateTimeFromEpoch(0)]", "1970-01-01T00:00:00Z"),
    ("[environment().suffixes.storage]", "core.windows.net"),
    ("[tenantResourceId('Microsoft.Authorization/policyDefinitions', 'p')]", "/providers/Microsoft.Authorization/policyDefinitions/p"),
    ("[[not an expression]", "[not an expression]"),
    ("it''s text", "it''s text"),
    ("[concat('it''s', ' [x]')]", "it's [x]"),
    ("[createObject('a', createArray(1, 2)).a[sub(2, 1)]]", 2),
    ("[  concat ( 'a' ,\n 'b' )  ]", "ab"),
]


@pytest.mark.parametrize(("expression", "value"), VALUES, ids=[expression for expression, _ in VALUES])
def test_values(folder: Any, expression: str, value: Any) -> None:
    found = folder.value(expression)
    assert found == value
    assert type(found) is type(value) or isinstance(found, dict)


def test_sections_are_named_in_any_case(folder: Any) -> None:
    sections = {"PARAMETERS": {"Name": {"TYPE": "string", "DefaultValue": "x"}}, "Variables": {"V": "[Parameters('NAME')]"}}
    assert folder.value("[CONCAT(variables('v'), parameters('name'))]", **sections) == "xx"


def test_functions_of_the_template(folder: Any) -> None:
    functions = [
        {
            "namespace": "own",
            "members": {
                "twice": {
                    "parameters": [{"name": "x", "type": "string"}],
                    "output": {"type": "string", "value": "[concat(parameters('x'), parameters('x'))]"},
                }
            },
        }
    ]
    assert folder.value("[own.twice('ab')]", functions=functions) == "abab"


UNKNOWN = [
    ("[concat('st', uniqueString(resourceGroup().id))]", "known-after-deploy", "st${…}"),
    ("[toLower(concat('ST', parameters('p')))]", "parameter-without-value", "st${…}"),
    ("[take(concat('st', uniqueString('x')), 24)]", "known-after-deploy", "st${…}"),
    ("[replace(concat('s-t', parameters('p')), '-', '')]", "parameter-without-value", "st${…}"),
    ("[subscription().id]", "known-after-deploy", "/subscriptions/${…}"),
    ("[resourceGroup().location]", "region-not-given", None),
    ("[resourceId('Microsoft.A/c', 'n')]", "known-after-deploy", "/subscriptions/${…}/resourceGroups/${…}/providers/Microsoft.A/c/n"),
    (
        "[resourceId('group', 'Microsoft.A/c/d', 'n', 'm')]",
        "known-after-deploy",
        "/subscriptions/${…}/resourceGroups/group/providers/Microsoft.A/c/n/d/m",
    ),
    (
        "[subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'role')]",
        "known-after-deploy",
        "/subscriptions/${…}/providers/Microsoft.Authorization/roleDefinitions/role",
    ),
    (
        "[extensionResourceId(resourceId('Microsoft.A/c', 'n'), 'Microsoft.Authorization/locks', 'l')]",
        "known-after-deploy",
        "/subscriptions/${…}/resourceGroups/${…}/providers/Microsoft.A/c/n/providers/Microsoft.Authorization/locks/l",
    ),
    ("[listKeys('name', '2023').keys[0].value]", "known-after-deploy", None),
    ("[reference('elsewhere').a.b]", "known-after-deploy", None),
    ("[utcNow()]", "known-after-deploy", "${…}"),
]


@pytest.mark.parametrize(("expression", "reason", "partial"), UNKNOWN, ids=[row[0] for row in UNKNOWN])
def test_unknown_values_keep_what_is_known(folder: Any, expression: str, reason: str, partial: Any) -> None:
    value = folder.value(expression, parameters={"p": {"type": "string"}})
    assert isinstance(value, Unknown)
    assert (value.reason, value.partial) == (reason, partial)
    assert type(value) is Unknown


def test_the_region_is_given_from_outside(folder: Any) -> None:
    assert folder.value("[resourceGroup().location]", region="japaneast") == "japaneast"
    assert folder.value("[deployment().location]", region="japaneast") == "japaneast"


P = {
    "env": {"type": "string", "allowedValues": ["dev", "prod"]},
    "on": {"type": "bool"},
    "any": {"type": "string"},
    "list": {"type": "array"},
}
CHOICES = [
    ("[if(equals(parameters('env'), 'prod'), 1, 2)]", (1, 2)),
    ("[if(equals(parameters('any'), 'x'), 1, json('null'))]", (1, ABSENT)),
    ("[concat('a-', parameters('env'))]", ("a-dev", "a-prod")),
    ("[toUpper(parameters('env'))]", ("DEV", "PROD")),
    ("[not(parameters('on'))]", (True, False)),
    ("[length(parameters('env'))]", (3, 4)),
    ("[createObject('dev', 1, 'prod', 2)[parameters('env')]]", (1, 2)),
    ("[contains(createArray('dev', 'prod'), parameters('env'))]", (True, False)),
]


@pytest.mark.parametrize(("expression", "choices"), CHOICES, ids=[row[0] for row in CHOICES])
def test_values_that_can_be_counted(folder: Any, expression: str, choices: tuple[Any, ...]) -> None:
    assert set(folder.value(expression, parameters=P).choices) == set(choices)


DECIDED = [
    ("[if(equals(parameters('env'), 'test'), 1, 2)]", 2),
    ("[or(parameters('on'), true())]", True),
    ("[and(false(), parameters('on'))]", False),
    ("[if(parameters('on'), 'same', 'same')]", "same"),
    ("[equals(parameters('any'), parameters('ANY'))]", True),
    ("[empty(concat('x', parameters('any')))]", False),
    ("[contains(createArray(parameters('any'), 'x'), 'x')]", True),
    ("[length(createArray(parameters('any'), 'x'))]", 2),
    ("[union(createObject('a', parameters('any')), createObject('b', 1)).b]", 1),
    ("[coalesce(null(), 'x', parameters('any'))]", "x"),
]


@pytest.mark.parametrize(("expression", "value"), DECIDED, ids=[row[0] for row in DECIDED])
def test_an_unknown_argument_may_not_matter(folder: Any, expression: str, value: Any) -> None:
    assert folder.value(expression, parameters=P) == value


def test_a_choice_between_mappings_is_one_mapping(folder: Any) -> None:
    value = folder.value("[if(parameters('on'), createObject('a', 1, 'b', 2), createObject('a', 1))]", parameters=P)
    assert value["a"] == 1
    assert value["b"].choices == (2, ABSENT)


def test_what_an_unknown_object_may_replace_is_unknown(folder: Any) -> None:
    value = folder.value("[union(createObject('a', 1), parameters('any'), createObject('b', 2))]", parameters={"any": {"type": "object"}})
    assert value.partial["b"] == 2
    assert isinstance(value.partial["a"], Unknown)


MISTAKES = ["[concat('a'", "[concat('a',)]", "[concat('a') 'b']", "[foo]", "[concat('a)]", "[]", "[1 +]", "[a().]", "[a()[1]", "[,]", "[%]"]


@pytest.mark.parametrize("text", MISTAKES)
def test_mistakes_of_syntax(folder: Any, problems: Any, text: str) -> None:
    if text.endswith("]"):
        estate = folder.read({"resources": [{"type": "Microsoft.A/b", "name": "x", "properties": {"p": text}}]})
        assert problems(estate) == [("error", "invalid-expression", 9)]
        assert estate.resources[0].values["properties"]["p"].reason == "invalid-expression"
    else:
        with pytest.raises(Mistake):
            parse(text + "]")


RUNTIME = [
    "[length(5)]",
    "[substring('a', 5)]",
    "[createArray(1)[3]]",
    "[createObject('a', 1).b]",
    "[div(1, 0)]",
    "[int('x')]",
    "[first()]",
    "[json('{')]",
    "[copyIndex()]",
    "[if('x', 1, 2)]",
    "[range(0, 99999)]",
    "[format('{1}', 'a')]",
    "[concat(createArray(1), 'a')]",
    "[padLeft('x', 99999)]",
    "[cidrSubnet('10.0.0.0/24', 8, 0)]",
    "[dateTimeAdd('x', 'y')]",
    "[resourceId('Microsoft.A/c')]",
]


@pytest.mark.parametrize("expression", RUNTIME)
def test_what_fails_at_deployment_is_reported_and_unknown(folder: Any, problems: Any, expression: str) -> None:
    estate = folder.read({"resources": [{"type": "Microsoft.A/b", "name": "x", "properties": {"p": expression}}]})
    assert problems(estate) == [("warning", "invalid-expression", 9)]
    assert estate.resources[0].values["properties"]["p"].reason == "invalid-expression"


def test_mistakes_in_a_branch_that_may_not_be_taken_are_not_reported(folder: Any) -> None:
    value = folder.value("[if(parameters('on'), createObject('a', 1).b, 'x')]", parameters=P)
    assert "x" in value.choices


def test_unknown_functions_and_names(folder: Any, problems: Any) -> None:
    estate = folder.read(
        {
            "resources": [
                {
                    "type": "Microsoft.A/b",
                    "name": "x",
                    "properties": {"a": "[doesNotExist(1)]", "b": "[parameters('none')]", "c": "[variables('none')]"},
                }
            ]
        }
    )
    assert [(severity, code) for severity, code, _ in problems(estate)] == [
        ("warning", "unsupported-expression"),
        ("error", "undefined-reference"),
        ("error", "undefined-reference"),
    ]
