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
        Not to be written to: whoever takes it for a view of `x`, as NumPy's is, shall hear of it.
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
