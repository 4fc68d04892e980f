"""Running `cloudpolicy import` in this process, and small results to feed it."""

import json

import pytest

from cloudpolicy import cli


@pytest.fixture
def importing(tmp_path, capsys, monkeypatch):
    """Writes the results given and imports them from an empty folder; yields (exit status, report or standard error)."""
    monkeypatch.setenv("CLOUDPOLICY_LANG", "en")
    monkeypatch.chdir(tmp_path)

    def run(results, *options, name="results.json"):
        data = results if isinstance(results, bytes) else json.dumps(results).encode()
        (tmp_path / name).write_bytes(data)
        status = cli.run(["import", "--format", "json", name, *options])
        printed = capsys.readouterr()
        return status, json.loads(printed.out) if printed.out else printed.err

    return run


def checkov(*records, framework="terraform", **groups):
    """One Checkov report: `records` failed; further groups (passed_checks, skipped_checks, parsing_errors) by name."""
    results = {"passed_checks": [], "failed_checks": list(records), "skipped_checks": [], "parsing_errors": [], **groups}
    return {"check_type": framework, "results": results, "summary": {"checkov_version": "3.3.30"}, "url": ""}


def record(rule="CKV_AWS_3", resource="aws_ebs_volume.a", file="/main.tf", lines=(1, 3), **more):
    return {
        "check_id": rule,
        "check_name": f"name of {rule}",
        "check_result": {"result": "FAILED", "evaluated_keys": ["encrypted"]},
        "file_path": file,
        "file_abs_path": "/elsewhere" + file,
        "repo_file_path": file,
        "file_line_range": list(lines),
        "resource": resource,
        "check_class": "checkov.terraform.checks.resource.aws.X",
        **more,
    }


def match(rule="E9999", file="template.yaml", path=("Resources", "Disk", "Properties", "Encrypted"), line=4):
    position = {"LineNumber": line, "ColumnNumber": 7}
    return {
        "Filename": file,
        "Level": "Error",
        "Location": {"Start": position, "End": position, "Path": list(path) if path else None},
        "Message": "m",
        "Rule": {"Id": rule, "Description": "d", "ShortDescription": f"name of {rule}", "Source": ""},
    }


def sarif(*results, tool="Checkov", rules=(), **run):
    return {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": tool, "rules": list(rules)}}, "results": list(results), **run}]}


def result(rule="CKV_AWS_3", file="main.tf", line=1, **more):
    place = {"physicalLocation": {"artifactLocation": {"uri": file}, "region": {"startLine": line}}}
    return {"ruleId": rule, "message": {"text": "m"}, "locations": [place], **more}
