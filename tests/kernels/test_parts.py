"""Complex numbers and their parts."""

import numpy as np
import pytest

from tapegrad import kernels
from tests.kernels.arrays import FLOATS, layouts, random


@pytest.mark.parametrize("dtype", FLOATS)
def test_parts_put_together_are_the_number_whatever_the_layout(dtype):
    re, im = random(0, (3, 4), dtype), random(1, (3, 4), dtype)
    for a, b in zip(layouts(re), layouts(im), strict=True):
        z = kernels.join(a, b)
        assert z.dtype == np.result_type(dtype, np.complex64)
        np.testing.assert_array_equal(kernels.real(z), re)
        np.testing.assert_array_equal(kernels.imag(z), im)


def test_an_infinite_part_leaves_the_other_alone():
    z = kernels.join(np.array([np.inf, 1.0]), np.array([2.0, np.nan]))
    assert kernels.imag(z)[0] == 2 and kernels.real(z)[1] == 1


def test_a_real_number_is_its_own_real_part():
    assert kernels.real(np.ones(2)).tolist() == [1, 1] and kernels.imag(np.ones(2)).tolist() == [0, 0]


def test_pairs_and_numbers_share_memory_whatever_the_layout():
    z = random(0, (3, 4)) + 1j * random(1, (3, 4))
    for a in (z, z[:, ::2], z[::-1].T, z[0, :1].reshape(()), z[:0]):
        y = kernels.pairs(a)
        np.testing.assert_array_equal(y, np.stack([a.real, a.imag], -1))
        np.testing.assert_array_equal(kernels.unpairs(y), a)
        assert not a.size or (np.shares_memory(y, z) and np.shares_memory(kernels.unpairs(y), z))
    apart = random(2, (2, 3))
    np.testing.assert_array_equal(kernels.unpairs(apart.T), apart[0] + 1j * apart[1])
    z.flags.writeable = False
    assert not kernels.pairs(z).flags.writeable and not kernels.real(z).flags.writeable
