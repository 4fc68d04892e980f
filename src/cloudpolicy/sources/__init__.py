"""Sources: text in, Estate out. They know no policy.

Each kind has one function `read(path, options) -> Estate` that never raises for bad input: what cannot be read is a diagnostic of
the estate, what cannot be resolved is an Unknown.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Literal

    from cloudpolicy.model import Estate, Format, Unknown

    Kind = Literal["hcl", "plan", "template", "arm", "bicep"]

_FORMATS: dict[Kind, Format] = {"hcl": "terraform", "plan": "terraform", "template": "cloudformation", "arm": "arm", "bicep": "arm"}


class Options:
    """What the command line, the configuration and the environment say about reading.

    base             absolute folder that files may be read from (file(), templates, links); nothing outside it is opened
    region           the region to assume where the format names none
    var_files        absolute paths given with --var-file, in order
    parameters       absolute paths of CloudFormation and ARM parameter files (.bicepparam too), in order
    workspace        Terraform workspace name
    environment      TF_VAR_* and AWS_REGION are read from here, never from os.environ directly
    missing_modules  severity of the diagnostic for a module that is not on disk
    deployed         what a deployed stack tells beyond its template; None for a template of a repository
    """

    __slots__ = ("base", "deployed", "environment", "missing_modules", "parameters", "region", "var_files", "workspace")

    def __init__(
        self,
        base: str,
        region: str | None = None,
        var_files: Sequence[str] = (),
        parameters: Sequence[str] = (),
        workspace: str = "default",
        environment: Mapping[str, str] | None = None,
        missing_modules: Literal["error", "warning"] = "error",
        deployed: Deployed | None = None,
    ) -> None:
        self.base = base
        self.region = region
        self.var_files = tuple(var_files)
        self.parameters = tuple(parameters)
        self.workspace = workspace
        self.environment = environment if environment is not None else {}
        self.missing_modules = missing_modules
        self.deployed = deployed


class Deployed:
    """What the service knows of a stack beyond its template.

    parameters  name -> value of the root template's parameters; an Unknown is left as it is
    resolved    names of those that stand for a stored parameter and whose stored value is given
    nested      "Network", "Network/Inner" -> absolute path of the nested stack's template
    """

    __slots__ = ("nested", "parameters", "resolved")

    def __init__(
        self, parameters: Mapping[str, str | Unknown], resolved: Iterable[str] = (), nested: Mapping[str, str] | None = None
    ) -> None:
        self.parameters = parameters
        self.resolved = frozenset(resolved)
        self.nested = nested or {}


class Unit:
    """One thing to read: `kind` says by which reader, `path` is the folder of a root module or the file of a plan or template."""

    __slots__ = ("kind", "path")

    def __init__(self, kind: Kind, path: str) -> None:
        self.kind = kind
        self.path = path

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Unit) and (self.kind, self.path) == (other.kind, other.path)

    def __hash__(self) -> int:
        return hash((self.kind, self.path))

    def __repr__(self) -> str:
        return f"Unit({self.kind} {self.path})"


def read(unit: Unit, options: Options) -> Estate:
    """Read one unit with the reader of its kind. A fault of our own becomes a diagnostic too: one module is lost, not the scan."""
    try:
        if unit.kind == "hcl":
            from cloudpolicy.sources.terraform import hcl

            return hcl.read(unit.path, options)
        if unit.kind == "plan":
            from cloudpolicy.sources.terraform import plan

            return plan.read(unit.path, options)
        if unit.kind in ("arm", "bicep"):
            from cloudpolicy.sources import arm

            return arm.read(unit.path, options)
        from cloudpolicy.sources import cloudformation

        return cloudformation.read(unit.path, options)
    except (RecursionError, MemoryError) as error:
        return _lost(unit, "too-deep", "nested too deeply to be read; split it", "入れ子が深すぎて読み取れません。分割してください", error)
    except Exception as error:
        return _lost(
            unit,
            "internal-error",
            "could not be read because of a fault in cloudpolicy; please report it",
            "cloudpolicy の不具合により読み取れません。ご報告ください",
            error,
        )


def _lost(unit: Unit, code: str, en: str, ja: str, error: BaseException) -> Estate:
    import os
    import traceback

    from cloudpolicy.model import Diagnostic, Estate, Span
    from cloudpolicy.texts import Text

    where = traceback.extract_tb(error.__traceback__)[-1] if error.__traceback__ else None
    detail = f"{type(error).__name__}: {error}"[:200] + (f" ({os.path.basename(where.filename)}:{where.lineno})" if where else "")
    detail = "" if code == "too-deep" else f" [{detail}]"
    text = Text(f"{os.path.basename(unit.path)}: {en}{detail}", f"{os.path.basename(unit.path)}: {ja}{detail}")
    diagnostic = Diagnostic("error", code, text, Span(unit.path))
    return Estate(unit.path, _FORMATS[unit.kind], unit.kind, [], [diagnostic], [unit.path])
