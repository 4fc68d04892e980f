"""A template of the repository as the service would deploy it → Report, with what the text alone left open shown as settled."""

from __future__ import annotations

from cloudpolicy import decisions, sources
from cloudpolicy.cloud import settled
from cloudpolicy.cloud.aws.live import read
from cloudpolicy.cloud.errors import NotATemplate, placed, unread
from cloudpolicy.model import Resource, Span
from cloudpolicy.scan import Scanner, assemble
from cloudpolicy.sources.cloudformation import samconfig
from cloudpolicy.sources.cloudformation.session import Session
from cloudpolicy.sources.cloudformation.template import given_from
from cloudpolicy.sources.cloudformation.values import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudpolicy.cloud.aws.connection import Connection
    from cloudpolicy.findings import Report
    from cloudpolicy.model import Estate
    from cloudpolicy.scan import Request


def report(request: Request, connection: Connection, name: str, folder: str, bucket: str | None = None, change_sets: bool = True) -> Report:
    """The preview of the one template that the request names; raises ConfigError and CloudError."""
    from cloudpolicy.cloud.aws import change_set

    scanner = Scanner(request)
    (template,) = request.paths
    options = scanner.options(request.config.at(template))
    text = sources.read(sources.Unit("template", template), options)
    problem = unread(text)
    if problem is not None:
        raise NotATemplate(problem)
    _, before, _ = scanner.judge(text)
    given = given_from(template, options, Session(options), samconfig.read(template, options.base))
    parameters = {key: _as_text(value) for key, value in given.items()}
    if change_sets:
        told = change_set.preview(connection, name, template, parameters, folder, bucket)
    else:
        told = change_set.without(connection, name, template, parameters)
    estate = read(scanner, told.stack)
    for address, properties in told.after.items():
        resource = estate.at(address)
        if resource is not None:
            settled.lay_over(resource, properties)
    result = scanner.judge(_in_the_text(estate, text, folder))
    result[0].source = "preview"
    made = assemble(scanner, [result], [placed(problem, template) for problem in told.stack.problems])
    made.run["origin"] = "preview"
    made.diagnostics += settled.verdicts(before, result[1], estate)
    decisions.apply(made, request, scanner.known)
    return made


def _as_text(value: object) -> str:
    """A parameter's value as the service takes it: text, a list with commas."""
    return ",".join(map(str, value)) if isinstance(value, list) else text_of(value) or str(value)


def _in_the_text(estate: Estate, text: Estate, folder: str) -> Estate:
    """The previewed resources, placed where the repository writes them; what a macro or a nested stack made is placed at the template as a whole,
    because the processed templates in `folder` are gone when the report is read."""
    whole = Span(text.root)
    placed = []
    for resource in estate.resources:
        written = text.at(resource.address)
        here = written or resource
        span, locate = (whole, None) if here.span.file.startswith(folder) else (here.span, here.locator)
        placed.append(Resource(resource.type, resource.address, resource.values, span, locate, resource.region, resource.conditional))
    estate.resources = placed
    for diagnostic in estate.diagnostics:
        if diagnostic.span is not None and diagnostic.span.file.startswith(folder):
            diagnostic.span = whole
    estate.root, estate.inputs = text.root, text.inputs
    return estate
