"""`gradcheck` and `gradgradcheck` with PyTorch's arguments, meanings and messages."""

import warnings
from typing import NamedTuple

import numpy as np

from .._tape import Tensor
from ._differences import coordinates, differences, element, normal, unit
from ._maps import Gradient, Operation
from ._trace import Map, Trace, tracked


class GradcheckError(RuntimeError):
    """A derivative that `gradcheck` or `gradgradcheck` found wrong."""


class _How(NamedTuple):
    eps: float
    atol: float
    rtol: float
    nondet_tol: float
    check_undefined_grad: bool
    check_grad_dtypes: bool
    forward: bool
    backward: bool
    fast_mode: bool


def gradcheck(
    func,
    inputs,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
) -> bool:
    """Compare the Jacobians of a function with central differences: |analytical - numerical| ≤ atol + rtol·|numerical|.

    Parameters
    ----------
    func : callable
        Takes the inputs, returns a Tensor or a tuple of Tensors. It is called inside a tape.
    inputs : Tensor or tuple
        Those with `requires_grad` are checked, on copies; the others are passed on.
    eps : float
        The step of the differences.
    atol, rtol : float
    raise_exception : bool
        Raise when something is wrong; if False, return False.
    nondet_tol : float
        How far two sweeps with the same cotangent may differ.
    check_undefined_grad : bool
        Also sweep from each output alone, the others without a cotangent.
    check_grad_dtypes : bool
        Also demand that gradients have the dtypes of their inputs.
    check_forward_ad, check_backward_ad : bool
        Which modes to check.
    fast_mode : bool
        Compare along one random direction instead of every column.

    Returns
    -------
    bool

    Raises
    ------
    GradcheckError
        (a RuntimeError) naming the output, the input and the elements, with both Jacobians.
    ValueError
        If no input requires grad, or no mode is asked for.

    Examples
    --------
    >>> import tapegrad as tg
    >>> from tapegrad.testing import gradcheck
    >>> x = tg.tensor([1.0, 2.0], dtype=tg.float64, requires_grad=True)
    >>> gradcheck(lambda x: x * x, x)
    True
    """
    if not check_forward_ad and not check_backward_ad:
        raise ValueError("Expected at least one of check_forward_ad or check_backward_ad to be True")
    how = _How(eps, atol, rtol, nondet_tol, check_undefined_grad, check_grad_dtypes,
               check_forward_ad, check_backward_ad, fast_mode)  # fmt: skip
    function, at = _function("gradcheck", func, inputs)
    return _answer(function, function.arrays, at, how, raise_exception)


def gradgradcheck(
    func,
    inputs,
    grad_outputs=None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
) -> bool:
    """Compare second derivatives with central differences of gradients: `gradcheck` of (g, x) ↦ J(x)ᵀ·g.

    Parameters
    ----------
    func, inputs, eps, atol, rtol, raise_exception, nondet_tol, check_undefined_grad, check_grad_dtypes, fast_mode
        As for `gradcheck`.
    grad_outputs : Tensor or tuple of Tensors, optional
        The cotangents g; random if None.
    gen_non_contig_grad_outputs : bool
        Lay random cotangents out with gaps.
    check_fwd_over_rev, check_rev_over_rev : bool
        Which mode sweeps over the gradient.

    Returns
    -------
    bool

    Raises
    ------
    GradcheckError, ValueError
        As for `gradcheck`.

    Examples
    --------
    >>> import tapegrad as tg
    >>> from tapegrad.testing import gradgradcheck
    >>> x = tg.tensor([1.0, 2.0], dtype=tg.float64, requires_grad=True)
    >>> gradgradcheck(lambda x: x * x * x, x)
    True
    """
    if not check_fwd_over_rev and not check_rev_over_rev:
        raise ValueError("Expected at least one of check_fwd_over_rev or check_rev_over_rev to be True")
    how = _How(eps, atol, rtol, nondet_tol, check_undefined_grad, check_grad_dtypes,
               check_fwd_over_rev, check_rev_over_rev, fast_mode)  # fmt: skip
    function, at = _function("gradgradcheck", func, inputs)
    if grad_outputs is None:
        cotangents = [_random(y) for y in Trace(function, function.arrays, at).values()]
        if gen_non_contig_grad_outputs:
            cotangents = [np.stack([g, g], axis=-1)[..., 0] for g in cotangents]
    else:
        given = grad_outputs if isinstance(grad_outputs, (list, tuple)) else (grad_outputs,)
        cotangents = [g._array for g in given]
    m = len(cotangents)
    gradient = Gradient(function, m, at)
    return _answer(gradient, [*cotangents, *function.arrays], [*range(m), *(m + i for i in at)], how, raise_exception)


def _function(who: str, func, inputs) -> tuple[Operation, list[int]]:
    """The function of its Tensor inputs, and which of them require grad."""
    inputs = inputs if isinstance(inputs, (list, tuple)) else (inputs,)
    places = [i for i, x in enumerate(inputs) if isinstance(x, Tensor)]

    def of_tensors(*tensors):
        args = list(inputs)
        for i, x in zip(places, tensors, strict=True):
            args[i] = x
        return func(*args)

    function = Operation(of_tensors, tuple(inputs[i] for i in places), {})
    function.names = [f"input {i}" for i in places]
    at = [k for k, i in enumerate(places) if tracked(inputs[i])]
    if not at:
        raise ValueError(
            f"{who} expects at least one input tensor to require gradient, but none of them have requires_grad=True."
        )
    for k in at:
        if function.arrays[k].dtype not in (np.float64, np.complex128):
            warnings.warn(
                f"Input #{places[k]} requires gradient and is not a double precision floating point or complex. This "
                "check will likely fail if all the inputs are not of double precision floating point or complex.",
                stacklevel=3,
            )
    return function, at


def _random(like: np.ndarray) -> np.ndarray:
    return normal(np.random.default_rng(like.size), like)


def _answer(function: Map, arrays, at, how: _How, raise_exception: bool) -> bool:
    try:
        _check(function, arrays, at, how)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def _check(function: Map, arrays, at, how: _How) -> None:
    trace = Trace(function, arrays, at)
    outputs = trace.values()
    for n, i in enumerate(at):
        x = arrays[i]
        size = coordinates(x).size
        directions = [_random(x)] if how.fast_mode else [unit(x, c) for c in range(size)]
        columns = [differences(function, arrays, [i], [t], how.eps) for t in directions]
        numerical = [_stacked([column[k] for column in columns], y) for k, y in enumerate(outputs)]
        if how.backward:
            for k, y in enumerate(outputs):
                pulled = _pulled(trace, outputs, k, n, x)
                analytical = np.stack([coordinates(t) for t in directions]) @ pulled if directions else pulled
                _compare("Jacobian mismatch", function, i, x, k, y, numerical[k], analytical, how)
        if how.forward:
            zeros = [np.zeros_like(arrays[j]) for j in at]
            pushed = [trace.forward([*zeros[:n], t, *zeros[n + 1 :]]) for t in directions]
            for k, y in enumerate(outputs):
                analytical = _stacked([column[k] for column in pushed], y)
                what = "Jacobian computed with forward mode mismatch"
                _compare(what, function, i, x, k, y, numerical[k], analytical, how)
    if how.backward:
        _check_sweeps(trace, function, arrays, at, how)


def _stacked(columns: list[np.ndarray], y: np.ndarray) -> np.ndarray:
    """A Jacobian with one row for each direction."""
    return np.stack([coordinates(c) for c in columns]) if columns else np.zeros((0, coordinates(y).size))


def _pulled(trace: Trace, outputs, k: int, n: int, x: np.ndarray) -> np.ndarray:
    """The Jacobian of output k in tracked input n by reverse sweeps, one for each element of the output."""
    zeros = [np.zeros_like(y) for y in outputs]
    size = coordinates(outputs[k]).size
    columns = [trace.reverse([*zeros[:k], unit(outputs[k], c), *zeros[k + 1 :]])[n] for c in range(size)]
    empty = np.zeros_like(x)
    return (
        np.stack([coordinates(empty if c is None else c) for c in columns], axis=1)
        if columns
        else np.zeros((x.size, 0))
    )


def _compare(what, function, i, x, k, y, numerical, analytical, how: _How) -> None:
    excess = np.abs(analytical - numerical) - (how.atol + how.rtol * np.abs(numerical))
    if excess.size == 0 or np.all(excess <= 0):
        return
    row, column = divmod(int(np.argmax(np.where(np.isnan(excess), np.inf, excess))), excess.shape[1])
    where = "along a random direction" if how.fast_mode else f"at {element(x, row)} of the input"
    raise GradcheckError(
        f"{what} for output {k} with respect to {function.names[i]},\n"
        f"numerical:{numerical}\nanalytical:{analytical}\n"
        f"furthest apart {where} and {element(y, column)} of the output: "
        f"numerical {numerical[row, column]:.10g}, analytical {analytical[row, column]:.10g}"
    )


def _check_sweeps(trace: Trace, function, arrays, at, how: _How) -> None:
    """Sweeps that must agree with each other, and the dtypes of what they find."""
    outputs = trace.values()
    cotangents = [_random(y) for y in outputs]
    found = trace.reverse(cotangents)
    for i, first, second in zip(at, found, trace.reverse(cotangents), strict=True):
        if first is None or second is None:
            continue
        if not np.all(np.abs(coordinates(first) - coordinates(second)) <= how.nondet_tol):
            raise GradcheckError(
                f"Backward is not reentrant for {function.names[i]}, i.e., running backward with same input and "
                "grad_output multiple times gives different values, although analytical gradient matches numerical "
                f"gradient. The tolerance for nondeterminism was {how.nondet_tol}."
            )
        if how.check_grad_dtypes and first.dtype != arrays[i].dtype:
            raise GradcheckError(
                f"Gradient for {function.names[i]} has dtype {first.dtype}, the input has {arrays[i].dtype}"
            )
    if how.check_undefined_grad and len(outputs) > 1:
        for k in range(len(outputs)):
            alone = trace.reverse([g if m == k else None for m, g in enumerate(cotangents)])
            others = trace.reverse([g if m == k else np.zeros_like(g) for m, g in enumerate(cotangents)])
            for i, a, b in zip(at, alone, others, strict=True):
                a, b = (np.zeros_like(arrays[i]) if v is None else v for v in (a, b))
                if not np.allclose(a, b, how.rtol, how.atol, equal_nan=True):
                    raise GradcheckError(
                        f"Expected backward function to handle undefined output grads: the gradient of "
                        f"{function.names[i]} from output {k} alone differs from that with zeros for the other outputs"
                    )
