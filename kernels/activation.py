"""Activations and the error function: smooth functions of single elements that NumPy lacks.

They take floating arrays and keep their dtype, let NaN through and answer infinities with the limit. Nothing warns:
what overflows on the way does not overflow in the answer.
"""

from ._backend import serve


def sigmoid(x):
    """Logistic function, without overflow and exact in both tails.

        y = 1 / (1 + e⁻ˣ)

    Parameters
    ----------
    x : array, floating

    Raises
    ------
    TypeError
        If `x` is not floating.

    Notes
    -----
    Within 3.5 units in the last place, subnormal answers included.
    """
    _floating("sigmoid", x)
    return serve("activation", x).sigmoid(x)


def softplus(x, beta=1.0, threshold=20.0):
    """Smooth rectifier.

        y = log(1 + e^(β x)) / β,   or x where β x > threshold

    Parameters
    ----------
    x : array, floating
    beta : float
        Not zero.
    threshold : float
        The function is linear above it, as in PyTorch.

    Raises
    ------
    TypeError
        If `x` is not floating.
    ValueError
        If `beta` is zero.

    Notes
    -----
    Within 4 units in the last place for β = 1, subnormal answers included.
    """
    _floating("softplus", x)
    if beta == 0:
        raise ValueError(f"[softplus] `beta` (={beta}) must not be zero")
    return serve("activation", x).softplus(x, beta, threshold)


def erf(x):
    """Error function.

        y = 2/√π ∫₀ˣ e^(-t²) dt

    Parameters
    ----------
    x : array, floating

    Raises
    ------
    TypeError
        If `x` is not floating.

    Notes
    -----
    Within 2.5 units in the last place.
    """
    _floating("erf", x)
    return serve("activation", x).erf(x)


def erfc(x):
    """Complementary error function 1 - erf(x), exact in the tail.

    Parameters
    ----------
    x : array, floating

    Raises
    ------
    TypeError
        If `x` is not floating.

    Notes
    -----
    Within 8 units in the last place, subnormal answers included.
    """
    _floating("erfc", x)
    return serve("activation", x).erfc(x)


def gelu(x, approximate="none"):
    """Gaussian error linear unit.

        none:  y = x Φ(x) = x/2 · erfc(-x/√2)
        tanh:  y = x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³)))

    Parameters
    ----------
    x : array, floating
    approximate : {"none", "tanh"}

    Raises
    ------
    TypeError
        If `x` is not floating.
    ValueError
        If `approximate` is neither of the two.

    Notes
    -----
    The answer at -∞ is the limit, 0 (PyTorch: NaN). Within 7 units in the last place, subnormal answers included; with
    "tanh" the answer is exact up to the rounding of the argument of tanh.
    """
    _floating("gelu", x)
    if approximate not in ("none", "tanh"):
        raise ValueError(f"[gelu] `approximate` (={approximate!r}) must be 'none' or 'tanh'")
    return serve("activation", x).gelu(x, approximate)


def silu(x):
    """Sigmoid linear unit, also called swish.

        y = x / (1 + e⁻ˣ)

    Parameters
    ----------
    x : array, floating

    Raises
    ------
    TypeError
        If `x` is not floating.

    Notes
    -----
    The answer at -∞ is the limit, 0 (PyTorch: NaN). Within 4 units in the last place, subnormal answers included.
    """
    _floating("silu", x)
    return serve("activation", x).silu(x)


def _floating(op, x):
    if x.dtype.kind != "f":
        raise TypeError(f"[{op}] `x` (dtype {x.dtype}) must be floating")
