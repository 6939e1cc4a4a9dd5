"""Keeping gradients small, in place."""

import math
from collections.abc import Iterable

from numpy import multiply

from ... import kernels
from ..._creation import zeros
from ..._tape import Tensor, log_write, no_grad
from ...ops.join import stack
from ...ops.norm import vector_norm
from ...ops.selection import clamp


def get_total_norm(
    tensors: Tensor | Iterable[Tensor],
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """The norm of all elements of `tensors`, as if they were one vector.

        ‖g‖ = (Σ |gᵢ|ᵖ)^(1/p),   the largest |gᵢ| for p = ∞

    Parameters
    ----------
    tensors : Tensor or iterable of Tensors
    norm_type : float
        p.
    error_if_nonfinite : bool
    foreach : bool, optional
        Taken for PyTorch's sake; changes nothing.

    Raises
    ------
    RuntimeError
        If `error_if_nonfinite` and the norm is infinite or NaN.
    """
    tensors = [tensors] if isinstance(tensors, Tensor) else list(tensors)
    norm_type = float(norm_type)
    if not tensors:
        return zeros(())
    total = vector_norm(stack([vector_norm(t, norm_type) for t in tensors]), norm_type)
    if error_if_nonfinite and not math.isfinite(total.item()):
        raise RuntimeError(
            f"[clip_grad_norm_] the total norm of order {norm_type} of the gradients is {total.item()}, so they cannot "
            "be clipped; `error_if_nonfinite=False` scales by it anyway"
        )
    return total


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scale the gradients of all parameters so that together they are no longer than `max_norm`.

        g ← g · min(1, max_norm / (‖g‖ + 10⁻⁶)),   ‖g‖ the norm of all elements of all gradients

    Parameters
    ----------
    parameters : Tensor or iterable of Tensors
        Those without a gradient are left out.
    max_norm : float
    norm_type : float
        2 by default; ∞ is the largest absolute value.
    error_if_nonfinite : bool
    foreach : bool, optional
        Taken for PyTorch's sake; changes nothing.

    Returns
    -------
    Tensor, ()
        ‖g‖ before scaling.

    Raises
    ------
    RuntimeError
        If `error_if_nonfinite` and ‖g‖ is infinite or NaN; nothing has changed then.
    """
    parameters = _listed(parameters)
    with no_grad():
        total = get_total_norm(_grads(parameters), norm_type, error_if_nonfinite)
    clip_grads_with_norm_(parameters, max_norm, total)
    return total


def clip_grads_with_norm_(
    parameters: Tensor | Iterable[Tensor], max_norm: float, total_norm: Tensor, foreach: bool | None = None
) -> None:
    """Scale the gradients of all parameters by min(1, max_norm / (total_norm + 10⁻⁶)): `clip_grad_norm_`'s second half.

    Parameters
    ----------
    parameters : Tensor or iterable of Tensors
    max_norm : float
    total_norm : Tensor, ()
        As from `get_total_norm`.
    foreach : bool, optional
        Taken for PyTorch's sake; changes nothing.
    """
    with no_grad():
        scale = clamp(float(max_norm) / (total_norm + 1e-6), max=1.0)
    if scale.item() == 1.0:
        return
    for g in _grads(_listed(parameters)):
        log_write(g._array)
        multiply(g._array, scale._array, out=g._array)


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float, foreach: bool | None = None) -> None:
    """Limit every element of the gradients of all parameters to [-clip_value, clip_value].

    Parameters
    ----------
    parameters : Tensor or iterable of Tensors
    clip_value : float
    foreach : bool, optional
        Taken for PyTorch's sake; changes nothing.

    Raises
    ------
    RuntimeError
        If a gradient is complex; nothing has changed then.
    """
    limit, grads = float(clip_value), _grads(_listed(parameters))
    if any(g._dtype.kind == "c" for g in grads):
        raise RuntimeError("[clip_grad_value_] complex gradients have no order: clip their norm")
    for g in grads:
        log_write(g._array)
        kernels.limit(g._array, limit)


def _listed(parameters: Tensor | Iterable[Tensor]) -> list[Tensor]:
    return [parameters] if isinstance(parameters, Tensor) else list(parameters)


def _grads(parameters: list[Tensor]) -> list[Tensor]:
    return [g for p in parameters if (g := p.grad) is not None]
