"""Command lines as a user meets them: help, mistakes, and options that mean the same in every command."""

import re

import pytest

from cloudpolicy import cli
from cloudpolicy.cli import options
from cloudpolicy.cli.options import OneOf, Option
from cloudpolicy.reports.columns import width

LANGUAGES = ("en", "ja")


@pytest.fixture
def run(capsys):
    def call(*argv):
        try:
            status = cli.run([*argv])
        except SystemExit as stop:
            status = stop.code
        out, err = capsys.readouterr()
        return status, out, err

    return call


def options_of(command):
    """The options of a command in the order of its table."""
    _, module = cli.parser_of(command, "en")
    for one in module.OPTIONS:
        yield from one.options if isinstance(one, OneOf) else (one,)


SHARED = [
    one
    for value in vars(options).values()
    for entry in (value if isinstance(value, tuple) else (value,))
    for one in (entry.options if isinstance(entry, OneOf) else (entry,))
    if isinstance(one, Option)
]
# Where a command says more closely what its option of that name does, or where the name is an idea of its own.
NARROWER = {
    ("attest", "--date"), ("attest", "--expires"), ("baseline", "--baseline"), ("fix", "--verbose"), ("handover", "--date"), ("handover", "--lang"), ("import", "--baseline"),
    ("live", "--parameters"), ("policies", "--profile"), ("preview", "--parameters"), ("preview", "--region"), ("test", "--policies"), ("test", "--quiet"), ("verify", "--policies"),
}  # fmt: skip


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_a_shared_option_is_the_same_everywhere(command):
    shared = {one.names[0]: one for one in SHARED if one.names[0].startswith("-")}
    differing = {
        (command, one.names[0])
        for one in options_of(command)
        if one.names[0] in shared and one.names[0] != "--format" and (one.help, one.metavar) != (shared[one.names[0]].help, shared[one.names[0]].metavar)
    }  # fmt: skip
    assert differing == {pair for pair in NARROWER if pair[0] == command}


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_shared_options_stand_in_one_order(command):
    place = {one.names[0]: number for number, one in enumerate(options_of("scan"))}
    under = [place[one.names[0]] for one in options_of(command) if one.names[0] in place and one.under]
    assert under == sorted(under)


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_every_command_speaks_one_language_and_ends_with_its_exit_status(run, monkeypatch, command):
    monkeypatch.setenv("COLUMNS", "80")
    for language in LANGUAGES:
        status, text, _ = run(command, "--help", "--lang", language)
        assert status == 0
        assert "--lang LANG" in text
        japanese = re.search(r"[ぁ-ん]", text)
        if language == "en":
            assert text.startswith(f"usage: cloudpolicy {command} ")
            assert "exit status: 0" in text
            assert not japanese
        else:
            assert text.startswith(f"使い方: cloudpolicy {command} ")
            assert "終了コード: 0" in text
            described = re.findall(r"^  (?:-\S+(?: \S+)?|\S+)  +(\S.*)$", text, re.MULTILINE)
            assert described
            assert [line for line in described if not re.search(r"[ぁ-んァ-ヶ一-龠、]|^[a-z0-9, -]+$", line)] == []
        below = text.partition("\n\n")[2]  # argparse breaks no line of the usage inside brackets
        assert [line for line in below.splitlines() if width(line) > 80] == []


@pytest.mark.parametrize("argv", [[], ["--help"], ["-h"], ["--lang", "ja"], ["--lang=ja", "--help"]])
def test_without_a_command_the_commands_are_listed(run, argv):
    status, text, _ = run(*argv)
    assert status == 0
    assert [name for name in cli.COMMANDS if not re.search(rf"^  {name} ", text, re.MULTILINE)] == []
    assert "--version" in text
    assert ("使い方" in text) == ("ja" in str(argv))


def test_version(run):
    from cloudpolicy import __version__

    assert run("--version") == (0, f"cloudpolicy {__version__}\n", "")


@pytest.mark.parametrize(
    ("argv", "en", "ja"),
    [
        (["scna"], "there is no command 'scna'; did you mean scan?", "コマンド 'scna' はありません。scan ではありませんか?"),
        (["frobnicate"], "there is no command 'frobnicate'\n", "コマンド 'frobnicate' はありません\n"),
        (["-x"], "there is no option -x", "オプション -x はありません"),
        (["--strict", "scan", "."], "write the command first: cloudpolicy scan", "コマンドを先に書いてください: cloudpolicy scan"),
        (["scan", "--fail-onn", "high"], "no option --fail-onn; did you mean --fail-on?", "オプション --fail-onn はありません。--fail-on ではありませんか?"),
        (["scan", "--formt=json"], "no option --formt; did you mean --format?", "--format ではありませんか?"),
        (["scan", "--nope"], "there is no option --nope\n", "オプション --nope はありません\n"),
        (["scan", "--no"], "--no may be --", "--no は --"),
        (["scan", "--strict=yes"], "--strict takes no value", "--strict に値は指定できません"),
        (["scan", "--format", "jsn"], "--format cannot be 'jsn'; it is one of: text, json,", "--format に 'jsn' は指定できません(指定できるもの: text, json,"),
        (["scan", "--format", "jsn"], "did you mean json?", "json ではありませんか?"),
        (["scan", "--jobs", "many"], "--jobs takes a whole number, not 'many'", "--jobs には整数を指定してください"),
        (["scan", "--region"], "--region wants a value", "--region には値が必要です"),
        (["fix", "--diff", "--write"], "give --write or --diff, not both", "--write と --diff は同時に指定できません"),
        (["handover"], "also needed: --system, --out", "次の指定が必要です: --system, --out"),
        (["explain"], "also needed: POLICY", "次の指定が必要です: POLICY"),
        (["explain", "CP_DB_001", "CP_DB_002"], "'CP_DB_002' is one argument too many", "引数 'CP_DB_002' は余分です"),
        (["attest", "remove"], "list|add cannot be 'remove'; it is one of: list, add", "list|add に 'remove' は指定できません"),
        (["preview", "gcp", "x"], "PROVIDER cannot be 'gcp'; it is one of: aws, azure", "PROVIDER に 'gcp' は指定できません"),
    ],
)  # fmt: skip
def test_mistakes(run, argv, en, ja):
    for language, words in (("en", en), ("ja", ja)):
        status, out, err = run(*argv, "--lang", language)
        assert (status, out) == (2, "")
        assert words in err
        assert re.search(r"^(see|使い方): cloudpolicy .*--help\n\Z", err, re.MULTILINE)


def test_arguments_stand_on_both_sides_of_options(run, tmp_path, monkeypatch):
    """argparse alone takes the first ones only, and calls the rest unknown."""
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.tf").write_text(f'resource "aws_db_instance" "{name}" {{\n  publicly_accessible = true\n}}\n')
    for argv in (["a", "b", "--format", "json"], ["a", "--format", "json", "b"], ["--format", "json", "a", "b"]):
        status, out, err = run("scan", "--no-cache", "--select", "CP_DB_002", *argv)
        assert (status, err) == (1, "")
        assert "aws_db_instance.a" in out and "aws_db_instance.b" in out
    assert run("baseline", "create", "--select", "CP_DB_002", "a")[0] == 0
    assert (tmp_path / "a" / "cloudpolicy-baseline.json").exists()
    said = ["--statement", "s", "--by", "b", "--role", "r", "--evidence", "e"]
    assert run("attest", "add", *said, "cio-2021:2.1")[0] == 0
    assert "cio-2021:2.1" in (tmp_path / "attestations.yaml").read_text()
