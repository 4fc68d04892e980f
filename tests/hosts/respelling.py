"""The same estate said otherwise: values through variables, functions and conditions; resources through loops and modules.

Each form takes the files of an example (or the template as data) and gives new ones, or None where it does not fit. All is deterministic.
"""

import json
import re

_ATTRIBUTE = re.compile(r'^(\s+)(\w+)(\s*=\s*)(true|false|-?\d+|"(?:[^"\\$%]|\\.)*")$')
_META = ("count", "for_each", "provider", "source", "version")
_RESOURCE = re.compile(r'^resource "(\w+)" "([\w-]+)" \{$')
_BLOCK = re.compile(r"^(\s+)(?!lifecycle|provisioner|connection|timeouts)(\w+) \{$")


def kind(literal):
    return "bool" if literal in ("true", "false") else "string" if literal[0] in "\"'" else "number"


def other(literal):
    """A value of the same type that is another one."""
    return {"true": "false", "false": "true"}.get(literal, f"{literal[0]}zz{literal[0]}" if literal[0] in "\"'" else "0")


# Terraform ------------------------------------------------------------------------------------------------------------------------


def _values(text, say):
    """(the text with its plain attributes of resources said by `say(number, literal)`, those literals)."""
    lines, found, inside, heredoc = text.split("\n"), [], False, None
    for number, line in enumerate(lines):
        opened = re.search(r"<<-?(\w+)", line)
        if heredoc is not None:
            heredoc = None if line.strip() == heredoc else heredoc
        elif opened:
            heredoc = opened[1]
        elif line[:1].strip():
            inside = line.startswith("resource ")
        elif inside and (match := _ATTRIBUTE.match(line)) and match[2] not in _META:
            lines[number] = match[1] + match[2] + match[3] + say(len(found), match[4])
            found.append(match[4])
    return "\n".join(lines), found


def variables(files):
    text, found = _values(files["main.tf"], lambda number, _: f"var.zz_{number}")
    if not found or "terraform.tfvars" in files:
        return None
    declared = "".join(f'variable "zz_{number}" {{\n  type = {kind(literal)}\n}}\n' for number, literal in enumerate(found))
    given = "".join(f"zz_{number} = {literal}\n" for number, literal in enumerate(found))
    return {**files, "main.tf": text, "zz.tf": declared, "terraform.tfvars": given}


def conditionals(files):
    def say(number, literal):
        return f"local.zz ? {literal} : {other(literal)}" if number % 2 else f"!local.zz ? {other(literal)} : {literal}"

    text, found = _values(files["main.tf"], say)
    return {**files, "main.tf": text, "zz.tf": 'variable "zz" { default = "x" }\nlocals {\n  zz = var.zz == "x"\n}\n'} if found else None


def functions(files):
    forms = (
        "merge({{ k = {0} }}, {{}}).k",
        'lookup({{ k = {0} }}, "k", null)',
        "element([{0}], 3)",
        "coalesce(null, {0})",
        "try(local.no_such, {0})",
        "jsondecode(jsonencode([{0}]))[0]",
        '{{ for k in ["a"] : k => {0} }}["a"]',
        "one([{0}])",
    )
    text, found = _values(files["main.tf"], lambda number, literal: forms[number % len(forms)].format(literal))
    return {**files, "main.tf": text} if found else None


def _indexed(files, line, index):
    text = files["main.tf"]
    if re.search(r"^\s+(count|for_each|depends_on)\b|replace_triggered_by|^(moved|import) ", text, re.MULTILINE):
        return None
    lines = [f"{each}\n  {line}" if _RESOURCE.match(each) else each for each in text.split("\n")]
    names = [".".join(match.groups()) for each in lines if (match := _RESOURCE.match(each.split("\n")[0]))]
    if not names or len(names) != text.count('\nresource "') + text.startswith('resource "'):
        return None
    text = "\n".join(lines)
    for name in names:
        text = re.sub(rf'(?<![\w."]){re.escape(name)}(?=\.)', lambda match: match[0] + index, text)
    return {**files, "main.tf": text}


def counted(files):
    return _indexed(files, "count = 1", "[0]")


def each(files):
    return _indexed(files, 'for_each = toset(["a.b/本番"])', '["a.b/本番"]')


def dynamic(files):
    lines = files["main.tf"].split("\n")
    for start, line in enumerate(lines):
        match = _BLOCK.match(line)
        end = next((n for n in range(start + 1, len(lines)) if match and lines[n] == f"{match[1]}}}"), None)
        if end is not None:
            lines[start] = f'{match[1]}dynamic "{match[2]}" {{\n{match[1]}for_each = toset(["x"])\n{match[1]}content {{'
            lines[end] += f"\n{match[1]}}}"
    text = "\n".join(lines)
    return {**files, "main.tf": text} if text != files["main.tf"] else None


def module(files):
    """One of two instances of a module in a module."""
    texts = [text for name, text in files.items() if name.endswith(".tf")]
    if any("tfvars" in name for name in files) or any(re.search(r"^(provider|terraform) |path\.root", t, re.MULTILINE) for t in texts):
        return None
    if any(re.search(r"^variable (?![^}]*\bdefault\b)", text, re.MULTILINE) for text in texts):
        return None
    call = 'module "zz" {\n  for_each = toset(["x.y"])\n  source   = "./zz"\n}\n'
    inner = 'module "inner" {\n  count  = 1\n  source = "../inner"\n}\n'
    return {**{f"inner/{name}": text for name, text in files.items()}, "main.tf": call, "zz/main.tf": inner}


TERRAFORM = (variables, conditionals, functions, counted, each, dynamic, module)


# CloudFormation and ARM, as data ----------------------------------------------------------------------------------------------------


def _said(value, say):
    """`value` with its leaves said by `say`; what is an expression already stays."""
    if isinstance(value, dict):
        if any(key == "Ref" or key.startswith("Fn::") for key in value):
            return value
        return {key: item if key == "Version" else _said(item, say) for key, item in value.items()}
    if isinstance(value, list):
        return [_said(item, say) for item in value]
    return value if value is None or value == "" or (isinstance(value, str) and value.startswith("[")) else say(value)


def _template(document, say, **sections):
    made = json.loads(json.dumps(document))
    for resource in made["Resources"].values():
        if "Properties" in resource and not resource["Type"].startswith(("AWS::CloudFormation::Stack", "AWS::Serverless::Application")):
            resource["Properties"] = _said(resource["Properties"], say)
    for section, entries in sections.items():
        made[section] = {**made.get(section, {}), **entries}
    return made


def parameters(document):
    found = {}

    def say(value):
        name = f"Zz{len(found)}"
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        found[name] = {"Type": "Number" if number else "String", "Default": value if number else json.dumps(value).strip('"')}
        if isinstance(value, str):
            found[name]["Default"] = value
        return {"Ref": name}

    return _template(document, say, Parameters=found)


def mappings(document):
    found = {}

    def say(value):
        found[f"v{len(found)}"] = value
        return {"Fn::FindInMap": ["Zz", "k", f"v{len(found) - 1}"]}

    return _template(document, say, Mappings={"Zz": {"k": found}})


def conditions(document):
    made = {"ZzOn": {"Fn::Equals": [{"Ref": "ZzP"}, "a"]}, "ZzOff": {"Fn::Not": [{"Condition": "ZzOn"}]}}
    given = {"ZzP": {"Type": "String", "Default": "a"}}
    return _template(document, lambda value: {"Fn::If": ["ZzOff", {"Ref": "AWS::NoValue"}, value]}, Conditions=made, Parameters=given)


def substitutions(document):
    def say(value):
        return {"Fn::Sub": ["${Zz}", {"Zz": {"Fn::Join": ["", [value[:2], value[2:]]]}}]} if isinstance(value, str) else value

    return _template(document, say)


def foreach(document):
    made = json.loads(json.dumps(document))
    resources = made["Resources"].items()
    made["Resources"] = {f"Fn::ForEach::Zz{n}": ["ZzN", [name], {"${ZzN}": body}] for n, (name, body) in enumerate(resources)}
    before = made.get("Transform", [])
    made["Transform"] = ["AWS::LanguageExtensions", *(before if isinstance(before, list) else [before])]
    return made


CLOUDFORMATION = (parameters, mappings, conditions, substitutions, foreach)


def _deployment(document, say):
    heads = ("type", "apiVersion", "name", "dependsOn")
    resources = [{key: item if key in heads else _said(item, say) for key, item in body.items()} for body in document["resources"]]
    return {**document, "resources": resources}


def arm_variables(document):
    found = {}

    def say(value):
        found[f"zz{len(found)}"] = value
        return f"[variables('zz{len(found) - 1}')]"

    return {**_deployment(document, say), "variables": found}


def arm_conditionals(document):
    def say(value):
        quoted = "'" + value.replace("'", "''") + "'" if isinstance(value, str) else f"{json.dumps(value)}()"
        return value if isinstance(value, (int, float)) and not isinstance(value, bool) else f"[if(equals(1, 1), {quoted}, 'zz')]"

    return _deployment(document, say)


def arm_copies(document):
    resources = [{**body, "copy": {"name": f"zz{number}", "count": 1}} for number, body in enumerate(document["resources"])]
    return {**document, "resources": resources}


def arm_nested(document):
    inner = {key: value for key, value in document.items() if key != "parameters"}
    properties = {"mode": "Incremental", "expressionEvaluationOptions": {"scope": "inner"}, "template": inner}
    outer = {"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "zz", "properties": properties}
    return {**document, "resources": [outer]} if not document.get("parameters") else None


ARM = (arm_variables, arm_conditionals, arm_copies, arm_nested)


# Bicep ----------------------------------------------------------------------------------------------------------------------------

_PROPERTY = re.compile(r"^(\s+)([\w'.]+): (true|false|\d+|'(?:[^'\\$]|\\.)*')$")


def _bicep(files, say, more=lambda found: ""):
    name, inside, found, lines = next(iter(files)), False, [], []
    for line in files[name].split("\n"):
        if line[:1].strip() and line[:1] not in "}])":
            inside = line.startswith("resource ")
        match = _PROPERTY.match(line) if inside else None
        if match:
            line = f"{match[1]}{match[2]}: {say(len(found), match[3])}"
            found.append(match[3])
        lines.append(line)
    return {**files, name: "\n".join(lines) + "\n" + more(found)} if found else None


def bicep_variables(files):
    return _bicep(
        files,
        lambda number, _: f"zz{number}",
        lambda found: "".join(f"var zz{number} = {literal}\n" for number, literal in enumerate(found)),
    )


def bicep_conditionals(files):
    return _bicep(files, lambda _, literal: f"zz ? {literal} : {other(literal)}", lambda _: "param zz bool = true\n")


def bicep_functions(files):
    forms = ("[{0}][0]", "union({{ k: {1} }}, {{ k: {0} }}).k", "first([{0}])")
    return _bicep(files, lambda number, literal: forms[number % len(forms)].format(literal, other(literal)))


def bicep_module(files):
    (text, *more) = files.values()
    if more or "targetScope" in text or re.search(r"^param \w+ \w+$", text, re.MULTILINE):
        return None
    return {"main.bicep": "module zz 'zz.bicep' = [for i in range(0, 2): {\n  name: 'zz${i}'\n}]\n", "zz.bicep": text}


BICEP = (bicep_variables, bicep_conditionals, bicep_functions, bicep_module)
