"""Pseudoinverses, ranks, least squares."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.testing import check_rule
from tests.kernels.arrays import few, random

SHAPES = [(3, 3), (4, 2), (2, 4), (2, 3, 2), (1, 1), (0, 0), (0, 3), (3, 0), (0, 2, 3)]


def matrices(seed, shape, kind="d"):
    """Matrices of full rank."""
    x = random(seed, shape) / 3 + 2 * np.eye(*shape[-2:])
    return x + 1j * random(seed + 1, shape) / 3 if kind == "D" else x


@pytest.mark.parametrize("shape", SHAPES)
@given(seed=few, kind=st.sampled_from("dD"))
def test_pinv_has_the_right_rules(shape, seed, kind):
    a = matrices(seed, shape, kind)
    np.testing.assert_allclose(tg.linalg.pinv(a), np.linalg.pinv(a) if a.size else a.mT, rtol=0, atol=1e-12)
    check_rule(tg.linalg.pinv, a)


@given(few)
def test_pinv_of_a_hermitian_matrix(seed):
    a = matrices(seed, (2, 3, 3))
    check_rule(lambda x: tg.linalg.pinv((x + x.mT) / 2, hermitian=True), a, order=1)
    indefinite = (a + a.mT) / 2 - 2 * np.eye(3)
    y = tg.linalg.pinv(indefinite, hermitian=True)
    np.testing.assert_allclose(indefinite @ y @ indefinite, indefinite, rtol=0, atol=1e-10)


def test_small_singular_values_count_as_zero():
    a = tg.tensor(np.diag([4.0, 1.0, 0.25]))
    assert tg.linalg.pinv(a, rtol=0.1).diagonal().tolist() == [0.25, 1, 0]
    assert tg.linalg.pinv(a, 0.3).diagonal().tolist() == [0.25, 0, 0]
    assert tg.pinverse(a, 0.3).diagonal().tolist() == [0.25, 0, 0]
    assert tg.linalg.pinv(a, atol=0.5).diagonal().tolist() == [0.25, 1, 0]
    both = tg.stack([a, a])
    assert tg.linalg.matrix_rank(both, atol=tg.tensor([0.5, 2.0])).tolist() == [2, 1]
    assert tg.linalg.matrix_rank(both, rtol=tg.tensor([0.1, 0.0])).tolist() == [2, 3]
    assert tg.linalg.matrix_rank(a, 0.5).item() == tg.linalg.matrix_rank(a, 0.5, True).item() == 2


def test_ranks_are_integers():
    rank = tg.linalg.matrix_rank(tg.tensor([[1.0, 2.0], [2.0, 4.0]], requires_grad=True))
    assert (rank.item(), rank.dtype) == (1, tg.int64)
    assert tg.linalg.matrix_rank(tg.zeros(2, 0)).item() == 0


@given(
    few, st.sampled_from([((3, 3), (3, 2)), ((4, 2), (4, 1)), ((2, 4), (2, 3)), ((2, 4, 2), (4, 1)), ((4, 2), (4,))])
)
def test_lstsq_is_numpys(seed, shapes):
    a, b = matrices(seed, shapes[0]), random(seed + 1, shapes[1])
    x = tg.linalg.lstsq(a, b).solution
    if a.ndim == 2:
        np.testing.assert_allclose(x, np.linalg.lstsq(a, b)[0], rtol=0, atol=1e-12)
    check_rule(lambda a, b: tg.linalg.lstsq(a, b).solution, a, b, order=1)


@pytest.mark.parametrize("driver", [None, "gels", "gelsy", "gelsd", "gelss"])
def test_drivers_choose_what_is_answered(driver):
    a, b = tg.tensor(matrices(0, (4, 2))), tg.tensor(random(1, (4, 3)))
    found = tg.linalg.lstsq(a, b, driver=driver)
    _, residuals, rank, s = np.linalg.lstsq(a.numpy(), b.numpy())
    assert found._fields == ("solution", "residuals", "rank", "singular_values")
    np.testing.assert_allclose(found.residuals.numpy(), residuals if driver not in (None, "gelsy") else [], rtol=1e-10)
    assert found.rank.tolist() == ([] if driver == "gels" else rank)
    np.testing.assert_allclose(found.singular_values.numpy(), s if driver in ("gelsd", "gelss") else [], rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda a: tg.linalg.pinv(a[0]), r"\[pinv\] `A` \(shape \(2,\)\) must have at least two"),
        (lambda a: tg.linalg.pinv(a[:1], hermitian=True), r"\[pinv\] `A` \(shape \(1, 2\)\) must be a square"),
        (lambda a: tg.linalg.matrix_rank(a.long()), r"\[matrix_rank\] `A` \(dtype int64\)"),
        (lambda a: tg.linalg.lstsq(a, a, driver="qr"), r"\[lstsq\] `driver` \(='qr'\) must be None, 'gelsy'"),
        (lambda a: tg.linalg.lstsq(a, a[:1]), r"\[lstsq\] `B` \(shape \(1, 2\)\) must have as many rows"),
        (lambda a: tg.linalg.lstsq(a, a.double()), r"`B` \(dtype float64\)"),
    ],
)
def test_misuse_is_named(call, text):
    with pytest.raises(RuntimeError, match=text):
        call(tg.eye(2))
