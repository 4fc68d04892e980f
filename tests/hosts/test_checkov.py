"""Checkov as its users run it: `--external-checks-dir` with the stock command line, in an environment of its own."""

import csv
import datetime
import json
import os
import shutil
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml

from cloudpolicy.decisions import WAIVERS
from cloudpolicy.hosts.scanners import types_by_policy
from cloudpolicy.policy import pack as packs

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
ENVIRONMENT_FOLDER = os.environ.get("CHECKOV_ENVIRONMENT", ".venv-checkov")  # make test-oldest names another
PYTHON = str(ROOT / ENVIRONMENT_FOLDER / ("Scripts" if os.name == "nt" else "bin") / "python")
CHECKS = str(ROOT / "policies/checkov")
pytestmark = pytest.mark.skipif(not os.path.exists(PYTHON), reason="Checkov's environment is made by make test")
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "CLOUDPOLICY_LANG": "en", "LOG_LEVEL": "ERROR", "PYTHONIOENCODING": "utf-8"}

TERRAFORM = """\
variable "public" { type = bool }

resource "aws_db_instance" "open" {
  publicly_accessible = true
}

resource "aws_db_instance" "waived" {
  # checkov:skip=CP_DB_002:agreed with the customer
  publicly_accessible = true
}

resource "aws_db_instance" "which" {
  publicly_accessible = var.public
}
"""
TEMPLATE = """\
Resources:
  Open:
    Type: AWS::RDS::DBInstance
    Properties:
      PubliclyAccessible: true
  Waived:
    # checkov:skip=CP_DB_002:agreed with the customer
    Type: AWS::RDS::DBInstance
    Properties:
      PubliclyAccessible: true
"""
BICEP = """\
resource open 'Microsoft.Storage/storageAccounts@2023-01-01' = {
  name: 'open'
  location: 'japaneast'
  properties: { allowBlobPublicAccess: true }
}

resource waived 'Microsoft.Storage/storageAccounts@2023-01-01' = {
  // checkov:skip=CP_OBJ_001:agreed with the customer
  name: 'waived'
  location: 'japaneast'
  properties: { allowBlobPublicAccess: true }
}
"""


EACH = """\
resource "aws_db_instance" "x" {
  for_each            = toset(["a.b", "c"])
  publicly_accessible = true
}
"""


def waiver(policy, resource):
    today = datetime.date.today()
    entry = {"id": "W-001", "policy": policy, "resource": resource, "reason": "migration", "requested_by": "A", "approved_by": "B"}
    days = {"granted": today - datetime.timedelta(2), "expires": today + datetime.timedelta(30)}
    return json.dumps({"waivers": [{**entry, **{key: str(day) for key, day in days.items()}}]})


def account(name, **more):
    head = {"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": name, "location": "japaneast"}
    return {**head, "properties": {"allowBlobPublicAccess": True}, **more}


def arm(*resources):
    schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
    return json.dumps({"$schema": schema, "contentVersion": "1.0.0.0", "resources": list(resources)}, indent=2)


def run_python(*argv, stdin=None, cwd=ROOT, **environment):
    return subprocess.run([PYTHON, *argv], input=stdin, capture_output=True, text=True, env={**ENVIRONMENT, **environment}, cwd=cwd)


class Runs:
    """Folders of files and command lines about them; all are run at once when the first result is asked for."""

    def __init__(self, top):
        self.top = top
        self.argv = {}
        self.results = None

    def add(self, name, framework, files, *argv, folder=True, before=()):
        home = self.top / name
        for path, text in files.items():
            (home / path).parent.mkdir(parents=True, exist_ok=True)
            (home / path).write_text(text, encoding="utf-8")
        argv = [word.replace("HOME", str(home)) for word in argv]
        where = ["-d", str(home)] if folder else []
        checks = [] if "--external-checks-git" in argv else ["--external-checks-dir", CHECKS]
        self.argv[name] = [*before, *where, "--framework", framework, *checks, *argv]
        if "-o" not in argv:
            self.argv[name] += ["-o", "json"]

    def of(self, name):
        if self.results is None:
            done = run_python(str(HERE / "checkov_session.py"), stdin=json.dumps(list(self.argv.values())), cwd=self.top)
            assert done.returncode == 0, done.stderr[-2000:]
            self.results = dict(zip(self.argv, json.loads(done.stdout), strict=True))
        return self.results[name]

    def records(self, name, kind="failed"):
        result = self.of(name)
        report = json.loads(result["out"])
        return {(record["check_id"], record["resource"]) for record in report.get("results", {}).get(f"{kind}_checks", [])}


def repository(top):
    """A git repository that holds policies/checkov as ours does."""
    shutil.copytree(CHECKS, top / "git/policies/checkov", ignore=shutil.ignore_patterns("__pycache__"))
    for words in (["init", "-q"], ["add", "-A"], ["-c", "user.name=n", "-c", "user.email=n@example.jp", "commit", "-qm", "checks"]):
        subprocess.run(["git", *words], cwd=top / "git", check=True)
    return (top / "git").as_uri()


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    made = Runs(tmp_path_factory.mktemp("checkov"))
    db = ("--check", "CP_DB_002")
    obj = ("--check", "CP_OBJ_001")
    made.add("terraform", "terraform", {"main.tf": TERRAFORM}, *db)
    beside = f"CLOUDPOLICY_CHECKOV_REPORT={made.top}/beside.json"
    made.add("beside", "terraform", {"main.tf": TERRAFORM}, *db, before=[beside])
    nowhere = "CLOUDPOLICY_CHECKOV_REPORT=/no/such/folder/beside.json"
    made.add("beside nothing", "terraform", {"main.tf": TERRAFORM}, *db, before=[nowhere])
    made.add("cloudformation", "cloudformation", {"t.yaml": TEMPLATE}, *db)
    made.add("bicep", "bicep", {"main.bicep": BICEP}, *obj)
    waived = account("waived", metadata={"checkov": ["CP_OBJ_001:agreed with the customer"]})
    made.add("arm", "arm", {"t.json": arm(account("open"), waived)}, *obj)
    made.add("arm with comments", "arm", {"t.json": "// what Checkov cannot parse\n" + arm(account("open"))}, *obj)
    made.add("arm with functions", "arm", {"t.json": arm(account("[toLower('OPEN')]"))}, *obj)
    made.add("wildcards", "terraform", {"main.tf": TERRAFORM}, "--check", "CP_DB_*", "--skip-check", "CP_DB_002,CP_DB_001")
    made.add("the others", "terraform", {"main.tf": TERRAFORM}, "--skip-check", "CP_*")
    made.add("one file", "terraform", {"a.tf": TERRAFORM, "b.tf": TERRAFORM.replace("open", "other")}, "-f", "HOME/a.tf", *db, folder=False)
    made.add(
        "variables", "terraform", {"main.tf": TERRAFORM, "x/closed.tfvars": "public = false\n"}, *db, "--var-file", "HOME/x/closed.tfvars"
    )
    config = 'exclude = ["old/"]\nignore = ["CP_DB_002"]\n'
    made.add("configuration", "terraform", {"main.tf": TERRAFORM, "old/a.tf": TERRAFORM, "cloudpolicy.toml": config}, "--check", "CP_DB_*")
    made.add("broken configuration", "terraform", {"main.tf": TERRAFORM, "cloudpolicy.toml": "no_such = 1\n"}, *db)
    made.add(
        "unread",
        "terraform",
        {"main.tf": TERRAFORM, "bad.tf": 'resource "aws_vpc" "v" {\n  cidr_block = \n'},
        "--check",
        "CP_UNREAD,CP_DB_002",
    )
    modules = 'module "m" {\n  for_each = toset(["a.b", "c"])\n  source   = "./m"\n}\n'
    made.add(
        "modules",
        "terraform",
        {"main.tf": modules, "m/main.tf": 'resource "aws_db_instance" "x" {\n  publicly_accessible = true\n}\n'},
        *db,
    )
    skipped = modules.replace("{\n", "{\n  # checkov:skip=CP_DB_002:agreed\n", 1)
    made.add("modules skipped", "terraform", {"main.tf": skipped, "m/main.tf": EACH}, *db)
    two = TERRAFORM.replace('"waived"', '"other"').replace("  # checkov:skip=CP_DB_002:agreed with the customer\n", "")
    made.add("waivers", "terraform", {"main.tf": two, WAIVERS: waiver("CP_DB_002", "aws_db_instance.open")}, *db)
    made.add("waivers in bicep", "bicep", {"main.bicep": BICEP, WAIVERS: waiver("CP_OBJ_001", "open")}, *obj)
    bad = {"main.tf": two, WAIVERS: "waivers: ["}
    made.add("waivers that cannot be read", "terraform", bad, "--check", "CP_DB_002,CP_UNREAD")
    once = 'resource "aws_db_instance" "x" {\n  count = 0\n  publicly_accessible = true\n}\n'
    made.add("no instance", "terraform", {"main.tf": once}, *db)
    made.add(
        "unread by us",
        "terraform",
        {"main.hcl": 'resource "aws_db_instance" "x" {\n  publicly_accessible = false\n}\n'},
        "-f",
        "HOME/main.hcl",
        *db,
        folder=False,
    )
    made.add("from git", "terraform", {"main.tf": TERRAFORM}, *db, "--external-checks-git", f"{repository(made.top)}//policies/checkov")
    made.add("baseline", "terraform", {"main.tf": TERRAFORM}, *db, "--create-baseline")
    old = str(made.top / "baseline")
    made.add("after the baseline", "terraform", {}, "-d", old, *db, "--baseline", f"{old}/.checkov.baseline", folder=False)
    for name in FORMATS:
        made.add(f"as {name}", "terraform", {"main.tf": TERRAFORM, "out/empty": ""}, *db, "-o", name, "--output-file-path", "HOME/out")
    return made


FORMATS = {
    "cli": "results_cli.txt",
    "csv": "*_iac.csv",
    "cyclonedx": "results_cyclonedx.xml",
    "json": "results_json.json",
    "cyclonedx_json": "results_cyclonedx.json",
    "junitxml": "results_junitxml.xml",
    "github_failed_only": "results_github_failed_only.md",
    "gitlab_sast": "results_gitlab_sast.json",
    "sarif": "results_sarif.sarif",
    "spdx": "results_spdx.spdx",
}


def test_what_fails_passes_and_is_skipped(runs):
    assert runs.records("terraform") == {("CP_DB_002", "aws_db_instance.open")}
    assert runs.records("terraform", "skipped") == {("CP_DB_002", "aws_db_instance.waived")}
    assert runs.of("terraform")["status"] == 1
    assert runs.records("cloudformation") == {("CP_DB_002", "AWS::RDS::DBInstance.Open")}
    assert runs.records("cloudformation", "skipped") == {("CP_DB_002", "AWS::RDS::DBInstance.Waived")}
    assert runs.records("bicep") == {("CP_OBJ_001", "Microsoft.Storage/storageAccounts.open")}
    assert runs.records("bicep", "skipped") == {("CP_OBJ_001", "Microsoft.Storage/storageAccounts.waived")}
    assert runs.records("arm") == {("CP_OBJ_001", "Microsoft.Storage/storageAccounts.open")}
    assert runs.records("arm", "skipped") == {("CP_OBJ_001", "Microsoft.Storage/storageAccounts.waived")}


def test_an_approved_waiver_is_a_skip_with_its_reason(runs):
    assert runs.records("waivers") == {("CP_DB_002", "aws_db_instance.other")}
    (record,) = json.loads(runs.of("waivers")["out"])["results"]["skipped_checks"]
    assert record["resource"] == "aws_db_instance.open"
    assert record["check_result"]["suppress_comment"].startswith("W-001 until 20")
    assert record["check_result"]["suppress_comment"].endswith("approved by B: migration")
    assert not runs.records("waivers in bicep")
    assert len(runs.records("waivers in bicep", "skipped")) == 2  # and the one with the comment
    assert {id for id, _ in runs.records("waivers that cannot be read")} == {"CP_DB_002", "CP_UNREAD"}


def test_a_record_says_what_a_reviewer_needs(runs):
    (record,) = json.loads(runs.of("terraform")["out"])["results"]["failed_checks"]
    assert (record["check_name"], record["severity"]) == ("Databases are not publicly reachable", "CRITICAL")
    assert record["guideline"] == "docs/policies/CP_DB_002.md"
    assert record["file_line_range"] == [3, 5]
    assert record["check_result"]["evaluated_keys"] == ["publicly_accessible"]


def test_what_checkov_would_drop_is_shown_all_the_same(runs):
    assert {id for id, _ in runs.records("arm with comments")} == {"CP_OBJ_001"}  # its parser refuses comments
    assert {id for id, _ in runs.records("arm with functions")} == {"CP_OBJ_001"}  # it drops failures with a function in the name
    assert runs.records("modules") == {
        ("CP_DB_002", 'module.m["a.b"].aws_db_instance.x'),
        ("CP_DB_002", 'module.m["c"].aws_db_instance.x'),
    }
    everything = {("CP_DB_002", f'module.m["{m}"].aws_db_instance.x["{x}"]') for m in ("a.b", "c") for x in ("a.b", "c")}
    assert (runs.records("modules skipped"), runs.records("modules skipped", "skipped")) == (set(), everything)
    assert runs.records("unread") >= {("CP_UNREAD", "unread.syntax-error"), ("CP_DB_002", "aws_db_instance.open")}


def test_a_resource_without_an_instance_has_no_verdict(runs):
    result = runs.of("no instance")
    assert not result["status"] and "CP_DB_002" not in result["out"] and not result["err"]


def test_a_resource_that_only_checkov_reads_is_unknown_never_passed(runs):
    assert "1 verdict is unknown (CP_DB_002)" in runs.of("unread by us")["err"]
    assert not runs.records("unread by us", "passed") and not runs.records("unread by us")


def test_unknown_is_told_beside_the_report(runs):
    assert "1 verdict is unknown (CP_DB_002)" in runs.of("terraform")["err"]
    runs.of("beside")
    beside = json.loads((runs.top / "beside.terraform.json").read_text(encoding="utf-8"))
    unknown = [finding for finding in beside["findings"] if finding["verdict"] == "unknown"]
    assert [(finding["policy"], finding["resource"], finding["line"]) for finding in unknown] == [
        ("CP_DB_002", "aws_db_instance.which", 13)
    ]
    assert "var.public" in unknown[0]["message"]
    assert {finding["verdict"] for finding in beside["findings"]} == {"fail", "unknown"}


def test_a_side_report_that_cannot_be_written_stops_the_run(runs):
    result = runs.of("beside nothing")
    assert result["status"] == 2 and "CLOUDPOLICY_CHECKOV_REPORT cannot be written" in result["err"] and "Traceback" not in result["err"]


REPORTED_TWICE = """
import json, os, sys
from cloudpolicy.hosts import checkov_report
from cloudpolicy.hosts.checkov_judge import Note
from cloudpolicy.texts import Text

started = []
checkov_report._process = lambda: started[-1]

def told(run, *resources):
    started.append(run)
    notes = [Note("CP_DB_002", "fail", resource, None, Text("m", "m")) for resource in resources]
    checkov_report._write(sys.argv[1], "terraform", notes)
    with open(sys.argv[1], encoding="utf-8") as file:
        return [entry["resource"] for entry in json.load(file)["findings"]]

print(json.dumps([told("1 100", "a"), told("1 100", "b"), told("1 200", "c")]))
"""


def test_the_side_report_adds_up_one_run_and_forgets_the_one_before(tmp_path):
    """In a container every run of Checkov is process 1."""
    done = run_python("-c", REPORTED_TWICE, str(tmp_path / "beside.json"))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [["a"], ["a", "b"], ["c"]]
    same = "from cloudpolicy.hosts.checkov_report import _process; print(_process(), _process(), sep='\\n')"
    first, second = (run_python("-c", same).stdout.split("\n")[:2] for _ in range(2))
    assert first[0] == first[1] != second[0]


def test_checks_are_chosen_as_ever(runs):
    assert {id for id, _ in runs.records("wildcards")} >= {"CP_DB_005"}
    assert not {"CP_DB_001", "CP_DB_002"} & {id for id, _ in runs.records("wildcards")}
    assert not any(id.startswith("CP_") for id, _ in runs.records("the others"))
    assert runs.records("the others")  # Checkov's own


def test_the_checks_may_come_from_git(runs):
    assert runs.records("from git") == {("CP_DB_002", "aws_db_instance.open")}


def test_one_file_is_judged_with_its_module_and_reported_alone(runs):
    assert runs.records("one file") == {("CP_DB_002", "aws_db_instance.open")}


def test_checkovs_variables_and_our_configuration_are_respected(runs):
    assert ("CP_DB_002", "aws_db_instance.which") in runs.records("variables", "passed")
    ids = runs.records("configuration")
    assert ("CP_DB_005", "aws_db_instance.open") in ids and not any(id == "CP_DB_002" for id, _ in ids)
    report = json.loads(runs.of("configuration")["out"])["results"]["failed_checks"]
    assert {record["file_path"] for record in report} == {"/main.tf"}


def test_a_broken_configuration_stops_the_run(runs):
    result = runs.of("broken configuration")
    assert result["status"] == 2 and "no_such" in result["err"] and "Traceback" not in result["err"]


def test_a_baseline_hides_what_was_there(runs):
    assert runs.records("baseline") == {("CP_DB_002", "aws_db_instance.open")}
    assert runs.of("after the baseline")["status"] == 0
    assert not runs.records("after the baseline")


def test_every_format_of_checkov(runs):
    texts = {}
    for name, pattern in FORMATS.items():
        runs.of(f"as {name}")
        (file,) = (runs.top / f"as {name}/out").glob(pattern)
        texts[name] = file.read_text(encoding="utf-8")
    assert [name for name, text in texts.items() if "CP_DB_002" not in text and name != "spdx"] == []
    assert texts["spdx"].startswith("## Document Information")  # lists packages, never checks
    assert any("CP_DB_002" in row for row in csv.reader(texts["csv"].splitlines()))
    ET.fromstring(texts["junitxml"])
    rules = json.loads(texts["sarif"])["runs"][0]["tool"]["driver"]["rules"]
    assert [(rule["id"], rule["name"]) for rule in rules] == [("CP_DB_002", "Databases are not publicly reachable")]


REGISTERED = """
import json, sys
from checkov.common.checks_infra.registry import get_graph_checks_registry as registry
from cloudpolicy.hosts import checkov
checkov.register()
checkov.register()
found = {name: [[c.id, c.name] for c in registry(name).checks if isinstance(c, checkov.PolicyCheck)] for name in checkov.FORMATS}
registry("arm").checks = [c for c in registry("arm").checks if c.id != "CP_OBJ_001"]
try:
    checkov.register()
    told = ""
except RuntimeError as error:
    told = str(error)
print(json.dumps([found, told]))
"""


def test_every_policy_is_registered_for_every_framework_that_it_declares():
    done = run_python("-c", REGISTERED, CLOUDPOLICY_LANG="ja")
    assert done.returncode == 0, done.stderr
    found, told = json.loads(done.stdout)
    pack = packs.load()
    for framework, format in (
        ("terraform", "terraform"),
        ("terraform_plan", "terraform"),
        ("cloudformation", "cloudformation"),
        ("arm", "arm"),
    ):
        declared = types_by_policy(pack, format)
        assert sorted(id for id, _ in found[framework]) == sorted([*declared, "CP_UNREAD"])
    assert found["bicep"] == found["arm"]
    assert ["CP_DB_002", pack.text("CP_DB_002").title.ja] in found["terraform"]
    assert told == "cloudpolicy: not registered for arm: CP_OBJ_001"


def test_listed_in_japanese():
    done = run_python(
        "-m", "cloudpolicy.hosts.checkov_cli", "--list", "--framework", "cloudformation", "--skip-download", CLOUDPOLICY_LANG="ja"
    )
    assert done.returncode == 0, done.stderr[-2000:]
    line = next(line for line in done.stdout.splitlines() if "CP_DB_002" in line)
    assert packs.load().text("CP_DB_002").title.ja in line and "| docs/policies/CP_DB_002.md" in line


def test_the_list_without_checkov_says_how_to_install_it():
    argv = [sys.executable, "-m", "cloudpolicy.hosts.checkov_cli", "--list"]
    done = subprocess.run(argv, capture_output=True, text=True, env=ENVIRONMENT)
    assert done.returncode == 2 and "pipx inject" in done.stderr and "この環境に" in done.stderr and "Traceback" not in done.stderr


# Environments ---------------------------------------------------------------------------------------------------------------------

WITHOUT = "import sys; sys.modules['cloudpolicy'] = None; from checkov.main import Checkov; sys.exit(Checkov().run())"


@pytest.mark.parametrize("frameworks", [["terraform"], ["terraform", "arm"]])
def test_where_cloudpolicy_is_missing_the_run_stops_with_a_way_out(tmp_path, frameworks):
    (tmp_path / "main.tf").write_text(TERRAFORM)
    argv = ["-d", str(tmp_path), "--framework", *frameworks, "--external-checks-dir", CHECKS, "--skip-download"]
    done = run_python("-c", WITHOUT, *argv)
    dropped = len(frameworks) > 1 and ENVIRONMENT_FOLDER != ".venv-checkov"  # the oldest drops the errors of its workers: the run is killed
    assert done.returncode == (-signal.SIGTERM if dropped else 2)
    assert "pipx inject checkov cloudpolicy" in done.stderr and "同じ環境に" in done.stderr


def test_with_several_frameworks_a_broken_configuration_stops_the_run_too(tmp_path):
    (tmp_path / "main.tf").write_text(TERRAFORM)
    (tmp_path / "cloudpolicy.toml").write_text("no_such = 1\n")
    argv = ["-d", str(tmp_path), "--framework", "terraform", "arm", "--external-checks-dir", CHECKS, "--skip-download"]
    done = run_python("-m", "checkov.main", *argv)
    assert done.returncode not in (0, 1) and "no_such" in done.stderr


def test_two_hcl2_modules_in_one_environment_are_told(tmp_path):
    for name in ("checkov-3.3.0", "python_hcl2-7.0.0"):
        (tmp_path / f"{name}.dist-info").mkdir()
        (tmp_path / f"{name}.dist-info/METADATA").write_text(f"Metadata-Version: 2.1\nName: {name.split('-')[0]}\nVersion: 1\n")

    def path(*argv, **environment):
        env = {**os.environ, **environment}
        return subprocess.run([sys.executable, "-m", "cloudpolicy", "path", "checkov", *argv], capture_output=True, text=True, env=env)

    places = os.pathsep.join([str(ROOT / "src"), str(tmp_path)])
    for language, words in (("en", "its own"), ("ja", "専用の環境")):
        done = path("--lang", language, PYTHONPATH=places)
        assert done.returncode == 2 and "python-hcl2" in done.stderr and words in done.stderr and not done.stdout
    assert path(PYTHONPATH=str(ROOT / "src")).stdout.strip() == CHECKS


def test_the_core_works_in_checkovs_environment():
    argv = ("-m", "cloudpolicy", "scan", "samples/terraform", "--format", "json")
    theirs = run_python(*argv)
    assert theirs.returncode == 1, theirs.stderr
    env = {**ENVIRONMENT}
    ours = subprocess.run([sys.executable, *argv], capture_output=True, text=True, env=env, cwd=ROOT)
    assert json.loads(theirs.stdout)["findings"] == json.loads(ours.stdout)["findings"]


# Agreement ------------------------------------------------------------------------------------------------------------------------


def test_every_example_and_sample_gets_the_native_verdict(tmp_path):
    """Pass, fail and unknown, with their resource; what differs is written in docs/host-differences.yaml."""
    done = run_python(str(HERE / "checkov_agreement.py"), str(tmp_path))
    assert done.returncode == 0, done.stderr[-2000:]
    result = json.loads(done.stdout)
    explained = yaml.safe_load((ROOT / "docs/host-differences.yaml").read_text(encoding="utf-8"))["examples"]
    explained = {(entry["example"], entry["policy"]) for entry in explained if entry["host"] == "checkov"}
    differences = [[framework, *each] for framework, found in result.items() for each in found["differences"]]
    assert [each for each in differences if (each[1].split("/")[0], each[2]) not in explained] == []
    assert {framework: found["lost"] for framework, found in result.items() if found["lost"]} == {}
    judged = sum(found["verdicts"] for found in result.values())
    assert judged > 9000 and len(differences) <= judged / 100
    for found in result.values():
        assert min(found["by"].values()) > 90  # each verdict, in each framework
