"""Steps of optimisers in units of the gradient's size so far; arrays change in place, in one pass."""

from ._alike import check
from ._backend import serve


def adagrad(p, g, s, rate, eps, decay=0.0):
    """Divide by the root of the sum of all squares so far.

        g ← g + decay p
        s ← s + g²
        p ← p - rate g / (√s + eps)

    Parameters
    ----------
    p, g, s : array, floating
        Parameter, gradient, sum of squares, of one shape and dtype; `p` and `s` are written.
    rate, eps, decay : float

    Raises
    ------
    ValueError
        If shapes or dtypes differ, or what is written is read-only; nothing has changed then.

    Notes
    -----
    Duchi, Hazan, Singer: Adaptive subgradient methods for online learning and stochastic optimization; JMLR 12 (2011).
    """
    check("adagrad", p, g, s=s)
    serve("update_scaled", p, g, s).adagrad(p, g, s, rate, eps, decay)


def adadelta(p, g, s, d, rate, rho, eps, decay=0.0):
    """Divide by the root mean square, and multiply by that of the steps so far.

        g ← g + decay p
        s ← ρ s + (1 - ρ) g²
        δ = √(d + eps) / √(s + eps) · g
        d ← ρ d + (1 - ρ) δ²
        p ← p - rate δ

    Parameters
    ----------
    p, g, s, d : array, floating
        Parameter, gradient, mean squares of gradients and of steps; all but `g` are written.
    rate, rho, eps, decay : float

    Raises
    ------
    ValueError
        As for `adagrad`.

    Notes
    -----
    Zeiler: ADADELTA: An adaptive learning rate method; arXiv 1212.5701 (2012).
    """
    check("adadelta", p, g, s=s, d=d)
    serve("update_scaled", p, g, s, d).adadelta(p, g, s, d, rate, rho, eps, decay)


def rmsprop(p, g, s, m, b, rate, alpha, eps, decay=0.0, factor=0.0):
    """Divide by the root mean square, or the standard deviation.

        g ← g + decay p
        s ← α s + (1 - α) g²
        m ← m + (1 - α) (g - m)
        b ← factor b + g / (√(s - m²) + eps)
        p ← p - rate b

    Parameters
    ----------
    p, g, s : array, floating
        Parameter, gradient, mean square; `p` and `s` are written.
    m, b : array, or None
        Mean and running sum, written; None: zero.
    rate, alpha, eps, decay, factor : float

    Raises
    ------
    ValueError
        As for `adagrad`.

    Notes
    -----
    Tieleman, Hinton: Lecture 6.5, RMSProp; Coursera (2012). Graves: Generating sequences with recurrent neural
    networks; arXiv 1308.0850 (2013), with `m`.
    """
    check("rmsprop", p, g, s=s, m=m, b=b)
    serve("update_scaled", p, g, s, m, b).rmsprop(p, g, s, m, b, rate, alpha, eps, decay, factor)


def adamax(p, g, m, u, rate, beta1, beta2, eps, decay=0.0):
    """Divide the mean gradient by the largest of late.

        g ← g + decay p
        m ← m + (1 - β₁) (g - m)
        u ← max(β₂ u, |g| + eps)
        p ← p - rate m / u

    Parameters
    ----------
    p, g, m, u : array, floating
        Parameter, gradient, mean, largest absolute value; all but `g` are written.
    rate, beta1, beta2, eps, decay : float
        `rate` is corrected for the bias of m.

    Raises
    ------
    ValueError
        As for `adagrad`.

    Notes
    -----
    Kingma, Ba: Adam: A method for stochastic optimization; ICLR 2015, section 7.
    """
    check("adamax", p, g, m=m, u=u)
    serve("update_scaled", p, g, m, u).adamax(p, g, m, u, rate, beta1, beta2, eps, decay)


def nadam(p, g, m, v, rate, ahead, beta1, beta2, correction, eps, decay=0.0, shrink=1.0):
    """Adam with Nesterov's look ahead.

        p ← shrink p,   g ← g + decay p
        m ← m + (1 - β₁) (g - m)
        v ← β₂ v + (1 - β₂) g²
        p ← p - (rate g + ahead m) / (√(v / correction) + eps)

    Parameters
    ----------
    p, g, m, v : array, floating
        Parameter, gradient, running means; all but `g` are written.
    rate, ahead, beta1, beta2, correction, eps, decay, shrink : float
        `correction` is 1 - β₂ᵗ.

    Raises
    ------
    ValueError
        As for `adagrad`.

    Notes
    -----
    Dozat: Incorporating Nesterov momentum into Adam; ICLR workshop 2016.
    """
    check("nadam", p, g, m=m, v=v)
    module = serve("update_scaled", p, g, m, v)
    module.nadam(p, g, m, v, rate, ahead, beta1, beta2, correction, eps, decay, shrink)


def radam(p, g, m, v, rate, gain, beta1, beta2, eps, decay=0.0, shrink=1.0):
    """Adam that waits until it knows the root mean square.

        p ← shrink p,   g ← g + decay p
        m ← m + (1 - β₁) (g - m)
        v ← β₂ v + (1 - β₂) g²
        p ← p - rate m · (gain / (√v + eps) if gain else 1)

    Parameters
    ----------
    p, g, m, v : array, floating
        Parameter, gradient, running means; all but `g` are written.
    rate, gain, beta1, beta2, eps, decay, shrink : float
        `rate` is corrected for the bias of m, `gain` for that of v; 0: too early to divide.

    Raises
    ------
    ValueError
        As for `adagrad`.

    Notes
    -----
    Liu et al.: On the variance of the adaptive learning rate and beyond; ICLR 2020.
    """
    check("radam", p, g, m=m, v=v)
    serve("update_scaled", p, g, m, v).radam(p, g, m, v, rate, gain, beta1, beta2, eps, decay, shrink)


def novograd(p, g, m, rate, scale, beta, share=1.0, decay=0.0):
    """Descend in the direction of a running sum of gradients, each a whole tensor in units of its own norm.

        m ← β m + share (scale g + decay p)
        p ← p - rate m

    Parameters
    ----------
    p, g, m : array, floating
        Parameter, gradient, sum; `p` and `m` are written.
    rate, scale, beta, share, decay : float
        `scale` is one over the norm of all of `g`.

    Raises
    ------
    ValueError
        As for `adagrad`.

    Notes
    -----
    Ginsburg et al.: Stochastic gradient methods with layer-wise adaptive moments for training of deep networks;
    arXiv 1905.11286 (2019).
    """
    check("novograd", p, g, m=m)
    serve("update_scaled", p, g, m).novograd(p, g, m, rate, scale, beta, share, decay)


def sparse_adam(p, g, m, v, rate, beta1, beta2, eps):
    """Adam where the gradient is not zero; elsewhere nothing changes.

        m ← m + (1 - β₁) (g - m)
        v ← v + (1 - β₂) (g² - v)
        p ← p - rate m / (√v + eps)

    Parameters
    ----------
    p, g, m, v : array, floating
        Parameter, gradient, running means; all but `g` are written.
    rate, beta1, beta2, eps : float
        `rate` is corrected for the bias of m and of v.

    Raises
    ------
    ValueError
        As for `adagrad`.
    """
    check("sparse_adam", p, g, m=m, v=v)
    serve("update_scaled", p, g, m, v).sparse_adam(p, g, m, v, rate, beta1, beta2, eps)


def orthogonalize(g, coefficients, steps, eps):
    """Move all singular values of a matrix towards 1.

        X = g / max(‖g‖, eps), transposed if it is tall
        X ← a X + (b A + c A²) X,   A = X Xᵀ,   `steps` times

    Parameters
    ----------
    g : array, (M, N), floating
    coefficients : (float, float, float)
        a, b, c.
    steps : int
    eps : float

    Returns
    -------
    array, (M, N)

    Raises
    ------
    ValueError
        If `g` is no matrix, or there are not three coefficients.

    Notes
    -----
    Every product is rounded to bfloat16, as PyTorch's is: 8 bits.

    Jordan et al.: Muon: An optimizer for hidden layers in neural networks; kellerjordan.github.io/posts/muon (2024).
    """
    if g.ndim != 2:
        raise ValueError(f"[orthogonalize] `g` (shape {g.shape}) must be a matrix")
    if len(coefficients) != 3:
        raise ValueError(f"[orthogonalize] `coefficients` (={coefficients}) must be exactly 3 numbers")
    return serve("update_scaled", g).orthogonalize(g, coefficients, steps, eps)
