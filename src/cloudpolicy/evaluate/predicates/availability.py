"""Whether redundancy is demanded: of systems that run round the clock, or where the customer demands it of all."""

from __future__ import annotations

from cloudpolicy.evaluate.predicates import predicate
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudpolicy.evaluate.predicates import Context


@predicate
def is_always_on(context: Context) -> bool:
    """True when the configuration says availability = "24x7", or the parameter `always_on` is true."""
    return context.settings.get("availability") == "24x7" or context.parameters.get("always_on") is True


WORDS = {"is_always_on": Text("the system runs round the clock", "24時間365日稼働するシステムです")}
WORDS_FALSE = {"is_always_on": Text("the system need not run round the clock", "24時間365日の稼働を要しないシステムです")}
