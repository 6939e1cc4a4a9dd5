"""Windows are SciPy's."""

import numpy as np
import pytest
from scipy.signal import windows as theirs

import tapegrad as tg
from tapegrad.signal import windows as ours

WINDOWS = {
    "bartlett": ({}, ()), "blackman": ({}, ()), "cosine": ({}, ()), "hamming": ({}, ()), "hann": ({}, ()),
    "nuttall": ({}, ()), "gaussian": ({"std": 2.5}, (2.5,)), "exponential": ({"tau": 3.0}, (None, 3.0)),
    "general_cosine": ({"a": [0.5, 0.3, 0.2]}, ([0.5, 0.3, 0.2],)), "general_hamming": ({"alpha": 0.6}, (0.6,)),
    "kaiser": ({"beta": 8.0}, (8.0,)),
}  # fmt: skip


@pytest.mark.parametrize("n", [0, 1, 2, 7, 8])
@pytest.mark.parametrize("sym", [True, False])
@pytest.mark.parametrize("name", WINDOWS)
def test_a_window_is_scipys(name, sym, n):
    options, args = WINDOWS[name]
    found = getattr(ours, name)(n, sym=sym, dtype=tg.float64, **options)
    np.testing.assert_allclose(found.numpy(), getattr(theirs, name)(n, *args, sym=sym), atol=1e-14)


def test_the_older_names_are_periodic():
    for name in ("bartlett", "blackman", "hamming", "hann"):
        make = getattr(tg, f"{name}_window")
        np.testing.assert_allclose(make(6).numpy(), getattr(theirs, name)(6, sym=False), atol=1e-7)
        np.testing.assert_allclose(make(6, False).numpy(), getattr(theirs, name)(6), atol=1e-7)
    assert np.allclose(tg.kaiser_window(5, True, 3.0), tg.kaiser_window(5, beta=3.0))
    assert tg.hann_window(3, requires_grad=True).is_leaf


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: ours.hann(-1), ValueError, r"\[general_cosine\] `M` \(=-1\)"),
        (lambda: ours.hann(3, dtype=tg.int64), ValueError, r"`dtype` \(=int64\) must be floating"),
        (lambda: ours.gaussian(3, std=0), ValueError, r"\[gaussian\] `std` \(=0\)"),
        (lambda: ours.exponential(3, tau=0), ValueError, r"\[exponential\] `tau` \(=0\)"),
        (lambda: ours.exponential(3, center=1), ValueError, r"\[exponential\] `center` \(=1\)"),
        (lambda: ours.kaiser(3, beta=-1), ValueError, r"\[kaiser\] `beta` \(=-1\)"),
        (lambda: ours.general_cosine(3, a=[]), ValueError, r"\[general_cosine\] `a`"),
        (lambda: ours.bartlett(3, typo=1), TypeError, r"\[bartlett\] got an unexpected keyword argument `typo`"),
    ],
)
def test_misuse_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
