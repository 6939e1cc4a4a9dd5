"""Rearranging, windows and parts of complex numbers on the device: the answers of the reference."""

import numpy as np
import pytest

from tapegrad import kernels
from tests.simulated.device import agree, layouts, moved, to_device

RNG = np.random.default_rng(0)
X = RNG.normal(size=(3, 4, 5))
DTYPES = "?bBhilefdFD"
WIDTHS = ((1, 2), (0, 0), (2, 1))


@pytest.mark.parametrize("mode", ["constant", "reflect", "replicate", "circular"])
def test_pad_in_every_mode_and_its_transpose(mode):
    for x, there in layouts(X):
        y = kernels.pad(x, WIDTHS, mode, 3.5)
        agree(kernels.pad(there, WIDTHS, mode, 3.5), y)
        if mode != "constant":
            agree(kernels.unpad(to_device(y), WIDTHS, mode), kernels.unpad(y, WIDTHS, mode), 1e-13)
    crop = ((-1, 2), (1, -1), (0, 0))
    agree(kernels.pad(to_device(X), crop), kernels.pad(X, crop))


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("roll", [(1, None), (7, 0), ((1, -2), (0, 2)), ((1, 2), (0, 0)), ((), ())]),
        ("tril", [(-2,), (1,)]),
        ("triu", [(-2,), (1,)]),
        ("tile", [((2,),), ((1, 2, 3),), ((2, 1, 1, 2),), ((0, 2, 1),), ((),)]),
        ("repeat", [(0, 1), (3, 1), ([2, 0, 1, 3], 1)]),
    ],
)
def test_what_is_copied_is_what_the_reference_copies(name, settings):
    f = getattr(kernels, name)
    for setting in settings:
        for x, there in [*layouts(X)][:2] if name != "repeat" else [(X, to_device(X))]:
            agree(f(there, *setting), f(x, *setting))
    empty = np.zeros((0, 3, 2))
    agree(f(to_device(empty), *settings[0]), f(empty, *settings[0]))


def test_repeats_may_be_on_the_device():
    counts = np.array([2, 0, 1, 3])
    agree(kernels.repeat(to_device(X), to_device(counts), 1), kernels.repeat(X, counts, 1))


def test_arrays_are_joined_in_their_common_dtype():
    for x, there in layouts(X):
        for axis in (0, 1, -1):
            agree(kernels.concatenate([there, there], axis), np.concatenate([x, x], axis))
        for axis in (0, 1, -1):
            agree(kernels.stack([there, there], axis), np.stack([x, x], axis))
    parts = [X, X[:, :1].astype(np.float32), X[:, :0]]
    agree(kernels.concatenate(moved(parts), 1), np.concatenate(parts, 1))
    agree(kernels.stack(moved([np.array(1.0), np.array(2.0)])), np.array([1.0, 2.0]))


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_dtype_is_moved(dtype):
    x = (3 * RNG.normal(size=(2, 3))).astype(dtype)
    there = to_device(x)
    agree(kernels.pad(there, ((1, 1), (0, 1)), "constant", 1), kernels.pad(x, ((1, 1), (0, 1)), "constant", 1))
    agree(kernels.roll(there, 1, 1), kernels.roll(x, 1, 1))
    windows = kernels.windows(x, 1, 2, 1)
    agree(kernels.windows(there, 1, 2, 1), windows)
    if dtype != "?":
        agree(kernels.add_windows((2, 3), to_device(windows), 1, 1), kernels.add_windows((2, 3), windows, 1, 1))
        agree(kernels.unpad(there, ((0, 0), (1, 1)), "replicate"), kernels.unpad(x, ((0, 0), (1, 1)), "replicate"))


def test_views_share_memory():
    for x, there in layouts(X):
        for axes in (None, 0, (0, 2), ()):
            agree(kernels.flip(there, axes), kernels.flip(x, axes))
        for offset, a, b in [(-2, 0, 1), (0, 2, 0), (1, -1, 1), (9, 0, 1)]:
            y = kernels.diagonal(x, offset, a, b)
            ours = kernels.diagonal(there, offset, a, b)
            agree(ours, y)
            assert ours.base is not None
            agree(kernels.from_diagonal(ours, x.shape, offset, a, b), kernels.from_diagonal(y, x.shape, offset, a, b))
    spread = kernels.broadcast_to(to_device(X), (2, *X.shape))
    agree(spread, np.broadcast_to(X, (2, *X.shape)))
    assert not spread.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        spread[0] = 1


@pytest.mark.parametrize(("axis", "size", "step"), [(0, 2, 1), (1, 3, 2), (2, 2, 3), (1, 0, 1), (1, 4, 1)])
def test_windows_are_views_and_are_added_back(axis, size, step):
    y = kernels.windows(X, axis, size, step)
    agree(kernels.windows(to_device(X), axis, size, step), y)
    g = RNG.normal(size=y.shape)
    agree(kernels.add_windows(X.shape, to_device(g), axis, step), kernels.add_windows(X.shape, g, axis, step), 1e-13)


@pytest.mark.parametrize("steps", [(7, 2), (1, 1)])
def test_strides_of_ones_own(steps):
    for x, there in layouts(X):
        agree(kernels.as_strided(there, (3, 2), steps, 4), kernels.as_strided(x, (3, 2), steps, 4))
    apart = kernels.as_strided(to_device(X), (3, 2), steps, 4)
    assert apart.flags.writeable == (steps == (7, 2))


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_parts_are_views_of_the_same_memory(dtype):
    z = (RNG.normal(size=(3, 4)) + 1j * RNG.normal(size=(3, 4))).astype(dtype)
    for x, there in layouts(z):
        agree(kernels.real(there), x.real)
        agree(kernels.imag(there), x.imag)
        agree(kernels.pairs(there), kernels.pairs(x))
        again = kernels.unpairs(kernels.pairs(there))
        agree(again, x)
        assert again.base is not None
        turned = kernels.pairs(there).copy()[..., ::-1]
        agree(kernels.unpairs(turned), kernels.unpairs(kernels.pairs(x)[..., ::-1]))
        agree(kernels.join(there.real, there.imag), x)
    there = to_device(z)
    kernels.imag(there)[1] = 5
    z.imag[1] = 5
    agree(there, z)


def test_numbers_are_read_over_pairs_at_any_place():
    x = RNG.normal(size=(3, 5))
    for part in (np.s_[:, 1:3], np.s_[:1, 2:4], np.s_[::2, 2:4]):
        agree(kernels.unpairs(to_device(x)[part]), kernels.unpairs(x[part].copy()))
    agree(kernels.imag(to_device(x)), np.zeros_like(x))
