"""Steps of optimisers: parameters and what the optimiser remembers of them change in place, in one pass."""

from ._alike import check
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
    check("sgd", p, g)
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
    check("momentum", p, g, b=b)
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
    check("adam", p, g, m=m, v=v, largest=largest)
    module = serve("update", p, g, m, v, largest)
    module.adam(p, g, m, v, step, rate, beta1, beta2, eps, decay, shrink, largest)


def asgd(p, g, a, rate, shrink=1.0, share=1.0, decay=0.0):
    """Descend, and average where that leads.

        g ← g + decay p
        p ← shrink p - rate g
        a ← a + share (p - a)

    Parameters
    ----------
    p, g, a : array, floating
        Parameter, gradient, average; `p` and `a` are written.
    rate, shrink, share, decay : float

    Raises
    ------
    ValueError
        As for `sgd`.

    Notes
    -----
    Polyak, Juditsky: Acceleration of stochastic approximation by averaging; SIAM J. Control Optim. 30 (1992).
    """
    check("asgd", p, g, a=a)
    serve("update", p, g, a).asgd(p, g, a, rate, shrink, share, decay)


def limit(g, most):
    """Limit every element of a gradient.

        g ← min(max(g, -most), most)

    Parameters
    ----------
    g : array, floating
        Written.
    most : float

    Raises
    ------
    ValueError
        If `g` is read-only.
    """
    if not g.flags.writeable:
        raise ValueError("[limit] `g` is read-only and must be written")
    serve("update", g).limit(g, most)


def lion(p, g, m, rate, beta1, beta2, shrink=1.0):
    """Descend by the sign of the mean gradient.

        p ← shrink p - rate sign(β₁ m + (1 - β₁) g)
        m ← β₂ m + (1 - β₂) g

    Parameters
    ----------
    p, g, m : array, floating
        Parameter, gradient, running mean; `p` and `m` are written.
    rate, beta1, beta2, shrink : float

    Raises
    ------
    ValueError
        As for `sgd`.

    Notes
    -----
    Chen et al.: Symbolic discovery of optimization algorithms; NeurIPS 2023.
    """
    check("lion", p, g, m=m)
    serve("update", p, g, m).lion(p, g, m, rate, beta1, beta2, shrink)


def rprop(p, g, before, size, shrink, grow, smallest, largest):
    """Descend by the sign of the gradient, in steps that grow while it stays the same.

        size ← size · (grow if g·before > 0, shrink if g·before < 0, else 1), within [smallest, largest]
        g ← 0 where g·before < 0
        p ← p - sign(g) size,   before ← g

    Parameters
    ----------
    p, g, before, size : array, floating
        Parameter, gradient, that of the step before, sizes of steps; all but `g` are written.
    shrink, grow, smallest, largest : float

    Raises
    ------
    ValueError
        As for `sgd`.

    Notes
    -----
    Riedmiller, Braun: A direct adaptive method for faster backpropagation learning: the RPROP algorithm; ICNN 1993.
    """
    check("rprop", p, g, before=before, size=size)
    serve("update", p, g, before, size).rprop(p, g, before, size, shrink, grow, smallest, largest)
