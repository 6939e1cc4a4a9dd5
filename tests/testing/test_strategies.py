"""The strategies draw what they promise, and all of it."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad import kernels
from tapegrad.testing import (
    arrays,
    axes,
    broadcastable,
    check_rule,
    conv_problems,
    index,
    indexed,
    matmul_problems,
    pool_problems,
    reductions,
    tensors,
)

MANY = settings(max_examples=1000, database=None, derandomize=True)


@given(arrays(min_value=-1, max_value=3, away_from=[0, 1], margin=0.2))
def test_values_stay_in_the_domain_and_away_from_its_points(x):
    assert np.all((x >= -1) & (x <= 3))
    assert np.all(np.abs(x) >= 0.2 - 1e-6)
    assert np.all(np.abs(x - 1) >= 0.2 - 1e-6)


@given(arrays(distinct=True, away_from=[0]))
def test_distinct_values_are_half_a_spacing_apart(x):
    assert np.all(np.diff(np.sort(x, axis=None)) >= 0.5 * 3.8 / max(1, x.size) - 1e-5)


def test_a_domain_without_room_is_an_error():
    with pytest.raises(ValueError, match=r"`away_from` \(=\[0\]\) and `margin` \(=5\) must leave some of"):
        find(arrays(away_from=[0], margin=5), lambda x: True, settings=MANY)


@pytest.mark.parametrize(
    "wanted",
    [
        lambda x: x.ndim == 0,
        lambda x: x.size == 0,
        lambda x: x.ndim == 3 and 1 in x.shape,
        lambda x: x.dtype == np.float32,
        lambda x: x.ndim == 2 and x.flags.f_contiguous and not x.flags.c_contiguous,
        lambda x: x.size > 1 and min(x.strides) < 0,
        lambda x: x.size > 1 and x.strides[-1] == 2 * x.itemsize,
        lambda x: x.size > 1 and 0 in x.strides and not x.flags.writeable,
    ],
    ids=["0-d", "empty", "sides of 1", "float32", "Fortran", "negative strides", "gaps", "broadcast"],
)
def test_every_kind_of_array_is_drawn(wanted):
    find(arrays(), wanted, settings=MANY)


@pytest.mark.parametrize("dtype", ["int64", "bool", "complex128"])
def test_other_dtypes_are_drawn_on_demand(dtype):
    x = find(arrays((2, 3), dtype=dtype, min_value=1, max_value=2), lambda x: True, settings=MANY)
    assert x.dtype == dtype
    assert x.shape == (2, 3)
    assert dtype != "int64" or set(x.flat) <= {1, 2}


@given(tensors(st.just((2, 2)), requires_grad=True))
def test_tensors_keep_the_memory_of_their_arrays(x):
    assert isinstance(x, tg.Tensor)
    assert x.requires_grad
    assert x.shape == (2, 2)


@given(broadcastable(3, each=[{}, {}, {"min_value": 5, "max_value": 6}]))
def test_broadcastable_arrays_broadcast_in_one_dtype(xs):
    assert np.broadcast_shapes(*(x.shape for x in xs)) is not None
    assert len({x.dtype for x in xs}) == 1
    assert np.all(xs[2] >= 5)


def test_broadcastable_arrays_have_missing_and_unit_axes():
    for i, j in ((0, 1), (1, 0)):
        find(broadcastable(), lambda xs, i=i, j=j: xs[i].ndim > xs[j].ndim, settings=MANY)
        find(broadcastable(), lambda xs, i=i, j=j: xs[i].shape[-1:] == (1,) and xs[j].shape[-1:] == (3,), settings=MANY)


@given(reductions())
def test_reductions_fit_their_array(problem):
    x, how = problem
    assert np.sum(x, axis=how["dim"], keepdims=how["keepdim"]) is not None


@given(reductions(min_reduced=2))
def test_reduced_axes_are_as_long_as_asked(problem):
    x, how = problem
    axes_reduced = range(x.ndim) if how["dim"] is None else np.atleast_1d(how["dim"])
    assert all(x.shape[d] >= 2 for d in axes_reduced)


def test_axes_that_are_not_reduced_may_be_empty():
    find(reductions(min_reduced=1), lambda problem: problem[0].size == 0, settings=MANY)


@given(axes((2, 3, 4), none=False, several=False))
def test_one_axis_is_an_int(axis):
    assert -3 <= axis < 3


@given(indexed())
def test_an_index_fits_its_array(problem):
    x, at = problem
    assert x[at] is not None


@pytest.mark.parametrize("kind", [int, slice, type(Ellipsis), type(None), np.ndarray, list])
def test_every_kind_of_index_is_drawn(kind):
    find(index((2, 3)), lambda at: isinstance(at, tuple) and any(isinstance(i, kind) for i in at), settings=MANY)


def test_masks_and_repeats_are_drawn():
    def repeats(part):
        return isinstance(part, np.ndarray) and part.dtype != bool and len(np.unique(part)) < part.size

    find(index((2, 3)), lambda at: isinstance(at, np.ndarray) and at.dtype == bool and at.ndim == 2, settings=MANY)
    find(index((2, 3)), lambda at: isinstance(at, tuple) and any(map(repeats, at)), settings=MANY)


@given(matmul_problems())
def test_matmul_problems_can_be_multiplied(problem):
    a, b = problem
    assert np.matmul(a, b).dtype == a.dtype


@given(conv_problems(bias=True))
def test_conv_problems_can_be_convolved(problem):
    x, w, b, how = problem
    one = np.ones((1, *x.shape[1:]), x.dtype)  # (1, C, H, W)
    assert kernels.conv2d(one, w, b, **how).shape[:2] == (1, len(w))


@given(st.data(), st.integers(1, 3))
def test_windows_come_in_every_number_of_dimensions(data, dims):
    x, w, _ = data.draw(conv_problems(dims))
    assert x.ndim == w.ndim == dims + 2
    assert data.draw(pool_problems(dims))[0].ndim == dims + 2


@given(pool_problems())
def test_pool_problems_can_be_pooled(problem):
    x, how = problem
    y, _ = kernels.max_pool2d(x, how.pop("kernel_size"), **how)
    assert y.shape[:2] == x.shape[:2]
    assert np.all(np.isfinite(y))


@given(broadcastable())
def test_a_rule_is_tested_in_one_line(xs):
    check_rule(tg.mul, *xs)


def test_without_hypothesis_the_checks_work_and_the_strategies_name_the_extra():
    code = (
        "import sys; sys.modules['hypothesis'] = None\n"
        "from tapegrad.testing import check_rule, gradcheck\n"
        "try: from tapegrad.testing import arrays\n"
        "except ImportError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "the strategies need Hypothesis: pip install 'tapegrad[test]'" in done.stdout
