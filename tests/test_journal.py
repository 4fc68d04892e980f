"""The journal: what is asked is written down, and nothing is asked around it."""

import ast
import os
from pathlib import Path

import pytest

from cloudpolicy import journal
from cloudpolicy.sources import Options, Unit, read

SOURCE = Path(__file__).parents[1] / "src" / "cloudpolicy"
PURE = {"join", "normpath", "dirname", "basename", "relpath", "abspath", "normcase", "sep"}  # no question to the disk
CLOCKS = {"today", "now", "utcnow", "time", "monotonic", "localtime"}


def asked_around(path):
    """Expressions of one module that look at the disk, the environment or the clock without the journal."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "open":
            yield f"{path}:{node.lineno} open()"
        if isinstance(node, ast.Attribute):
            whole, owner = ast.unparse(node), ast.unparse(node.value)
            asks = (owner == "os.path" and node.attr not in PURE) or (owner == "os" and node.attr not in ("path", "sep", "altsep"))
            if asks or (node.attr in CLOCKS and owner in ("datetime", "datetime.date", "datetime.datetime", "date", "time")):
                yield f"{path}:{node.lineno} {whole}"


def test_sources_and_policies_ask_only_through_the_journal():
    live = {"discovery.py", "gitignore.py"}  # run anew on every scan
    modules = [path for part in ("sources", "evaluate") for path in (SOURCE / part).rglob("*.py") if path.name not in live]
    assert len(modules) > 100
    found = [word for path in modules for word in asked_around(path)]
    # the memo of parsed files is keyed by the file's state, and says so to the journal when it answers
    assert [word.partition(" ")[2] for word in found] == ["os.stat"], found
    assert "syntax.py" in found[0]


def test_the_check_itself_finds_what_it_looks_for(tmp_path):
    path = tmp_path / "x.py"
    path.write_text(
        "import os\nopen('a')\nos.listdir('.')\nos.path.exists('b')\nos.environ\nimport datetime\ndatetime.date.today()\nos.path.join('a')\n"
    )
    assert len(list(asked_around(path))) == 5


def answers_of(code):
    with journal.Recording() as recording:
        code()
    return recording


def test_every_answer_can_be_asked_again(tmp_path):
    (tmp_path / "a.tf").write_text("x")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.txt").write_text("y")
    (tmp_path / "link").symlink_to("a.tf")
    top = str(tmp_path)

    def code():
        journal.is_file(f"{top}/a.tf")
        journal.is_file(f"{top}/none")
        journal.is_folder(f"{top}/sub")
        journal.is_link(f"{top}/link")
        journal.real(f"{top}/link")
        journal.home("~/x")
        journal.today()
        assert journal.names(top, (".tf",)) == ["a.tf"]
        assert journal.tree(top, ("none",)) == ["a.tf", "link", "sub/b.txt"]
        assert journal.content(f"{top}/a.tf", 10) == b"x"
        with pytest.raises(journal.TooLarge):
            journal.content(f"{top}/a.tf", 0)
        with pytest.raises(OSError):
            journal.content(f"{top}/none", 10)
        with pytest.raises(OSError):
            journal.names(f"{top}/none", (".tf",))

    answers = answers_of(code).answers
    assert len(answers) == 13
    assert {question: journal.ask(question) for question in answers} == answers
    (tmp_path / "a.tf").write_text("z")
    (tmp_path / "none").write_text("z")
    (tmp_path / "n.tf").write_text("")
    (tmp_path / "sub" / "c").write_text("")
    (tmp_path / "link").unlink()
    changed = [question[0] for question in answers if journal.ask(question) != answers[question]]
    assert changed == ["file", "link", "real", "names", "tree", "content", "content", "names"]


def test_what_stands_beside_is_no_part_of_an_answer(tmp_path):
    answers = answers_of(lambda: journal.names(str(tmp_path), (".tf", ".tf.json"))).answers
    (tmp_path / "notes.txt").write_text("")
    assert {question: journal.ask(question) for question in answers} == answers


def test_a_world_that_moves_while_it_is_read_is_noticed(tmp_path):
    path = tmp_path / "a"

    def code():
        path.write_text("1")
        journal.content(str(path), 10)
        path.write_text("2")
        journal.content(str(path), 10)

    assert not answers_of(code).whole()
    assert answers_of(lambda: journal.is_file(str(path))).whole()


def test_a_module_parsed_once_counts_for_every_caller(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.tf").write_text('module "m" {\n  source = "../m"\n}\n')
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "main.tf").write_text('resource "aws_s3_bucket" "b" {}\n')
    options = Options(str(tmp_path))
    read(Unit("hcl", str(tmp_path / "a")), options)  # parsed while nobody recorded
    for name in ("a", "b"):
        recording = answers_of(lambda name=name: read(Unit("hcl", str(tmp_path / name)), options))
        question = ("content", str(tmp_path / "m" / "main.tf"), str(10 * 1024 * 1024))
        assert question in recording.answers
        # what was parsed unrecorded has no digest: such a result is not kept, rather than kept for any content
        assert recording.whole() == (recording.answers[question] != "?")


@pytest.mark.parametrize("unit", [("hcl", "terraform/compliant"), ("template", "cloudformation"), ("arm", "arm"), ("bicep", "bicep")])
def test_every_file_that_a_reader_opens_is_in_the_journal(unit, monkeypatch):
    """Seen from outside, by Python's own audit events."""
    import sys

    samples = SOURCE.parents[1] / "samples"
    kind, where = unit
    path = samples / where
    if kind != "hcl":
        ending = ".bicep" if kind == "bicep" else ".json" if kind == "arm" else ".yaml"
        path = next(p for p in sorted(path.rglob(f"*{ending}")) if "parameters" not in p.name)
    touched = set()
    watching = [True]

    def watch(event, args):
        if watching[0] and event in ("open", "os.listdir", "os.scandir") and isinstance(args[0], str) and args[0].startswith(str(samples)):
            touched.add(args[0])

    sys.addaudithook(watch)
    try:
        recording = answers_of(lambda: read(Unit(kind, str(path)), Options(str(samples))))
    finally:
        watching[0] = False
    assert touched
    assert touched <= set(journal.paths(recording.answers))
    assert recording.whole()


def test_the_day_is_an_answer(monkeypatch):
    from cloudpolicy.evaluate.predicates import runtime

    assert answers_of(lambda: runtime._day("2026-01-01", 0)).answers == {}
    recording = answers_of(lambda: runtime._day("", 0))
    assert list(recording.answers) == [("today", "", "")]
    assert os.path.exists("/") and recording.answers[("today", "", "")] == runtime._day("", 0)
