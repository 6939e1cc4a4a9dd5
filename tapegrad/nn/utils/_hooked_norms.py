"""`weight_norm` and `spectral_norm` as PyTorch had them first: a hook computes the weight before every call.

Their states have the names "weight_g", "weight_v", "weight_orig", "weight_u". `parametrizations` has the newer ones.
"""

from typing import Any

from ..module import Module
from ..parameter import Parameter
from .parametrizations import (
    as_matrix,
    first_vectors,
    norm_except_dim,
    over_spectral_norm,
    power_method,
    spectral_dim,
)


class _Norm:
    """A hook that computes a weight; `parts` names what it is computed from."""

    parts: tuple[str, ...]

    def __init__(self, name: str):
        self.name = name
        self.handle: Any = None

    def compute(self, module: Module):
        raise NotImplementedError

    def __call__(self, module: Module, args: tuple) -> None:
        setattr(module, self.name, self.compute(module))

    def attach(self, module: Module) -> Module:
        """Compute the weight from now on; its value until the first call is the present one."""
        module.__dict__[self.name] = self.compute(module).detach()
        self.handle = module.register_forward_pre_hook(self)
        return module

    def detach(self, module: Module) -> Module:
        """Make the weight an ordinary parameter again."""
        value = self.compute(module).detach()
        self.handle.remove()
        delattr(module, self.name)
        for part in self.parts:
            delattr(module, f"{self.name}_{part}")
        module.register_parameter(self.name, Parameter(value))
        return module


class _WeightNorm(_Norm):
    parts = ("g", "v")

    def __init__(self, name: str, dim: int | None):
        super().__init__(name)
        self.dim = -1 if dim is None else dim

    def compute(self, module: Module):
        g, v = (getattr(module, f"{self.name}_{part}") for part in self.parts)
        return v * (g / norm_except_dim(v, self.dim))


class _SpectralNorm(_Norm):
    parts = ("orig", "u", "v")

    def __init__(self, name: str, n: int, dim: int, eps: float):
        super().__init__(name)
        self.n, self.dim, self.eps = n, dim, eps

    def compute(self, module: Module):
        weight, u, v = (getattr(module, f"{self.name}_{part}") for part in self.parts)
        matrix = as_matrix(weight, self.dim)
        if module.training:
            power_method(matrix.detach().T, v, u, self.n, self.eps)  # v first, unlike the newer form
        return over_spectral_norm(weight, matrix, u, v)


def _hook_of(module: Module, kind: type[_Norm], op: str, name: str) -> _Norm:
    for hook in module._call_hooks.values():
        if isinstance(hook.function, kind) and hook.function.name == name:
            return hook.function
    raise ValueError(f"[{op}] `{name}` of {type(module).__name__} has no such norm")


def _take(module: Module, kind: type[_Norm], op: str, name: str) -> Parameter:
    """Take a parameter out of a module."""
    weight = module._parameters.get(name)
    if weight is None:
        raise ValueError(f"[{op}] `name` (={name!r}) must name a parameter of {type(module).__name__}")
    delattr(module, name)
    return weight


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """Compute a weight from its lengths and directions before every call: w = g v / ‖v‖.

    The parameters are `weight_g` and `weight_v`; see `parametrizations.weight_norm`, the newer form.
    """
    hook = _WeightNorm(name, dim)
    weight = _take(module, _WeightNorm, "weight_norm", name)
    module.register_parameter(f"{name}_g", Parameter(norm_except_dim(weight.detach(), hook.dim)))
    module.register_parameter(f"{name}_v", Parameter(weight.detach().clone()))
    return hook.attach(module)


def remove_weight_norm(module: Module, name: str = "weight") -> Module:
    """Make a weight that `weight_norm` computes an ordinary parameter again."""
    return _hook_of(module, _WeightNorm, "remove_weight_norm", name).detach(module)


def spectral_norm(
    module: Module, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> Module:
    """Divide a weight by its spectral norm before every call.

    The parameter is `weight_orig`; see `parametrizations.spectral_norm`, the newer form.
    """
    if n_power_iterations <= 0:
        raise ValueError(f"[spectral_norm] `n_power_iterations` (={n_power_iterations}) must be positive")
    weight = _take(module, _SpectralNorm, "spectral_norm", name)
    hook = _SpectralNorm(name, n_power_iterations, spectral_dim(module, dim), eps)
    u, v = first_vectors(as_matrix(weight.detach(), hook.dim), eps, 0)
    module.register_parameter(f"{name}_orig", weight)
    module.register_buffer(f"{name}_u", u)
    module.register_buffer(f"{name}_v", v)
    return hook.attach(module)


def remove_spectral_norm(module: Module, name: str = "weight") -> Module:
    """Make a weight that `spectral_norm` computes an ordinary parameter again."""
    return _hook_of(module, _SpectralNorm, "remove_spectral_norm", name).detach(module)
