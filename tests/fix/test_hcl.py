"""Edits of HCL text: what is written stays byte for byte, what is new stands as `terraform fmt` would have it."""

import pytest

from cloudpolicy.fix import hcl
from cloudpolicy.fix.operations import REST, Companion, Encoded, NotEditable, Operation, Reference
from cloudpolicy.model import Resource, Span


def edit(text, path, value, items=False):
    resource = Resource("aws_x", 'module.m["a.b"].aws_x.r[0]', {}, Span("main.tf"))
    given = text if isinstance(text, bytes) else text.encode()
    return hcl.apply("main.tf", given, Operation(resource, path, value, items)).decode()


def block(body, end="\n"):
    return f'# above\nresource "aws_x" "r" {{{body}}}{end}'


@pytest.mark.parametrize(
    ("before", "path", "value", "after"),
    [
        ("\n  a = false # why\n", ("a",), True, "\n  a = true # why\n"),
        ('\n  a = "false"\n', ("a",), True, '\n  a = "true"\n'),
        ('\n  a = "7"\n', ("a",), 30, '\n  a = "30"\n'),
        ("\n  a = 7\n", ("a",), 30, "\n  a = 30\n"),
        ("\n  a = -1\n", ("a",), 30, "\n  a = 30\n"),
        ('\n  a = "x"\n', ("a",), 'q"${y}\\', '\n  a = "q\\"$${y}\\\\"\n'),
        ("\n  name = 1\n", ("b",), True, "\n  name = 1\n  b    = true\n"),
        ("\n  name  = 1\n  other = 2\n", ("longer",), True, "\n  name  = 1\n  other = 2\n\n  longer = true\n"),
        ("\n  name = 1 # c\n  tags = {}\n", ("b",), True, "\n  name = 1 # c\n  b    = true\n  tags = {}\n"),
        ("\n  name = 1\n  tags = {}\n", ("longer",), True, "\n  name = 1\n\n  longer = true\n\n  tags = {}\n"),
        ("\n  # only this\n", ("b",), True, "\n  b = true\n  # only this\n"),
        ("", ("b",), True, "\n  b = true\n"),
        (" a = 1 ", ("b",), True, "\n  a = 1\n  b = true\n"),
        (" a = 1 ", ("long",), True, "\n  a    = 1\n  long = true\n"),
        (" long = 1 ", ("a",), True, "\n  long = 1\n  a    = true\n"),
        ("\n  a = 1\n  # later\n", ("long",), True, "\n  a = 1\n\n  long = true\n  # later\n"),
        ("\n  a = 1\n  # b\n  b = 1\n", ("long",), True, "\n  a = 1\n  # b\n  b = 1\n\n  long = true\n"),
        ("\n  a = 1\n  /* x */\n  tags = {}\n", ("long",), True, "\n  a = 1\n\n  long = true\n\n  /* x */\n  tags = {}\n"),
        ("\n  a = 1 ", ("b",), True, "\n  a = 1\n\n  b = true\n"),
        ("\n  a = 1 ", ("b", "c"), True, "\n  a = 1\n\n  b {\n    c = true\n  }\n"),
        ("\n  a = (false) # c\n", ("a",), True, "\n  a = true # c\n"),
        (" a = 1 ", ("b", "c"), True, "\n  a = 1\n\n  b {\n    c = true\n  }\n"),
        ("\n\ta = 1\n", ("b", "c"), True, "\n\ta = 1\n\n\tb {\n\t\tc = true\n\t}\n"),
        ("\n    a = 1\n", ("b", REST, "c"), ["x"], '\n    a = 1\n\n    b {\n        c = ["x"]\n    }\n'),
        ("\n  b {\n    c = false\n  }\n", ("b", 0, "c"), True, "\n  b {\n    c = true\n  }\n"),
        ("\n  b {\n    c = 1\n  }\n  b { c = 2 }\n", ("b", 1, "c"), 3, "\n  b {\n    c = 1\n  }\n  b { c = 3 }\n"),
        ("\n  b {\n  }\n", ("b", "c"), True, "\n  b {\n    c = true\n  }\n"),
        ("\n  b {}\n", ("b", 0, "c"), True, "\n  b {\n    c = true\n  }\n"),
        ("\n  a = <<-E\n    x = {\n  E\n", ("b",), True, "\n  a = <<-E\n    x = {\n  E\n\n  b = true\n"),
        ("\n  a = 1 /* over\n  lines */\n", ("b",), True, "\n  a = 1 /* over\n  lines */\n  b = true\n"),
        ("\n  a = {\n    k = false\n  }\n", ("a", "k"), True, "\n  a = {\n    k = true\n  }\n"),
        ("\n  a = {\n    k = 1, # c\n  }\n", ("a", "l"), True, "\n  a = {\n    k = 1, # c\n    l = true\n  }\n"),
        ("\n  a = { k = 1 }\n", ("a", "l.m"), True, '\n  a = { k = 1, "l.m" = true }\n'),
    ],
)
def test_set(before, path, value, after):
    assert edit(block(before), path, value) == block(after)
    windows = block(before).replace("\n", "\r\n")
    assert edit(b"\xef\xbb\xbf" + windows.encode(), path, value) == "\ufeff" + block(after).replace("\n", "\r\n")
    assert edit(block(before, end=""), path, value) == block(after, end="")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[]", '["x", "y"]'),
        ('["a"]', '["a", "x", "y"]'),
        ('[\n    "a", # why\n  ]', '[\n    "a",\n    "x",\n    "y", # why\n  ]'),
        ('[\n    "a"\n  ]', '[\n    "a",\n    "x",\n    "y"\n  ]'),
    ],
)
def test_items_are_added_behind_the_others(before, after):
    assert edit(block(f"\n  a = {before}\n"), ("a",), ["x", "y"], items=True) == block(f"\n  a = {after}\n")


@pytest.mark.parametrize(
    ("body", "path", "why"),
    [
        ("\n  a = var.x\n", ("a",), "the expression var.x"),
        ('\n  a = "${var.x}y"\n', ("a",), "the expression"),
        ("\n  a = merge(local.t, {})\n", ("a", "k"), "the expression merge"),
        ('\n  dynamic "b" {\n    for_each = []\n    content {\n      c = 1\n    }\n  }\n', ("b", 0, "c"), "dynamic block"),
        ("\n  b {\n  }\n", ("b", 0), "would be replaced"),
        ("\n  a = \n", ("a",), "syntax error"),
    ],
)
def test_what_is_not_edited(body, path, why):
    with pytest.raises(NotEditable, match=why):
        edit(block(body), path, True)


@pytest.mark.parametrize(
    "around",
    [
        'resource "aws_x" "before" {\n  a = <<E\nresource "aws_x" "r" {\n}\nE\n}\n',  # looks like it, and is text
        'resource "aws_x" "rr" {}\nresource "aws_xx" "r" {}\n',
        "/*\n",
    ],
)
def test_the_block_is_found_among_others(around):
    """The block is parsed by itself where it can be told from the text alone; where not, the whole file is."""
    text = block("\n  # }\n  t = <<E\n}\nE\n  a = 1\n")
    text = f"{around}{text}*/\n{text}" if around == "/*\n" else around + text
    assert edit(text, ("a",), 2) == "2".join(text.rsplit("1", 1))


def test_a_resource_that_the_file_does_not_declare():
    with pytest.raises(NotEditable, match="not in this file"):
        edit('resource "aws_x" "other" {}\n', ("a",), True)


POLICY = """
resource "aws_s3_bucket_policy" "b" {
  count    = 2
  provider = aws.tokyo
  bucket   = aws_s3_bucket.b[count.index].id
  policy = jsonencode({
    Action = "s3:*"
  })
}
"""


def test_a_companion_stands_behind_its_resource_and_is_told_apart():
    text = 'resource "aws_s3_bucket" "b" {\n  count    = 2\n  provider = aws.tokyo\n}\n'
    bucket = Resource("aws_s3_bucket", "aws_s3_bucket.b[0]", {}, Span("main.tf"))
    companion = Companion(bucket, "aws_s3_bucket_policy", {"bucket": Reference("id"), "policy": Encoded({"Action": "s3:*"})})

    def declared(text):
        return hcl.declare("main.tf", text.encode(), companion).decode()

    assert declared(text) == text + POLICY
    assert declared(text + "\nlocals {}\n") == text + POLICY + "\nlocals {}\n"
    assert declared(text + "locals {}\n") == text + POLICY + "\nlocals {}\n"
    assert declared(text.replace("\n", "\r\n")) == (text + POLICY).replace("\n", "\r\n")
    assert declared(text[:-1]) == (text + POLICY)[:-1]
    with pytest.raises(NotEditable, match="there already"):
        declared(text + POLICY)
