"""Matrix products: rules, values, errors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.ops.matmul import linear
from tapegrad.testing import arrays, check_rule, matmul_problems

sides = st.integers(0, 3)


def matrices(*shapes):
    """Arrays of the given shapes and one dtype."""
    return st.sampled_from(["float64", "float32"]).flatmap(
        lambda dtype: st.tuples(*(arrays(shape, dtype=dtype) for shape in shapes))
    )


@given(matmul_problems())
def test_matmul_rules(problem):
    check_rule(tg.matmul, *problem)


@given(matmul_problems(dtype="float64"))
def test_matmul_is_numpys(problem):
    a, b = problem
    np.testing.assert_allclose((tg.tensor(a) @ tg.tensor(b)).numpy(), a @ b, 1e-12, 1e-14)
    np.testing.assert_allclose(tg.matmul(a, b), a @ b, 1e-12, 1e-14)


PRODUCTS = {
    tg.mm: "ij,jk->ik", tg.bmm: "nij,njk->nik", tg.mv: "ij,j->i", tg.dot: "i,i->", tg.outer: "i,j->ij",
}  # fmt: skip


@pytest.mark.parametrize("function", PRODUCTS, ids=lambda f: f.__name__)
@given(data=st.data())
def test_products_of_two(function, data):
    equation = PRODUCTS[function]
    size = {c: data.draw(sides) for c in "nijk"}
    a, b = data.draw(matrices(*(tuple(size[c] for c in term) for term in equation.split("->")[0].split(","))))
    check_rule(function, a, b)
    expected = np.einsum(equation, a, b)
    np.testing.assert_allclose(function(tg.tensor(a), tg.tensor(b)).numpy(), expected, 1e-5, 1e-6)


SUMS = {
    tg.addmm: ("ik", "ij,jk->ik"), tg.addmv: ("i", "ij,j->i"), tg.addr: ("ij", "i,j->ij"),
    tg.baddbmm: ("nik", "nij,njk->nik"), tg.addbmm: ("ik", "nij,njk->ik"),
}  # fmt: skip


@pytest.mark.parametrize("function", SUMS, ids=lambda f: f.__name__)
@pytest.mark.parametrize(("beta", "alpha"), [(1, 1), (0.5, -2.0)])
def test_sums_with_a_product(function, beta, alpha):
    term, equation = SUMS[function]
    random, size = np.random.default_rng(0), {"n": 2, "i": 3, "j": 2, "k": 4}
    terms = (term, *equation.split("->")[0].split(","))
    x, a, b = (random.standard_normal([size[c] for c in t]) for t in terms)
    check_rule(function, x, a, b, beta=beta, alpha=alpha)
    expected = beta * x + alpha * np.einsum(equation, a, b)
    np.testing.assert_allclose(function(x, a, b, beta=beta, alpha=alpha), expected, 1e-13)


def test_beta_zero_forgets_even_nan():
    x, eye = tg.full((2, 2), np.nan), tg.eye(2)
    assert tg.addmm(x, eye, eye, beta=0).tolist() == [[1, 0], [0, 1]]


@pytest.mark.parametrize("with_bias", [False, True])
@given(batch=st.lists(sides, max_size=2), c=sides, k=sides, data=st.data())
def test_linear_rules(with_bias, batch, c, k, data):
    x, w, b = data.draw(matrices((*batch, c), (k, c), (k,)))
    check_rule(linear, *([x, w, b] if with_bias else [x, w]))
    expected = x @ w.T + (b if with_bias else 0)
    np.testing.assert_allclose(linear(x, w, b if with_bias else None), expected, 1e-5, 1e-5)


def test_linear_of_one_feature_needs_no_axis_for_it():
    assert linear(tg.ones(3, 2), tg.ones(2), tg.tensor(1.0)).tolist() == [3, 3, 3]


def test_a_matrix_product_is_one_record_that_keeps_only_what_it_needs():
    x, w = tg.ones(2, 3), tg.ones(3, 4, requires_grad=True)
    with tg.tape() as tape:
        x @ w
    assert len(tape) == 1 and tape[0].saved_bytes == x.nbytes  # no gradient for x: no need of w


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: x @ x, ValueError, r"\[matmul\] `x` \(shape \(2, 3\)\) must have as many columns as `other`"),
        (lambda x: x @ x, RuntimeError, "has rows"),
        (lambda x: tg.nn.functional.linear(x, x.T), RuntimeError, r"\[linear\] `x` .* must end in the 2"),
        (lambda x: x @ x.T.double(), RuntimeError, r"\[matmul\] `other` \(dtype float64\) .* `x` \(float32\)"),
        (lambda x: tg.matmul(x, 2.0), TypeError, r"\[matmul\] `other` \(a float\) must be a Tensor or an array"),
        (lambda x: tg.matmul(x, x.sum()), ValueError, r"\[matmul\] `b` \(0-d\)"),
        (lambda x: tg.mm(x, x[0]), RuntimeError, r"\[mm\] `mat2` \(shape \(3,\)\) must be 2-D"),
        (lambda x: tg.mv(x, x), RuntimeError, r"\[mv\] .* must be a matrix and .* a vector"),
        (lambda x: tg.dot(x[0], x[0, :2]), ValueError, r"\[matmul\]"),
        (lambda x: tg.bmm(x[None], x[:, :, None]), RuntimeError, r"\[bmm\] `mat2` .* as many matrices as `x`"),
        (lambda x: tg.outer(x, x), RuntimeError, r"\[outer\] `x` \(shape \(2, 3\)\) must be 1-D"),
        (lambda x: tg.addmm(x.double(), x, x.T), RuntimeError, r"\[addmm\] .* must have the same dtype as"),
        (lambda x: linear(x, x.T), ValueError, r"\[linear\] `x` \(shape \(2, 3\)\)"),
        (lambda x: linear(x, x, x[0].double()), RuntimeError, r"\[linear\] `bias` \(dtype float64\)"),
    ],
)
def test_misuse_is_named_and_records_nothing(call, error, message):
    x = tg.ones(2, 3)
    with pytest.raises(error, match=message):
        call(x)
