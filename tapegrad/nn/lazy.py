"""Lazy layers: they learn the sizes of their parameters from the first input, and become the ordinary layer."""

from typing import Any

from ._uninitialized import Uninitialized
from .module import Module


class LazyModuleMixin(Module):
    """Makes a lazy layer of an ordinary one: ``class LazyThing(LazyModuleMixin, Thing)``.

    Its `__init__` makes the parameters that have no shape yet `UninitializedParameter`, and `initialize_parameters`,
    which gets the arguments of the first call, materializes and draws them. After that call the module is a `Thing`.

    Fields
    ------
    cls_to_become : type
        The ordinary layer.
    """

    cls_to_become: type[Module] | None = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.__dict__["_first_call"] = self.register_forward_pre_hook(_initialize, with_kwargs=True)

    def initialize_parameters(self, *args: Any, **kwargs: Any) -> None:
        """Materialize the parameters for these arguments of `forward`; every subclass defines it."""
        raise NotImplementedError(f"[{type(self).__name__}] must define `initialize_parameters`")

    def reset_parameters(self) -> None:
        """Draw the parameters anew, if they have their shapes."""
        if not self.has_uninitialized_params():
            super().reset_parameters()  # type: ignore[misc]

    def materialize(self, **shapes) -> None:
        """Give parameters and buffers, by name, their shapes, where they have none yet."""
        for name, shape in shapes.items():
            value = getattr(self, name)
            if isinstance(value, Uninitialized):
                value.materialize(shape)

    def has_uninitialized_params(self) -> bool:
        """Whether a parameter or a buffer has no shape yet."""
        values = [*self._parameters.values(), *self._buffers.values()]
        return any(isinstance(value, Uninitialized) for value in values)


def _initialize(module, args: tuple, kwargs: dict) -> None:
    module.initialize_parameters(*args, **kwargs)
    if module.has_uninitialized_params():
        raise RuntimeError(f"[{type(module).__name__}] `initialize_parameters` must materialize every parameter")
    module.__dict__.pop("_first_call").remove()
    if module.cls_to_become is not None:
        module.__class__ = module.cls_to_become
