"""Activations and the error function: smooth functions of single elements that NumPy lacks, and gradients in one pass.

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
    _inexact("sigmoid", x)
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
    _inexact("silu", x)
    return serve("activation", x).silu(x)


def sigmoid_grad(g, y):
    """Cotangent of the argument of a sigmoid with the answer `y`; also its tangent.

        gx = g (1 - y) y

    Parameters
    ----------
    g, y : array, floating
        Broadcast against each other.

    Raises
    ------
    TypeError
        If `y` is not floating.
    """
    _inexact("sigmoid_grad", y, "y")
    return serve("activation", g, y).sigmoid_grad(g, y)


def silu_grad(g, x):
    """Cotangent of the argument of a silu; also its tangent.

        gx = g s (1 + x (1 - s)),   s = sigmoid(x)

    Parameters
    ----------
    g, x : array, floating
        Broadcast against each other.

    Raises
    ------
    TypeError
        If `x` is not floating.
    """
    _inexact("silu_grad", x)
    return serve("activation", g, x).silu_grad(g, x)


def gelu_grad(g, x, approximate="none"):
    """Cotangent of the argument of a gelu; also its tangent.

        gx = g (Φ(x) + x Φ'(x)),   Φ itself or its approximation by tanh

    Parameters
    ----------
    g, x : array, floating
        Broadcast against each other.
    approximate : {"none", "tanh"}

    Raises
    ------
    TypeError
        If `x` is not floating.
    ValueError
        If `approximate` is neither of the two.
    """
    _floating("gelu_grad", x)
    if approximate not in ("none", "tanh"):
        raise ValueError(f"[gelu_grad] `approximate` (={approximate!r}) must be 'none' or 'tanh'")
    return serve("activation", g, x).gelu_grad(g, x, approximate)


def softplus_grad(g, x, beta=1.0, threshold=20.0):
    """Cotangent of the argument of a softplus; also its tangent.

        gx = g sigmoid(β x),   or g where β x > threshold

    Parameters
    ----------
    g, x : array, floating
        Broadcast against each other.
    beta, threshold : float
        As for `softplus`.

    Raises
    ------
    TypeError
        If `x` is not floating.
    """
    _floating("softplus_grad", x)
    return serve("activation", g, x).softplus_grad(g, x, beta, threshold)


def _inexact(op, x, name="x"):
    if x.dtype.kind not in "fc":
        raise TypeError(f"[{op}] `{name}` (dtype {x.dtype}) must be floating or complex")


def _floating(op, x, name="x"):
    if x.dtype.kind != "f":
        raise TypeError(f"[{op}] `{name}` (dtype {x.dtype}) must be floating")
