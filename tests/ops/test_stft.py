"""The short-time Fourier transform against its sum, its inverse, and their rules."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.testing import check_rule


def signal(*shape, imaginary=False):
    rng = np.random.default_rng(0)
    return rng.standard_normal(shape) + (1j * rng.standard_normal(shape) if imaginary else 0)


def by_hand(x, n, hop, window, center, normalized):
    """Frame after frame, all n frequencies."""
    if center:
        x = np.pad(x, n // 2, mode="reflect")
    before = (n - len(window)) // 2
    window = np.pad(window, (before, n - len(window) - before))
    frames = np.stack([x[t : t + n] * window for t in range(0, len(x) - n + 1, hop)])
    return np.fft.fft(frames, norm="ortho" if normalized else None).T


@given(st.sampled_from([4, 5]), st.integers(1, 4), st.integers(2, 4), st.booleans(), st.booleans(), st.booleans())
def test_the_transform_is_that_of_its_frames_and_its_rule_holds(n, hop, size, center, normalized, imaginary):
    x, window = signal(11, imaginary=imaginary), np.hanning(size + 2)[1:-1]
    how = {"hop_length": hop, "win_length": size, "center": center, "normalized": normalized, "return_complex": True}
    y = tg.stft(tg.tensor(x), n, window=tg.tensor(window), **how).numpy()
    expected = by_hand(x, n, hop, window, center, normalized)
    np.testing.assert_allclose(y, expected if imaginary else expected[: n // 2 + 1], atol=1e-13)
    check_rule(lambda x, window: tg.stft(x, n, window=window, **how), x, window)


@given(st.sampled_from([4, 5]), st.integers(1, 2), st.booleans(), st.booleans(), st.booleans())
def test_the_inverse_turns_back_and_its_rule_holds(n, hop, center, normalized, imaginary):
    x, window = signal(2, 12, imaginary=imaginary), tg.tensor(np.hanning(n + 2)[1:-1])
    y = tg.stft(tg.tensor(x), n, hop, n, window, center, "constant", normalized, return_complex=True)
    how = {"hop_length": hop, "center": center, "normalized": normalized, "return_complex": imaginary}
    back = tg.istft(y, n, window=window, length=12, **how).numpy()
    whole = n + hop * (y.shape[-1] - 1) - (n if center else 0)
    np.testing.assert_allclose(back[:, : min(whole, 12)], x[:, :whole], atol=1e-12)
    assert not back[:, whole + n // 2 :].any()
    if n == 4:
        check_rule(lambda y: tg.istft(y, n, window=window, **how), y[0].numpy())


def test_without_complex_numbers_pairs_are_answered():
    y = tg.stft(tg.tensor(signal(9)), 4, return_complex=False)
    z = tg.stft(tg.tensor(signal(9)), 4, return_complex=True)
    np.testing.assert_array_equal(y.numpy(), np.stack([z.real.numpy(), z.imag.numpy()], -1))
    check_rule(lambda x: tg.stft(x, 4, onesided=False, return_complex=False), signal(9))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: tg.stft(x, 4), r"\[stft\] `return_complex` must be given"),
        (lambda x: tg.stft(x, 4, 0, return_complex=True), r"\[stft\] `hop_length` \(=0\)"),
        (lambda x: tg.stft(x, 4, win_length=5, return_complex=True), r"\[stft\] `win_length` \(=5\)"),
        (lambda x: tg.stft(x, 4, window=tg.ones(3), return_complex=True), r"\[stft\] `window` \(shape \(3,\)\)"),
        (lambda x: tg.stft(x, 12, center=False, return_complex=True), r"\[stft\] `n_fft` \(=12\) must lie in 1 … 9"),
        (lambda x: tg.stft(x + 0j, 4, onesided=True), r"\[stft\] `onesided`"),
        (lambda x: tg.stft(x[None, None], 4, return_complex=True), r"\[stft\] `x` \(shape \(1, 1, 9\)\)"),
        (lambda x: tg.istft(x, 4), r"\[istft\] `x` \(float64, shape \(9,\)\)"),
        (lambda x: tg.istft(tg.zeros(4, 3) + 0j, 4, onesided=True), r"\[istft\] `x` .* must have 3 frequencies"),
        (lambda x: tg.istft(tg.ones(3, 2) + 0j, 4, 4, window=tg.tensor([0.0, 1, 1, 0]), center=False), r"gaps"),
    ],
)
def test_what_does_not_fit_is_said(call, message):
    with pytest.raises(RuntimeError, match=message):
        call(tg.tensor(signal(9)))
