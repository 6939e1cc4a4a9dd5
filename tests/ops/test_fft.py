"""Fourier transforms against NumPy's, and their rules."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.ops.fft import _inside_twice
from tapegrad.testing import check_rule

OF_COMPLEX, OF_REAL, TO_REAL = ("fft", "ifft"), ("rfft", "ihfft"), ("irfft", "hfft")
norms = st.sampled_from([None, "backward", "ortho", "forward"])
dtypes = st.sampled_from([np.float32, np.float64])


def numbers(shape, dtype, real):
    rng = np.random.default_rng(0)
    x = rng.standard_normal(shape)
    if real:
        return x.astype(dtype)
    return (x + 1j * rng.standard_normal(shape)).astype(np.result_type(dtype, np.complex64))


@pytest.mark.parametrize("name", [*OF_COMPLEX, *OF_REAL, *TO_REAL])
@given(st.integers(2, 5), st.integers(1, 6) | st.none(), st.sampled_from([0, -1]), norms, dtypes)
def test_transforms_along_an_axis_are_numpys_and_their_rules_hold(name, m, n, dim, norm, dtype):
    x = numbers((2, m) if dim else (m, 2), dtype, name in OF_REAL)
    y = getattr(tg.fft, name)(tg.tensor(x), n, dim, norm)
    expected = getattr(np.fft, name)(x, n, dim, norm)
    assert y.dtype == expected.dtype
    np.testing.assert_allclose(y.numpy(), expected, atol=100 * np.finfo(dtype).eps)
    check_rule(getattr(tg.fft, name), x, n, dim, norm)


@pytest.mark.parametrize("name", [*OF_COMPLEX, *OF_REAL, *TO_REAL])
@given(st.sampled_from([(None, None), (None, (1, 0)), ((3, -1), (0, 2)), ((2, 4), None), (None, 1)]), norms)
def test_transforms_along_several_axes_have_right_rules(name, how, norm):
    check_rule(getattr(tg.fft, name + "n"), numbers((2, 3, 3), float, name in OF_REAL), *how, norm)
    check_rule(getattr(tg.fft, name + "2"), numbers((3, 2), float, name in OF_REAL), norm=norm)


@pytest.mark.parametrize("name", ["fftn", "ifftn", "rfftn", "irfftn"])
def test_transforms_along_several_axes_are_numpys(name):
    x = numbers((2, 3, 4), float, name == "rfftn")
    y = getattr(tg.fft, name)(tg.tensor(x), (3, 4), (0, 2), "ortho")
    np.testing.assert_allclose(y.numpy(), getattr(np.fft, name)(x, (3, 4), (0, 2), "ortho"))
    np.testing.assert_allclose(getattr(np.fft, name)(tg.tensor(x), (3, 4), (0, 2), "ortho").numpy(), y.numpy())


def test_real_numbers_get_real_gradients():
    x = tg.tensor([1.0, 2.0, 4.0], requires_grad=True)
    with tg.tape():
        (tg.fft.fft(x).abs() ** 2).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), [6, 12, 24], rtol=1e-6)  # Parseval: 2 n x


def test_transforms_of_a_hermitian_signal_turn_back():
    x = numbers((4, 5), float, True)
    for there, back in (("rfftn", "irfftn"), ("ihfftn", "hfftn"), ("rfft2", "irfft2"), ("ihfft2", "hfft2")):
        y = getattr(tg.fft, back)(getattr(tg.fft, there)(tg.tensor(x)), (4, 5))
        np.testing.assert_allclose(y.numpy(), x)


def test_integers_are_taken_in_the_default_dtype():
    assert tg.fft.fft(tg.arange(3)).dtype == tg.fft.rfft(tg.arange(3)).dtype == tg.complex64


@pytest.mark.parametrize("n", [1, 4, 5])
def test_frequencies_and_shifts_are_numpys(n):
    for name in ("fftfreq", "rfftfreq"):
        np.testing.assert_allclose(getattr(tg.fft, name)(n, 0.5).numpy(), getattr(np.fft, name)(n, 0.5), rtol=1e-6)
    x = numbers((n, 3), float, True)
    for name in ("fftshift", "ifftshift"):
        for dim in (None, 1, (0, 1)):
            y = getattr(tg.fft, name)(tg.tensor(x), dim)
            np.testing.assert_array_equal(y.numpy(), getattr(np.fft, name)(x, dim))
            check_rule(getattr(tg.fft, name), x, dim)


def test_numpys_functions_are_ours():
    x = tg.tensor(numbers((3, 4), float, False), requires_grad=True)
    with tg.tape():
        along_one = np.fft.fft(x), np.fft.ifft(x, 5, axis=0), np.fft.irfft(x, norm="ortho"), np.fft.hfft(x)
        for y in (*along_one, np.fft.fft2(x), np.fft.fftshift(x, axes=1)):
            assert y.requires_grad


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: tg.fft.fft(x, 0), RuntimeError, r"\[fft\] `n` \(=0\) must be at least 1"),
        (lambda x: tg.fft.fft(x, norm="unitary"), RuntimeError, r"\[fft\] `norm` \(='unitary'\)"),
        (lambda x: tg.fft.fft(x, dim=2), IndexError, r"\[fft\] `dim` \(=2\)"),
        (lambda x: tg.fft.fft(x.half()), RuntimeError, r"\[fft\] `x` \(dtype float16\)"),
        (lambda x: tg.fft.fft(x[0, 0]), IndexError, r"\[fft\] `x` \(0-d\)"),
        (lambda x: tg.fft.rfft(x + 0j), RuntimeError, r"\[rfft\] `x` \(dtype complex64\) must be real"),
        (lambda x: tg.fft.irfft(x[:, :1]), RuntimeError, r"\[irfft\] `n` \(=0\)"),
        (lambda x: tg.fft.fftn(x, dim=(0, 0)), RuntimeError, r"\[fftn\] `dim`"),
        (lambda x: tg.fft.fftn(x, (1, 2), (0,)), RuntimeError, r"\[fftn\] `s` \(=\(1, 2\)\)"),
        (lambda x: tg.fft.fftn(x, (1, 2, 3)), RuntimeError, r"\[fftn\] `s` \(=\(1, 2, 3\)\) must have at most 2"),
        (lambda x: tg.fft.rfftn(x, dim=()), RuntimeError, r"\[rfftn\] `dim`"),
        (lambda x: tg.fft.fftfreq(0), RuntimeError, r"\[fftfreq\] `n` \(=0\)"),
    ],
)
def test_what_does_not_fit_is_said(call, error, message):
    with pytest.raises(error, match=message):
        call(tg.ones(2, 3))


@pytest.mark.parametrize("n", [1, 2, 5, 6])
def test_inner_numbers_count_twice(n):
    y = _inside_twice(np.ones((2, n // 2 + 1)), axis=1, n=n)
    assert y[0].sum() == n
    check_rule(_inside_twice, numbers((2, n // 2 + 1), float, False), axis=1, n=n)
