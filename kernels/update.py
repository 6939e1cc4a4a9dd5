"""Steps of optimisers: parameters and what the optimiser remembers of them change in place, in one pass."""

from ._backend import serve


def sgd(p, g, rate, decay=0.0):
    """Descend.

        p ← p - rate (g + decay p)

    Parameters
    ----------
    p, g : array, floating
        Parameter and gradient, of one shape and dtype; `p` is written.
    rate, decay : float

    Raises
    ------
    ValueError
        If shapes or dtypes differ, or `p` is read-only; nothing has changed then.
    """
    _check("sgd", p, g)
    serve("update", p, g).sgd(p, g, rate, decay)


def momentum(p, g, b, rate, factor, dampening=0.0, decay=0.0, nesterov=False):
    """Descend in the direction of a running sum of gradients.

        g ← g + decay p
        b ← factor b + (1 - dampening) g
        p ← p - rate (g + factor b if nesterov else b)

    Parameters
    ----------
    p, g, b : array, floating
        Parameter, gradient, sum; `p` and `b` are written.
    rate, factor, dampening, decay : float
    nesterov : bool

    Raises
    ------
    ValueError
        As for `sgd`.
    """
    _check("momentum", p, g, b=b)
    serve("update", p, g, b).momentum(p, g, b, rate, factor, dampening, decay, nesterov)


def adam(p, g, m, v, step, rate, beta1, beta2, eps, decay=0.0, shrink=1.0, largest=None):
    """Descend in units of the gradient's own root mean square.

        p ← shrink p,   g ← g + decay p
        m ← m + (1 - β₁) (g - m)
        v ← β₂ v + (1 - β₂) g²
        p ← p - rate / (1 - β₁ᵗ) · m / (√v / √(1 - β₂ᵗ) + ε),   t = step

    Parameters
    ----------
    p, g, m, v : array, floating
        Parameter, gradient, running means; `p`, `m`, `v` are written.
    step : int
        1 in the first step.
    rate, beta1, beta2, eps, decay, shrink : float
        `decay` is Adam's (in the gradient), `shrink` = 1 - rate λ that of AdamW.
    largest : array, optional
        The largest v so far (AMSGrad), written; it stands for v in the last line.

    Raises
    ------
    ValueError
        As for `sgd`.

    Notes
    -----
    Kingma, Ba: Adam: A method for stochastic optimization; ICLR 2015. Loshchilov, Hutter: Decoupled weight decay
    regularization; ICLR 2019.
    """
    if largest is None:
        _check("adam", p, g, m=m, v=v)
    else:
        _check("adam", p, g, m=m, v=v, largest=largest)
    module = serve("update", p, g, m, v, largest)
    module.adam(p, g, m, v, step, rate, beta1, beta2, eps, decay, shrink, largest)


def _check(op, p, g, **state):
    """Raise unless all are alike and what is written can be."""
    shape, dtype = p.shape, p.dtype
    if g.shape != shape or g.dtype != dtype:
        raise ValueError(_unlike(op, "g", g, p))
    for name, array in state.items():
        if array.shape != shape or array.dtype != dtype:
            raise ValueError(_unlike(op, name, array, p))
        if not array.flags.writeable:
            raise ValueError(f"[{op}] `{name}` is read-only and must be written")
    if not p.flags.writeable:
        raise ValueError(f"[{op}] `p` is read-only and must be written")


def _unlike(op, name, array, p):
    return f"[{op}] `{name}` (shape {array.shape}, dtype {array.dtype}) must be like `p` ({p.shape}, {p.dtype})"
