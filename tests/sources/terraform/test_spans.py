"""Where values stand: exact lines and columns."""

from __future__ import annotations

from typing import Any

import pytest

MAIN = """# 日本語の注釈
resource "aws_sg" "s" {
  名前 = "x"
  name = "値" # comment
  cidrs = ["10.0.0.0/8",
    "0.0.0.0/0"]
  tags = { A = 1, "B" = 2,
    C = { D = 3 } }
  policy = jsonencode({
    Statement = [{
      Action = "*"
    }]
  })
  text = <<-EOT
    a
  EOT
  ingress {
    port = 22
    deep { v = [1, 2] }
  }
  dynamic "ingress" {
    for_each = ["p", "q"]
    content {
      port = ingress.value
    }
  }
  group = ([1, 2])
}
"""

PLACES = [
    ((), (2, 1, 28, 1)),
    (("name",), (4, 3, 4, 12)),
    (("cidrs",), (5, 3, 6, 16)),
    (("cidrs", 0), (5, 12, 5, 23)),
    (("cidrs", 1), (6, 5, 6, 15)),
    (("cidrs", 9), (5, 3, 6, 16)),
    (("tags", "A"), (7, 12, 7, 16)),
    (("tags", "B"), (7, 19, 7, 25)),
    (("tags", "C", "D"), (8, 11, 8, 15)),
    (("policy", "Statement", 0, "Action"), (11, 7, 11, 18)),
    (("policy", "Statement", 0, "None"), (10, 18, 12, 5)),
    (("text",), (14, 3, 16, 5)),
    (("text", "Statement"), (14, 3, 16, 5)),
    (("ingress",), (17, 3, 20, 3)),
    (("ingress", 0), (17, 3, 20, 3)),
    (("ingress", 0, "port"), (18, 5, 18, 13)),
    (("ingress", 0, "deep", 0, "v", 1), (19, 20, 19, 20)),
    (("ingress", 0, "none"), (17, 3, 20, 3)),
    (("ingress", 2, "port"), (24, 7, 24, 26)),
    (("ingress", 1), (21, 3, 26, 3)),
    (("group", 1), (27, 16, 27, 16)),
    (("none", 0, "x"), (2, 1, 28, 1)),
]


@pytest.mark.parametrize(("path", "expected"), PLACES, ids=[".".join(map(str, path)) or "block" for path, _ in PLACES])
def test_places(world: Any, path: tuple[Any, ...], expected: tuple[int, int, int, int]) -> None:
    resource = world.read(MAIN).resources[0]
    span = resource.locate(path) if path else resource.span
    assert (span.line, span.column, span.end_line, span.end_column) == expected
    assert span.file == world.path("main.tf")


def test_crlf_and_byte_order_mark_do_not_shift_places(world: Any) -> None:
    plain = {path: world.read(MAIN).resources[0].locate(path) for path, _ in PLACES}
    estate = world.read(files={"main.tf": b"\xef\xbb\xbf" + MAIN.replace("\n", "\r\n").encode()})
    for path, _ in PLACES:
        got, want = estate.resources[0].locate(path), plain[path]
        assert (got.line, got.column, got.end_line) == (want.line, want.column, want.end_line)


def test_an_unresolved_dynamic_block_can_be_located(world: Any) -> None:
    resource = world.one(
        'variable "u" {}\nresource "aws_sg" "s" {\n  dynamic "ingress" {\n    for_each = var.u\n    content {\n      port = 1\n    }\n  }\n}\n'
    )
    assert resource.locate(("ingress", 0, "port")).line == 6


def test_json_places(world: Any) -> None:
    text = (
        '{\n "resource": {"aws_sg": {"s": {\n  "name": "a",\n  "ingress": [{"port": 22},\n    {"port": 23}],\n  "one": {"x": 1}\n }}}\n}\n'
    )
    estate = world.read(files={"main.tf.json": text})
    assert estate.diagnostics == []
    (resource,) = estate.resources
    assert resource.values == {"name": "a", "ingress": [{"port": 22}, {"port": 23}], "one": [{"x": 1}]}
    assert (resource.span.line, resource.span.end_line) == (2, 7)
    for path, line, column in ((("name",), 3, 3), (("ingress", 1), 5, 5), (("ingress", 1, "port"), 5, 6), (("one", 0, "x"), 6, 11)):
        assert (resource.locate(path).line, resource.locate(path).column) == (line, column)
