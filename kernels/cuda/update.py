"""Steps of optimisers on the device, each one kernel that writes in place."""

from ..ref import update as _ref
from ._steps import in_place

__all__ = ["adam", "asgd", "limit", "lion", "momentum", "rprop", "sgd"]

adam = in_place(_ref.adam)
asgd = in_place(_ref.asgd)
limit = in_place(_ref.limit)
lion = in_place(_ref.lion)
momentum = in_place(_ref.momentum)
rprop = in_place(_ref.rprop)
sgd = in_place(_ref.sgd)
