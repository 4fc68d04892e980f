"""The documents tell the truth: commands, options, paths and settings exist, and what they show is what comes out."""

import importlib.util
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cloudpolicy import cli, config, reports
from cloudpolicy.policy import pack

ROOT = Path(__file__).parents[1]
READMES = ("README.md", "README.ja.md")
DOCUMENTS = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (*ROOT.glob("*.md"), ROOT / "policies" / "README.md", ROOT / "samples" / "README.md", *(ROOT / "docs").rglob("*.md"))
)
WRITTEN_BY_A_RECIPE = {"bench/RESULTS.md"}


def text_of(name):
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name, language):
    return re.findall(rf"^```{language}\n(.*?)^```", text_of(name), re.DOTALL | re.MULTILINE)


def commands(name):
    """The command lines of the shell examples, with their comments: these name options, too."""
    return [line.strip() for block in blocks(name, "sh") for line in block.splitlines() if line.partition("#")[0].strip()]


@pytest.fixture(scope="module")
def renew_docs():
    spec = importlib.util.spec_from_file_location("renew_docs", ROOT / "scripts" / "renew_docs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_nothing_generated_is_stale(renew_docs):
    assert [path.name for path in renew_docs.stale()] == [], "run make docs"


@pytest.mark.parametrize("name", READMES)
def test_the_output_shown_is_what_the_command_prints(renew_docs, name):
    """In a process of its own, as a reader would run it."""
    (command,) = re.findall(r"<!-- output: cloudpolicy (.*?) -->", text_of(name))
    shown = blocks(name, "text")[-1]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        [sys.executable, "-m", "cloudpolicy", *command.split()], cwd=ROOT, env=environment, capture_output=True, encoding="utf-8"
    )
    assert renew_docs.timeless(done.stdout) == renew_docs.timeless(shown)
    assert done.returncode == 1


@pytest.mark.parametrize("name", READMES)
def test_the_summary_shown_is_that_of_make_scan(name):
    (command,) = re.findall(r"<!-- summary: (.*?) --lang \w\w -->", text_of(name))
    makefile = text_of("Makefile")
    recipe = re.search(r"^scan:.*\n\t@\$\(BIN\)/(.*?) \|\|", makefile, re.MULTILINE)[1]
    samples = re.search(r"^SAMPLES := (.*)$", makefile, re.MULTILINE)[1]
    assert command == recipe.replace("$(SAMPLES)", samples)


@pytest.mark.parametrize("name", READMES)
def test_commands_and_options_exist(name, capsys):
    seen = 0
    for line in commands(name):
        words = line.partition("#")[0].split()
        if words[0] == "make":
            assert re.search(rf"^{words[1]}:", text_of("Makefile"), re.MULTILINE), line
        if words[0] != "cloudpolicy":
            continue
        with pytest.raises(SystemExit) as stop:
            cli.run([words[1], "--help"])
        assert stop.value.code == 0, line
        help = capsys.readouterr().out
        for option in re.findall(r"--[a-z-]+", line):
            assert option in help, line
            seen += 1
    assert seen > 10


MANUALS = [name for name in DOCUMENTS if not name.startswith("docs/policies/") and name != "CHANGELOG.md"]


@pytest.mark.parametrize("name", MANUALS)
def test_every_command_line_of_a_manual_can_be_given(name):
    """In the shell examples and in the prose: the command exists, and the options are its own."""
    shell = re.sub(r"(^|\s)#.*", "", "".join(blocks(name, "sh")), flags=re.MULTILINE).replace("\\\n", " ")
    prose = re.sub(r"^```.*?^```", "", text_of(name), flags=re.DOTALL | re.MULTILINE)
    lines = re.findall(r"\bcloudpolicy (.+?)(?:\)\"|[|;&\n])", shell + "\n") + re.findall(r"`cloudpolicy ([^`]+)`", prose)
    for line in lines:
        command, *words = line.split() or [""]
        if not re.fullmatch(r"[a-z-]+", command) or command.startswith("-"):
            continue  # a place in a path, COMMAND
        assert command in cli.COMMANDS, line
        parser, _ = cli.parser_of(command, "en")
        known = {option for action in parser._actions for option in action.option_strings}
        given = {word.partition("=")[0] for word in words if re.fullmatch(r"--[a-z-]+(=.*)?", word)}
        assert given <= known, line


def test_nobody_is_sent_to_an_index_that_does_not_hold_cloudpolicy():
    """Until it is published, a bare `pip install cloudpolicy` would fetch whatever a stranger puts there."""
    texts = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("src/**/*.py"), ROOT / "action.yml"]
    bare = re.compile(r"(?:pip|pipx|uv tool) install (?:-\S+ )*[\"']?cloudpolicy(?:\[[a-z,-]+\])?[\"'`\s](?! *@)")
    assert [(path.name, found[0]) for path in texts for found in [bare.search(path.read_text(encoding="utf-8"))] if found] == []


def test_the_index_of_decisions_is_whole():
    listed = dict(re.findall(r"^\| \[(\d{4})\]\(\1-[a-z0-9-]+\.md\) \| (.*) \|$", text_of("docs/adr/README.md"), re.MULTILINE))
    titles = [text_of(f"docs/adr/{path.name}").splitlines()[0] for path in sorted((ROOT / "docs" / "adr").glob("0*.md"))]
    assert titles == [f"# {number} {title}" for number, title in listed.items()]


def test_the_map_of_the_tree_names_every_part():
    told = text_of("CONTRIBUTING.md")
    parts = [path.name for path in (ROOT / "src" / "cloudpolicy").iterdir() if path.is_dir() and (path / "__init__.py").exists()]
    assert [part for part in parts if f"`{part}/`" not in told] == []
    assert [part for part in re.findall(r"`([a-z]+)/`", told) if not ((ROOT / part).exists() or part in parts)] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_make_recipes_in_prose_exist(name):
    recipes = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))
    for recipe in re.findall(r"`make ([a-z-]+)`", text_of(name)):
        assert recipe in recipes


@pytest.mark.parametrize("name", READMES)
def test_every_option_of_the_prose_exists(name, capsys):
    with pytest.raises(SystemExit):
        cli.run(["scan", "--help"])
    known = set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    prose = re.sub(r"^```.*?^```", "", text_of(name), flags=re.DOTALL | re.MULTILINE)
    prose = re.sub(r"<!--.*?-->", "", prose, flags=re.DOTALL)
    for option in re.findall(r"`(--[a-z-]+)", prose):
        assert option in known


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_and_paths_lead_somewhere(name):
    text, folder = text_of(name), (ROOT / name).parent
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (folder / target).exists(), target
    for path in re.findall(r"(?<![\w/.-])(?:src|tests|scripts|samples|policies|docs|bench|\.ci)/[\w./-]*[\w/]", text):
        assert (ROOT / path).exists() or path in WRITTEN_BY_A_RECIPE, path


@pytest.mark.parametrize("name", READMES)
def test_every_setting_profile_and_format_is_told(name):
    text = text_of(name)
    table = re.findall(r"^\| (`[a-z_`, ]+`) \| (.*?) \|", text, re.MULTILINE)
    told = {key: values for keys, values in table for key in re.findall(r"`(\w+)`", keys)}
    for key, (_, allowed, _, per_path) in config._KEYS.items():
        assert key in told, key
        assert all(f"`{value}`" in told[key] for value in allowed), key
        row = next(line for line in text.splitlines() if line.startswith("| `") and f"`{key}`" in line.split("|")[1])
        assert (row.rstrip("| ").split("|")[-1].strip() in ("yes", "可")) == per_path, key
    for profile in pack.load().profiles:
        assert f"| `{profile}` |" in text
    for format in reports.FORMATS:
        assert format == "text" or f"--format {format}`" in text


@pytest.mark.parametrize("name", READMES)
def test_the_configuration_example_is_accepted(name, tmp_path):
    (example,) = blocks(name, "toml")
    assert tomllib.loads(example)
    path = tmp_path / "cloudpolicy.toml"
    path.write_text(example, encoding="utf-8")
    loaded = config.load(str(path))
    assert loaded.at(str(tmp_path / "stacks" / "audit"))["scope"] == "account"
    for policy, parameters in loaded.values["parameters"].items():
        assert parameters.keys() <= pack.load().policies[policy]["parameters"].keys()


def test_the_two_readmes_say_the_same():
    english, japanese = ([line.partition("#")[0].strip() for line in commands(name)] for name in READMES)
    assert [line.replace("--lang ja", "--lang en") for line in japanese] == english
    count = [[len(re.findall(pattern, text_of(name), re.MULTILINE)) for pattern in (r"^## ", r"^\| ", r"^- ")] for name in READMES]
    assert count[0] == count[1]


@pytest.mark.parametrize("name", ["scan.svg", "scan.ja.svg"])
def test_pictures_are_well_formed(name):
    root = ElementTree.fromstring(text_of(f"docs/images/{name}"))
    assert "CP_NET_001" in "".join(root.itertext())
