"""What a summary calls "not scanned": nothing that is judged as a part of what uses it."""

from cloudpolicy.findings import Report, ScannedEstate
from cloudpolicy.reports import words
from cloudpolicy.texts import Text


def test_a_nested_template_is_scanned_where_it_is_used(tmp_path):
    main, nested, module, other = (str(tmp_path / name) for name in ("main.bicep", "app.bicep", "modules/net/main.tf", "packed.zip"))
    estate = ScannedEstate(main, "arm", "bicep", 1, [main, nested, module], {}, {}, {})
    why = Text("why", "理由")
    left_out = {nested: why, str(tmp_path / "modules/net"): why, other: why}
    report = Report(str(tmp_path), str(tmp_path), [], [estate], [], {}, left_out, {})
    assert words.left_out(report) == 1
