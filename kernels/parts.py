"""Complex numbers and their parts."""

from ._backend import serve


def real(x):
    """Read the real part.

    Parameters
    ----------
    x : array
        Complex; a real one is its own real part.

    Returns
    -------
    array, x.shape
        A view, as NumPy's is.
    """
    return serve("parts", x).real(x)


def imag(x):
    """Read the imaginary part: of complex numbers as `real` does, zeros for real ones."""
    return serve("parts", x).imag(x)


def join(re, im):
    """Make complex numbers of their parts.

        y = re + i im

    Parameters
    ----------
    re, im : array, floating
        Of one dtype and shape.

    Returns
    -------
    array, complex
        With an infinite or NaN part the other stays what it was.
    """
    return serve("parts", re, im).join(re, im)


def pairs(x):
    """Read complex numbers as pairs: y[…, 0] + i y[…, 1] = x[…].

    Parameters
    ----------
    x : array, complex

    Returns
    -------
    array, floating, (*x.shape, 2)
        A view.
    """
    return serve("parts", x).pairs(x)


def unpairs(x):
    """Read pairs as complex numbers: y[…] = x[…, 0] + i x[…, 1].

    Parameters
    ----------
    x : array, floating, (…, 2)

    Returns
    -------
    array, complex, x.shape[:-1]
        A view where the parts of each number are neighbours in memory, else a copy.
    """
    return serve("parts", x).unpairs(x)
