"""Factories: the right values, dtypes and errors."""

import numpy as np
import pytest

import tapegrad as tg


@pytest.fixture(autouse=True)
def default_dtype():
    yield
    tg.set_default_dtype(tg.float32)


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        (1.5, "float32"), (1, "int64"), (True, "bool"), (1j, "complex64"), ([1, 2.0], "float32"), ([], "float32"),
        (np.float64(1), "float64"), (np.ones(2, np.float16), "float16"), ([np.ones(2), np.ones(2)], "float64"),
        (np.ones(2, ">f8"), "float64"), ([[1, 2], [3, 4]], "int64"), (np.int8(3), "int8"), ((True, False), "bool"),
    ],
)  # fmt: skip
def test_tensor_chooses_pytorchs_dtype(data, dtype):
    assert tg.tensor(data).dtype == dtype and tg.tensor(data)._array.dtype.isnative


def test_tensor_takes_nested_tensors_and_copies():
    a, b = tg.tensor(1.0), tg.tensor(2.0, requires_grad=True)
    assert tg.tensor([a, b]).tolist() == [1.0, 2.0] and tg.tensor([[a], [b]]).shape == (2, 1)
    source = np.ones(2)
    t = tg.tensor(source)
    source[0] = 5
    assert t.tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("data", "error"), [([[1], [1, 2]], ValueError), ("text", TypeError), (None, TypeError), ([object()], TypeError)]
)
def test_what_is_no_data_is_refused(data, error):
    with pytest.raises(error, match=r"\[tensor\]"):
        tg.tensor(data)


def test_the_default_dtype_is_used_and_checked():
    tg.set_default_dtype(tg.float64)
    assert tg.get_default_dtype() == tg.float64
    for t in (tg.tensor(1.0), tg.zeros(2), tg.rand(2), tg.linspace(0, 1, 3), tg.tensor([1]) / 2, tg.tensor(1).sin()):
        assert t.dtype == tg.float64
    assert tg.tensor(1j).dtype == tg.complex128 and tg.ones(2, dtype=tg.float32).add(1.5).dtype == tg.float32
    with pytest.raises(TypeError, match="floating"):
        tg.set_default_dtype(tg.int64)


def test_sizes_come_one_by_one_or_as_a_tuple():
    for make in (tg.zeros, tg.ones, tg.empty, tg.rand, tg.randn):
        assert make(2, 3).shape == make((2, 3)).shape == make([2, 3]).shape == (2, 3)
        assert make(()).shape == make().shape == () and make(0).shape == (0,)
        with pytest.raises(RuntimeError, match="negative"):
            make(-1)
        with pytest.raises(TypeError, match="ints"):
            make(1.5, 2)


def test_filled_tensors():
    assert tg.full((2,), 7).dtype == tg.int64 and tg.full((2,), 7.0).dtype == tg.float32
    assert tg.full((), True).item() is True and tg.full((1,), 2, dtype=tg.float64).tolist() == [2.0]
    x = tg.ones(2, 3, dtype=tg.float64)
    for like in (tg.zeros_like, tg.ones_like, tg.empty_like, tg.rand_like, tg.randn_like):
        assert like(x).shape == (2, 3) and like(x).dtype == tg.float64 and like(x, dtype=tg.float32).dtype == tg.float32
    assert tg.full_like(x, 3).tolist() == [[3.0] * 3] * 2 and tg.ones_like(x, requires_grad=True).requires_grad


@pytest.mark.parametrize("args", [(5,), (1, 5), (1, 5, 2), (5, 1, -1), (0.0, 1.0, 0.25), (2, 2)])
def test_arange_counts_as_numpy_does(args):
    got = tg.arange(*args)
    np.testing.assert_allclose(got.numpy(), np.arange(*args))
    assert got.dtype == (tg.int64 if all(isinstance(a, int) for a in args) else tg.float32)


def test_ranges_and_identities():
    np.testing.assert_allclose(tg.linspace(0, 1, 5).numpy(), np.linspace(0, 1, 5))
    np.testing.assert_allclose(tg.logspace(0, 2, 3).numpy(), [1, 10, 100])
    assert tg.eye(2).tolist() == [[1.0, 0.0], [0.0, 1.0]] and tg.eye(2, 3).shape == (2, 3)


def test_new_tensors_take_after_another():
    x = tg.ones(2, dtype=tg.float64)
    assert x.new_zeros(2, 3).shape == (2, 3) and x.new_ones((2,)).dtype == tg.float64
    assert x.new_full((2,), 7).tolist() == [7.0, 7.0] and x.new_tensor([1, 2]).dtype == tg.float64
    assert x.new_empty(3, dtype=tg.int64).dtype == tg.int64


def test_questions_about_tensors():
    assert tg.is_tensor(tg.ones(1)) and not tg.is_tensor(np.ones(1))
    assert tg.ones(1).is_floating_point() and not tg.arange(2).is_floating_point() and tg.is_complex(tg.tensor(1j))
    assert tg.finfo(tg.float32).eps == 2.0**-23 and tg.iinfo(tg.int8).max == 127


def test_typed_constructors():
    assert tg.FloatTensor([0.1, 1]).dtype == tg.float32 and tg.DoubleTensor([1]).dtype == tg.float64
    assert tg.LongTensor([1.0]).dtype == tg.int64 and tg.FloatTensor(2, 3).shape == (2, 3)
    assert tg.Tensor([1, 2]).dtype == tg.float32 and tg.Tensor(2, 3).shape == (2, 3)
    assert tg.BoolTensor([0, 1]).tolist() == [False, True]


def test_variable_is_tracked_and_promotes_integers():
    x = tg.Variable(np.array([5]))
    assert x.requires_grad and x.dtype == tg.float32 and tg.Variable(np.ones(2)).dtype == tg.float64
    assert not tg.Variable([1.0], requires_grad=False).requires_grad


def test_promotion_of_two():
    f32, f64, i64 = tg.ones(2), tg.ones((), dtype=tg.float64), tg.ones(2, dtype=tg.int64)
    assert tg.result_type(f32, f64) == tg.float32 and tg.result_type(i64, 1.5) == tg.float32
    assert tg.result_type(i64, f64) == tg.float64 and tg.result_type(f32, 1j) == tg.complex64


def test_as_tensor_shares_where_it_can():
    a = np.ones(3)
    t = tg.as_tensor(a)
    a[0] = 4
    assert t.tolist() == [4.0, 1.0, 1.0] and tg.as_tensor(t) is t
    assert tg.as_tensor(a, dtype=tg.float32).dtype == tg.float32 and tg.as_tensor([1.0]).dtype == tg.float32


def test_complex_tensors_compute_and_are_tracked():
    z = tg.tensor([1 + 2j, 3.0])
    assert (z * z).tolist() == [(-3 + 4j), (9 + 0j)]
    assert z.requires_grad_().requires_grad
    with pytest.warns(np.exceptions.ComplexWarning, match="discards the imaginary part"):
        assert z.detach().float().tolist() == [1, 3]
