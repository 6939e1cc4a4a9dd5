"""Steps in units of the gradient's size so far, on the device, each one kernel that writes in place."""

from ..ref import update_scaled as _ref
from ._steps import in_place

__all__ = ["adadelta", "adagrad", "adamax", "nadam", "novograd", "radam", "rmsprop"]

adadelta = in_place(_ref.adadelta)
adagrad = in_place(_ref.adagrad)
adamax = in_place(_ref.adamax)
nadam = in_place(_ref.nadam)
novograd = in_place(_ref.novograd)
radam = in_place(_ref.radam)
rmsprop = in_place(_ref.rmsprop)
