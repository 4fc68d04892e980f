"""One ARM or Bicep file -> Estate."""

from __future__ import annotations

import os

from cloudpolicy.model import Estate, Unknown
from cloudpolicy.sources.arm import parameters
from cloudpolicy.sources.arm.module import Module
from cloudpolicy.sources.arm.session import Session
from cloudpolicy.sources.cloudformation.text import Unparsable
from cloudpolicy.sources.files import Unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudpolicy.sources import Options


def read(path: str, options: Options) -> Estate:
    """The estate of the file at `path`; never raises for bad input."""
    path = os.path.abspath(path)
    source = "bicep" if path.lower().endswith(".bicep") else "arm"
    session = Session(options)
    given = parameters.given(path, session)
    inputs, session.inputs = session.inputs, []
    try:
        template = session.template(path)
    except (Unreadable, Unparsable) as error:
        session.report(error.diagnostic)
    else:
        Module(session, template, given, options.region).read()
        session.link()
    resources = session.release()
    region: str | Unknown = options.region or Unknown("region-not-given", "resourceGroup().location")
    inputs = list(dict.fromkeys([path, *session.inputs, *inputs]))
    return Estate(path, "arm", source, resources, session.diagnostics, inputs, region, session.opaque, None, session.notes)
