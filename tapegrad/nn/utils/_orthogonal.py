"""Weights with orthonormal columns, or rows, as a parametrization."""

from ..._creation import eye, zeros_like
from ..._dtypes import finfo
from ..._random import randn
from ..._tape import Tensor
from ...ops.join import cat
from ..module import Module
from .parametrize import register_parametrization

MAPS = ("matrix_exp", "cayley", "householder")


class _Orthogonal(Module):
    def __init__(self, weight, orthogonal_map: str, *, use_trivialization: bool = True):
        super().__init__()
        if weight.is_complex() and orthogonal_map == "householder":
            raise ValueError("[orthogonal] `orthogonal_map` (='householder') does not support complex tensors")
        self.shape, self.orthogonal_map, self.use_trivialization = weight.shape, orthogonal_map, use_trivialization
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, weight):
        wide = weight.shape[-2] < weight.shape[-1]
        x = weight.mT if wide else weight  # (…, N, K), N ≥ K
        q = _reflected(x) if self.orthogonal_map == "householder" else self._rotated(x)
        if self.use_trivialization and self.base is not None:
            q = self.base @ q
        return q.mT if wide else q

    def _rotated(self, x):
        """The first columns of what a skew-Hermitian matrix with `x` below its diagonal maps to."""
        n, k = x.shape[-2:]
        x = x.tril()
        if n > k:
            x = cat([x, x.new_zeros(*x.shape[:-1], n - k)], -1)
        a = x - x.mH  # (…, N, N)
        if self.orthogonal_map == "matrix_exp":
            q = a.matrix_exp()
        else:
            from ...ops.solve import solve  # families that networks seldom need load on first use

            one = eye(n, dtype=a.dtype)
            q = solve(one - 0.5 * a, one + 0.5 * a)
        return q[..., :k] if n > k else q

    def right_inverse(self, value):
        if value.shape != self.shape:
            raise ValueError(f"[orthogonal] the value (shape {value.shape}) must have the shape {self.shape}")
        wide = value.shape[-2] < value.shape[-1]
        q = value.mT if wide else value
        if not self.use_trivialization:
            if self.orthogonal_map != "householder":
                raise NotImplementedError(
                    f"[orthogonal] with `orthogonal_map` (={self.orthogonal_map!r}) and without trivialization, no "
                    "value can be assigned"
                )
            x = _reflectors(q)
            return x.mT if wide else x
        n, k = q.shape[-2:]
        if n > k:
            q = _orthonormal(cat([q, randn(*q.shape[:-1], n - k, dtype=q.real.dtype).to(q.dtype)], -1))
        else:
            q = q.clone() if _is_orthogonal(q) else _orthonormal(q)
        self.base = q
        start = zeros_like(value)
        start.diagonal(0, -2, -1).fill_(-1)  # what every map takes to the identity: householder's signs are here
        return start


def _reflected(x):
    """The product of the reflections below the diagonal of `x`, columns times the signs on it."""
    v = x.tril(-1)
    tau = 2.0 / (1.0 + (v * v).sum(-2))
    return v.orgqr(tau) * x.detach().diagonal(0, -2, -1).int().unsqueeze(-2)


def _reflectors(q):
    """The `x` that `_reflected` takes to the orthonormal factor of `q`."""
    x, tau = q.geqrf()
    signs = x.diagonal(0, -2, -1)
    signs.sign_()
    signs[tau == 0] *= -1  # where nothing is reflected
    return x


def _orthonormal(a):
    """The factor Q of A = Q R, the diagonal of R not negative."""
    x, tau = a.geqrf()
    return x.orgqr(tau) * x.diagonal(0, -2, -1).sgn().unsqueeze(-2)


def _is_orthogonal(q) -> bool:
    n, k = q.shape[-2:]
    return (q.mH @ q).allclose(eye(k, dtype=q.dtype), atol=10.0 * n * float(finfo(q.dtype).eps))


def orthogonal(
    module: Module, name: str = "weight", orthogonal_map: str | None = None, *, use_trivialization: bool = True
) -> Module:
    """Keep the columns of a weight (…, M, N) orthonormal, or its rows if M < N.

        Q = exp(A)   or   (1 - A/2)⁻¹ (1 + A/2),   A = X - Xᴴ,   or   H₁ H₂ … H_N,   Hᵢ = 1 - 2 vᵢ vᵢᵀ / ‖vᵢ‖²

    What is trained is X below the diagonal, any numbers; vᵢ is column i of it, with a 1 above.

    Parameters
    ----------
    module : Module
    name : str
    orthogonal_map : {"matrix_exp", "cayley", "householder"}, optional
        If None "matrix_exp" for square and for complex matrices, else "householder", which takes real ones alone.
    use_trivialization : bool
        The weight is B Q, with a constant orthogonal B, a buffer.

    Returns
    -------
    Module
        The module; X is `parametrizations.weight.original`, B `parametrizations.weight[0].base`.

    Raises
    ------
    ValueError
        If there is no such weight, it is no matrix, or there is no such map; nothing has changed then.
    NotImplementedError
        When a value is assigned to a weight of "matrix_exp" or "cayley" without trivialization.

    Notes
    -----
    The weight begins, and goes on when a value is assigned to it, as what it is if that is orthogonal, else as the
    factor Q of its QR decomposition. "matrix_exp" and "cayley" without trivialization cannot: they map the weight.

    Lezcano-Casado: Trivializations for gradient-based optimization on manifolds; NeurIPS 2019.
    """
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(
            f"[orthogonal] `name` (={name!r}) must name a parameter or a buffer of {type(module).__name__}"
        )
    if weight.ndim < 2:
        raise ValueError(f"[orthogonal] the weight (shape {weight.shape}) must be a matrix, or a batch of matrices")
    if orthogonal_map is None:
        square = weight.shape[-2] == weight.shape[-1]
        orthogonal_map = "matrix_exp" if square or weight.is_complex() else "householder"
    if orthogonal_map not in MAPS:
        raise ValueError(f"[orthogonal] `orthogonal_map` (={orthogonal_map!r}) must be one of {', '.join(MAPS)}")
    how = _Orthogonal(weight, orthogonal_map, use_trivialization=use_trivialization)
    return register_parametrization(module, name, how, unsafe=True)
