"""Weights by direction and length, of spectral norm one, and with orthonormal columns, as parametrizations."""

from ..._random import randn
from ..._tape import no_grad, write_silently
from ...ops.matmul import dot, mv
from ...ops.norm import vector_norm
from ...ops.parts import absolute
from ..conv_transpose import _ConvTranspose
from ..functional import normalize
from ..module import Module
from ._orthogonal import orthogonal
from .parametrize import register_parametrization

__all__ = ["orthogonal", "spectral_norm", "weight_norm"]


def norm_except_dim(v, dim: int):
    """The 2-norms of the slices along `dim`, broadcastable; -1: of all."""
    if dim == -1:
        return vector_norm(v)
    others = tuple(d for d in range(len(v.shape)) if d != dim % len(v.shape))
    return vector_norm(v, 2, others, keepdim=True) if others else absolute(v)


class _WeightNorm(Module):
    def __init__(self, dim: int | None = 0):
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g, weight_v):
        return weight_v * (weight_g / norm_except_dim(weight_v, self.dim))

    def right_inverse(self, weight):
        return norm_except_dim(weight, self.dim), weight


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """Compute a weight from its lengths and its directions: w = g v / ‖v‖.

    Parameters
    ----------
    module : Module
    name : str
    dim : int, optional
        Each slice along this axis has a length of its own; None: the whole weight has one.

    Returns
    -------
    Module
        The module; g and v are `parametrizations.weight.original0` and `original1`.

    Notes
    -----
    Salimans, Kingma: Weight normalization; arXiv:1602.07868.
    """
    register_parametrization(module, name, _WeightNorm(dim), unsafe=True)

    def old_names(module, state, prefix, *rest) -> None:
        before = [f"{prefix}{name}_{part}" for part in "gv"]
        if all(key in state for key in before):
            for k, key in enumerate(before):
                state[f"{prefix}parametrizations.{name}.original{k}"] = state.pop(key)

    module.register_load_state_dict_pre_hook(old_names)
    return module


def as_matrix(weight, dim: int):
    """The slices of a weight along `dim` as rows."""
    if dim:
        weight = weight.permute(dim, *(d for d in range(len(weight.shape)) if d != dim))
    return weight.reshape(weight.shape[0], -1)


def power_method(matrix, u, v, n: int, eps: float) -> None:
    """Bring the unit vectors `u` and `v`, in place, nearer to the first left and right singular ones."""
    with no_grad():
        for _ in range(n):
            write_silently(u, normalize(mv(matrix, v), dim=0, eps=eps)._array)
            write_silently(v, normalize(mv(matrix.T, u), dim=0, eps=eps)._array)


def first_vectors(matrix, eps: float, n: int) -> tuple:
    """Random unit vectors after `n` steps of the power method."""
    with no_grad():
        u, v = (normalize(randn(size, dtype=matrix.dtype), dim=0, eps=eps) for size in matrix.shape)
    power_method(matrix, u, v, n, eps)
    return u, v


def over_spectral_norm(weight, matrix, u, v):
    """The weight over uᵀ W v. The vectors are copied: later steps write into them."""
    return weight / dot(u.detach().clone(), mv(matrix, v.detach().clone()))


def spectral_dim(module: Module, dim: int | None) -> int:
    """The axis of a weight that counts outputs."""
    return (1 if isinstance(module, _ConvTranspose) else 0) if dim is None else dim


class _SpectralNorm(Module):
    def __init__(self, weight, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12):
        super().__init__()
        ndim = len(weight.shape)
        if not -ndim <= dim < ndim:
            raise IndexError(f"[spectral_norm] `dim` (={dim}) must lie in {-ndim} … {ndim - 1}")
        if n_power_iterations <= 0:
            raise ValueError(f"[spectral_norm] `n_power_iterations` (={n_power_iterations}) must be positive")
        self.dim, self.eps, self.n_power_iterations = dim % ndim, eps, n_power_iterations
        if ndim > 1:
            u, v = first_vectors(as_matrix(weight.detach(), self.dim), eps, 15)
            self.register_buffer("_u", u)
            self.register_buffer("_v", v)

    def forward(self, weight):
        if len(weight.shape) == 1:
            return normalize(weight, dim=0, eps=self.eps)
        matrix = as_matrix(weight, self.dim)
        if self.training:
            power_method(matrix.detach(), self._u, self._v, self.n_power_iterations, self.eps)
        return over_spectral_norm(weight, matrix, self._u, self._v)

    def right_inverse(self, value):
        return value


def spectral_norm(
    module: Module, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> Module:
    """Divide a weight by its spectral norm, the largest singular value of the matrix whose rows are its outputs.

    The norm is uᵀ W v with singular vectors that a power method follows, a step each time that the weight is asked
    for in training mode.

    Parameters
    ----------
    module : Module
    name : str
    n_power_iterations : int
        Steps each time.
    eps : float
        Vectors are divided by no less than this.
    dim : int, optional
        The axis of the outputs: 0, and 1 for transposed convolutions, if None.

    Notes
    -----
    Miyato et al.: Spectral normalization for generative adversarial networks; arXiv:1802.05957.
    """
    weight = getattr(module, name, None)
    if weight is None:
        raise ValueError(f"[spectral_norm] `name` (={name!r}) must name a parameter of {type(module).__name__}")
    norm = _SpectralNorm(weight, n_power_iterations, spectral_dim(module, dim), eps)
    return register_parametrization(module, name, norm)
