"""`make new-policy`: write a new policy document with a failing example, and say what to do next.

Answers come from the terminal, or from ID=, SLUG=, RESOURCE= in the environment.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

RULES = Path(__file__).resolve().parent.parent / "policies" / "rules"

TEMPLATE = """\
id: {id}
slug: {slug}
since: {since}
severity: medium
confidence: high
profiles: [baseline]
title:
  ja: (何が満たされているべきか)
  en: (what should be the case)
rationale:
  ja: (なぜか。自分の言葉で)
  en: (why, in our own words)
remedy:
  ja: (何を書けばよいか。属性名を添えて)
  en: (what to write instead, with attribute names)
clauses: []
checks:
  - resource: {resource}
    require: {{attribute: true}}
    absent: fail  # what leaving it out means at the provider: pass | fail | unknown
examples:
  {format}:
    pass:
      - |
        (a template that satisfies it)
    fail:
      - |
        (a template that does not; mark the line)  # fail
    unknown: none because (why a value can never be unresolved), or examples
"""


def main() -> int:
    taken = {path.name.split("_")[1] + "_" + path.name.split("_")[2] for path in RULES.rglob("CP_*.yaml")}
    area = ask("AREA", "setting type (IAM, LOG, OBJ, VM, NET, CSM, KEY, APP, DB, CON, RES, BCK, TLS, OTH)", r"[A-Z]{2,4}")
    number = next(n for n in range(1, 1000) if f"{area}_{n:03}" not in taken)
    id = os.environ.get("ID") or f"CP_{area}_{number:03}"
    slug = ask("SLUG", "slug: the bad pattern in lower-case words joined by -", r"[a-z0-9]+(-[a-z0-9]+)*")
    resource = ask("RESOURCE", "resource type (aws_s3_bucket, AWS::S3::Bucket)", r"\S+")
    form = "cloudformation" if "::" in resource else "arm" if "/" in resource else "terraform"
    path = RULES / area.lower() / f"{id}_{slug.replace('-', '_')}.yaml"
    if path.exists():
        print(f"{path} exists already; nothing was written", file=sys.stderr)
        return 1
    from cloudpolicy import __version__

    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(TEMPLATE.format(id=id, slug=slug, since=__version__, resource=resource, format=form), encoding="utf-8", newline="\n")
    shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    print(f"{shown} written. Next: fill in the texts and checks, then\n  cloudpolicy test {id}\n  make test")
    return 0


def ask(name: str, question: str, pattern: str) -> str:
    while True:
        answer = os.environ.get(name) or input(f"{question}: ").strip()
        if re.fullmatch(pattern, answer):
            return answer
        print(f"{answer!r} is not of the form {pattern}", file=sys.stderr)
        if name in os.environ:
            raise SystemExit(2)


if __name__ == "__main__":
    sys.exit(main())
