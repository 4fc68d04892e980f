"""Bicep: syntax, names, loops, children, places."""

from __future__ import annotations

from typing import Any

import pytest

from cloudpolicy.model import Unknown

VALUES = [
    ("'a${1}b${'c'}'", "a1bc"),
    ("'it\\'s \\${x} \\u{3042}\\n'", "it's ${x} あ\n"),
    ("'''\n  raw ${x}\n'''", "  raw ${x}\n"),
    ("''''quoted''''", "'quoted'"),
    ("$'''a${1 + 1}'''", "a2"),
    ("$$'''a${1}$${2}'''", "a${1}2"),
    ("'${true}${null}'", "True"),
    ("1 + 2 * 3 - 4 / 2 % 3", 5),
    ("-(3)", -3),
    ("-3", -3),
    ("!true", False),
    ("1 < 2 && 2 >= 2 || false", True),
    ("'a' == 'A'", False),
    ("'a' =~ 'A'", True),
    ("'a' !~ 'b'", True),
    ("1 != 2", True),
    ("null ?? 'x'", "x"),
    ("true ? 1 : 2", 1),
    ("false\n ? 1\n : true ? 2 : 3", 2),
    ("[1, 2]", [1, 2]),
    ("[\n 1\n 2\n]", [1, 2]),
    ("{ a: 1, b: { c: 2 } }.b.c", 2),
    ("{ 'a b': 1 }['a b']", 1),
    ("{ '${'k'}1': 1 }", {"k1": 1}),
    ("{ ...{ a: 1, b: 1 }, b: 2 }", {"a": 1, "b": 2}),
    ("[1, ...[2, 3]]", [1, 2, 3]),
    ("{ a: 1 }.?b ?? 5", 5),
    ("[1][?3] ?? 7", 7),
    ("[1, 2, 3][^1]", 3),
    ("[1, 2, 3][?^4] ?? 7", 7),
    ("[{ a: [1, 2] }][^1].a[^2]", 1),
    ("{ a: { b: 1 } }!.a.b", 1),
    ("map([1, 2], x => x * 2)", [2, 4]),
    ("map(['a'], (x, i) => '${x}${i}')", ["a0"]),
    ("reduce([1, 2, 3], 0, (cur, next) => cur + next)", 6),
    ("filter(range(0, 4), i => 0 == i % 2)", [0, 2]),
    ("sort([3, 1], (a, b) => a < b)", [1, 3]),
    ("toObject([1, 2], i => '${i}', i => { even: (i % 2) == 0 })", {"1": {"even": False}, "2": {"even": True}}),
    ("map([1], (i => i))", [1]),
    ("[for i in range(0, 3): i * 2]", [0, 2, 4]),
    ("[for (x, i) in ['a', 'b']: { '${x}': i }]", [{"a": 0}, {"b": 1}]),
    ("[for x in [1, 2, 3]: if (x > 1) { n: x }]", [{"n": 2}, {"n": 3}]),
    ("flatten([for x in [1, 2]: [for y in [1, 2]: x * y]])", [1, 2, 2, 4]),
    ("az.environment().suffixes.storage", "core.windows.net"),
    ("sys.concat('a', 'b')", "ab"),
    ("any('x')", "x"),
    ("nameof(y.z)", "z"),
    ("(true)", True),
    ("[]", []),
    ("{}", {}),
    ("a.for", 1),
    ("length('あ')", 1),
    ("toLower(\n  'A'\n)", "a"),
    ("/* c */ 1 // d", 1),
    ("contains(['a'], 'a') ? {\n  x: 1\n} : {\n  y: 2\n}", {"x": 1}),
    ("join(['a', 'b'], ',')", "a,b"),
    ("twice('a')", "aa"),
    ("typed", 5),
    ("{ if: 1, resource: 2, param: 3 }.resource", 2),
]


@pytest.mark.parametrize(("expression", "value"), VALUES, ids=[row[0] for row in VALUES])
def test_expressions(folder: Any, expression: str, value: Any) -> None:
    before = "var y = {}\nvar a = { for: 1 }\nfunc twice(s string) string => '${s}${s}'\nvar typed int = 5\n"
    found = folder.bicep_value(expression, before)
    assert found == value
    assert type(found) is type(value) or isinstance(found, (dict, list))


def test_declarations_that_only_have_to_be_read(folder: Any) -> None:
    estate = folder.bicep("""\
        #disable-next-line no-unused-params
        metadata description = 'x'
        extension microsoftGraph
        import 'kubernetes@1.0.0' with {
          namespace: 'default'
        } as k8s
        @description('The foo type')
        @sealed()
        type foo = {
          @minLength(3)
          stringProp: string
          objectProp: {
            intArrays: int [] [] ?
          }
          *: bar
        }
        type bar = int[][]
        type tuples = ['foo', 'bar']
        |['fizz']
        type mixed = ('a'|'b'|{ shape: '*', size: '*'}|10|-10|true|!true|null)[]
        @discriminator('type')
        type union = { type: 'a' } | {
          type: 'b'
          value: union?
        }
        param inline {
          foo: string
          bar: 100|200
          baz: sys.bool
        } = {
          foo: 'x'
          bar: 100
          baz: false
        }
        param res resource 'Microsoft.Storage/storageAccounts@2023-01-01'
        param ref resourceInput<'Microsoft.Storage/storageAccounts@2023-01-01'>.properties
        param opt (foo | null)[]
        assert ok = 1 == 1
        output secret string? = inline.foo
        output typed resource 'Microsoft.A/b@1' = x
        @batchSize(1)
        @sys.description('''
        multi
        ''')
        resource x 'Microsoft.A/b@2020-01-01-preview' = if (true) {
          name: 'x'
        }
    """)
    assert estate.diagnostics == []
    assert [(r.address, r.values["apiVersion"]) for r in estate.resources] == [("x", "2020-01-01-preview")]


def test_parameters(folder: Any) -> None:
    before = """\
        type size = 'small' | 'large'
        param one size
        @allowed(['a', 'b'])
        param two string
        param three 'x' | 'y'
        param four bool
        @secure()
        param five string = 'plain'
        param six string?
        param seven string = six ?? 'none'
        param old string {
          default: 'b'
          allowed: [
            'a'
            'b'
          ]
        }
    """
    value = folder.bicep_value("{ one: one, two: two, three: three, four: four, five: five, seven: seven, old: old }", before)
    assert {key: value[key].choices for key in ("one", "two", "three", "four", "five")} == {
        "one": ("small", "large"),
        "two": ("a", "b"),
        "three": ("x", "y"),
        "four": (True, False),
        "five": None,
    }
    assert (value["seven"], value["old"]) == ("none", "b")
    estate = folder.bicep(before)
    assert estate.notes == {
        "without_value": ["one", "two", "three", "four"],
        "defaults": ["six", "seven", "old"],
        "no_echo_defaults": [["five", 8]],
    }
    assert value["five"] == Unknown("parameter-without-value", "five")


CHILDREN = """\
    resource vnet 'Microsoft.Network/virtualNetworks@2023-01-01' = {
      name: 'net'
      location: 'japaneast'
      resource first 'subnets' = {
        name: 'first'
        properties: { prefix: '10.0.0.0/24' }
        resource deep 'things@2024-01-01' = {
          name: 'deep'
        }
      }
      resource second 'subnets@2022-01-01' = {
        name: 'second'
        properties: { after: first.id }
      }
    }
    resource outside 'Microsoft.Network/virtualNetworks/subnets@2023-01-01' = {
      parent: vnet
      name: 'outside'
      properties: { prefix: vnet::first.properties.prefix, deep: vnet::first::deep.id, name: vnet::second.name }
    }
    resource byName 'Microsoft.Network/virtualNetworks/subnets@2023-01-01' = {
      name: '${vnet.name}/byname'
    }
    resource lock 'Microsoft.Authorization/locks@2020-05-01' = {
      name: 'lock'
      scope: vnet::first
    }
"""


def test_children(folder: Any) -> None:
    estate = folder.bicep(CHILDREN)
    assert estate.diagnostics == []
    assert [(r.address, r.type, r.values["name"]) for r in estate.resources] == [
        ("vnet", "Microsoft.Network/virtualNetworks", "net"),
        ("vnet::first", "Microsoft.Network/virtualNetworks/subnets", "net/first"),
        ("vnet::first::deep", "Microsoft.Network/virtualNetworks/subnets/things", "net/first/deep"),
        ("vnet::second", "Microsoft.Network/virtualNetworks/subnets", "net/second"),
        ("outside", "Microsoft.Network/virtualNetworks/subnets", "net/outside"),
        ("byName", "Microsoft.Network/virtualNetworks/subnets", "net/byname"),
        ("lock", "Microsoft.Authorization/locks", "lock"),
    ]
    for address in ("vnet::first", "vnet::second", "outside", "byName"):
        assert estate.at(address).values["parent"].references == ("vnet",)
    outside = estate.at("outside").values["properties"]
    assert (outside["prefix"], outside["deep"].references, outside["name"]) == ("10.0.0.0/24", ("vnet::first::deep",), "second")
    assert estate.at("vnet::second").values["properties"]["after"].references == ("vnet::first",)
    assert estate.at("lock").values["scope"].references == ("vnet::first",)
    assert estate.at("vnet::first").region is None


def test_loops_and_symbols(folder: Any) -> None:
    estate = folder.bicep("""\
        param unknown array
        resource st 'Microsoft.Storage/storageAccounts@2023-01-01' = [for (n, i) in ['a', 'b']: {
          name: 'st${n}'
          properties: { first: i == 0 }
        }]
        resource kept 'Microsoft.A/k@1' = [for n in ['a', 'b']: if (n == 'b') {
          name: n
        }]
        resource open 'Microsoft.A/o@1' = [for u in unknown: {
          name: u.name
          properties: { p: 1 }
        }]
        resource blob 'Microsoft.Storage/storageAccounts/blobServices@2023-01-01' = [for i in range(0, 2): {
          parent: st[i]
          name: 'default'
        }]
        resource user 'Microsoft.A/u@1' = {
          name: 'u'
          properties: { one: st[1].id, names: [for i in range(0, 2): st[i].name], ids: map(st, s => s.id), which: st[length(unknown)].id, opens: open }
        }
    """)
    assert estate.diagnostics == []
    assert [(r.address, r.conditional) for r in estate.resources] == [
        ("st[0]", False),
        ("st[1]", False),
        ("kept[1]", False),
        ("open[…]", True),
        ("blob[0]", False),
        ("blob[1]", False),
        ("user", False),
    ]
    assert estate.at("blob[1]").values["parent"].references == ("st[1]",)
    assert estate.at("blob[1]").values["name"] == "stb/default"
    user = estate.at("user").values["properties"]
    assert (user["one"].references, user["names"], [v.references for v in user["ids"]]) == (
        ("st[1]",),
        ["sta", "stb"],
        [("st[0]",), ("st[1]",)],
    )
    assert user["opens"].references == ("open[…]",)
    assert estate.at("open[…]").values["properties"] == {"p": 1}


def test_existing_resources_are_not_judged(folder: Any) -> None:
    estate = folder.bicep(
        """\
        resource kv 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
          name: 'vault'
          resource key 'keys' existing = { name: 'key' }
        }
        resource secret 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
          parent: kv
          name: 's'
        }
        module m 'm.bicep' = { name: 'm', params: { s: kv.getSecret('x') } }
        resource x 'Microsoft.A/b@1' = {
          name: 'x'
          properties: { id: kv.id, uri: kv.properties.vaultUri, name: kv.name, key: kv::key.properties.keyUri }
        }
    """,
        missing_modules="warning",
    )
    assert [r.address for r in estate.resources] == ["secret", "m", "x"]
    values = estate.at("x").values["properties"]
    assert values["id"] == Unknown(
        "not-in-estate", "kv.id", (), "/subscriptions/${…}/resourceGroups/${…}/providers/Microsoft.KeyVault/vaults/vault"
    )
    assert (values["uri"].reason, values["name"], values["key"].reason) == ("not-in-estate", "vault", "not-in-estate")
    assert estate.at("secret").values["parent"] == values["id"].partial
    assert estate.at("m").values["properties"]["parameters"]["s"]["value"].reason == "dynamic-reference"


def test_a_part_that_is_not_declared_belongs_to_what_is_declared_above_it(folder: Any) -> None:
    """The blob service comes with its account, and a subnet may be written in its network: their ids refer to those."""
    estate = folder.bicep("""\
        resource st 'Microsoft.Storage/storageAccounts@2023-01-01' = {
          name: 'st${uniqueString(resourceGroup().id)}'
        }
        resource blob 'Microsoft.Storage/storageAccounts/blobServices@2023-01-01' existing = {
          parent: st
          name: 'default'
        }
        resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
          scope: blob
          name: 'logs'
          properties: {}
        }
        resource x 'Microsoft.A/b@1' = {
          name: 'x'
          properties: {
            queues: resourceId('Microsoft.Storage/storageAccounts/queueServices', st.name, 'default')
            other: resourceId('Microsoft.Storage/storageAccounts/blobServices/containers', st.name, 'default', 'c')
          }
        }
    """)
    assert estate.diagnostics == []
    assert estate.at("logs").values["scope"].references == ("st",)
    values = estate.at("x").values["properties"]
    assert (values["queues"].references, values["other"].references) == (("st",), ())


def test_places(folder: Any) -> None:
    estate = folder.bicep("""\
        param strict bool = true

        @description('x')
        resource st 'Microsoft.Storage/storageAccounts@2023-01-01' = [for n in ['a', 'b']: {
          name: n
          sku: { name: 'Standard_LRS' }
          properties: {
            networkAcls: strict ? {
              defaultAction: 'Deny'
            } : {
              defaultAction: 'Allow'
            }
            rules: [for i in range(0, 2): {
              value: i
            }]
            list: [
              'a'
              'b'
            ]
          }
        }]
    """)
    resource = estate.at("st[1]")

    def place(*path: Any) -> tuple[int, int, int, int]:
        span = resource.locate(path)
        return (span.line, span.column, span.end_line, span.end_column)

    assert (resource.span.line, resource.span.column, resource.span.end_line, resource.span.end_column) == (4, 1, 21, 2)
    assert place("sku", "name") == (6, 10, 6, 29)
    assert place("properties", "NetworkAcls", "defaultaction") == (9, 7, 9, 27)
    assert place("properties", "networkAcls") == (8, 5, 12, 5)
    assert place("properties", "rules", 1, "value") == (14, 7, 14, 14)
    assert place("properties", "list", 1) == (18, 7, 18, 9)
    assert place("properties", "missing", "x")[:2] == (7, 3)
    assert place("location") == (4, 1, 21, 2)
    assert place("apiVersion")[0] == 4


BROKEN = [
    "resource x 'Microsoft.A/b@1' = {\n  name: 'x\n}\n",
    "resource x 'Microsoft.A/b@1' = {\n  name 'x'\n}\n",
    "resource x = {}\n",
    "param\n",
    "param p string =\n",
    "var v = [1, 2\n",
    "var v = 'a${'\n",
    "var v = '''x\n",
    "banana x = 1\n",
    "var v = 1 2\n",
    "resource x 'Microsoft.A/b@1' = 5\n",
    "var v = ~1\n",
    "}\n",
    "resource x 'a' = { name: 'x' }\n",
    "@secure(\nparam p string\n",
    "import { a from 'x'\n",
    "func f(a string) => 1\n",
    "output o string\n",
    "type t =\n",
]


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_declaration_costs_itself_only(folder: Any, text: str) -> None:
    estate = folder.bicep(f"{text}\nresource good 'Microsoft.A/b@1' = {{\n  name: 'good'\n}}\n")
    assert {d.severity for d in estate.diagnostics} == {"error"}
    assert {d.code for d in estate.diagnostics} <= {"syntax-error", "invalid-template"}
    if "'a${'" not in text and "'''" not in text:
        assert [r.address for r in estate.resources] == ["good"]


def test_names_that_are_missing_or_twice(folder: Any, problems: Any) -> None:
    estate = folder.bicep("var a = nothing\nvar a = 2\nresource x 'Microsoft.A/b@1' = {\n  name: a\n  name: 'second'\n}\n")
    assert sorted(problems(estate)) == [("error", "duplicate-key", 2), ("error", "duplicate-key", 5), ("error", "undefined-reference", 1)]


def test_target_scope(folder: Any) -> None:
    estate = folder.bicep(
        "targetScope = 'subscription'\nresource rg 'Microsoft.Resources/resourceGroups@2023-07-01' = { name: 'g', location: 'japaneast' }\n"
    )
    (group,) = estate.resources
    assert (group.values["deploymentScope"], group.region) == ("subscription", "japaneast")


def test_files_beside_it(folder: Any, problems: Any) -> None:
    folder.write("a.txt", "text")
    folder.write("a.json", '{"A": {"b": [1]}}')
    folder.write("a.yaml", "a: {b: 2}\n")
    assert folder.bicep_value("loadTextContent('a.txt')") == "text"
    assert folder.bicep_value("loadJsonContent('./a.json').a.b[0]") == 1
    assert folder.bicep_value("loadYamlContent('a.yaml', '$.a').b") == 2
    assert folder.bicep_value("loadFileAsBase64('a.txt')") == "dGV4dA=="
    assert folder.bicep_value("loadTextContent('../../etc/passwd')", errors=True).reason == "unreadable"
