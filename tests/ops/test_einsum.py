"""Einstein summation: rules, NumPy's values for every kind of equation, errors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.ops.einsum import bilinear
from tapegrad.testing import arrays, check_rule

SIZES = {"i": 2, "j": 3, "k": 4, "m": 1, "B": 2}
EQUATIONS = {  # with the axes that stand for `...`, one string for each operand
    "ij->ji": "", "ij->": "", "ij->j": "", "ii": "", "ii->i": "", "iji->ji": "", "ij": "", "ji": "", "iii->": "",
    "i,i": "", "i,j": "", "ij,jk": "", "ij,kj->ik": "", "ij,ij->": "", "ij,ij->ij": "", "ij,k->ik": "", "i,->i": "",
    "ij,ii->j": "", "Bij,Bjk->Bik": "", "ik,kj,jm->im": "", "i,i,i->i": "", "iij,j,kk->ik": "", "Ba,ab->B": "",
    "...i,i": "Bj,", "...ij,...jk->...ik": "B,B", "...,...": "ij,j", "i...->...": "jk", "...ii->...i": "B",
    "i...j,j...->...i": "B,B", "ij...,jk...->ik...": "k,m", "...": "ij",
}  # fmt: skip
SIZES["a"], SIZES["b"] = 3, 2

every_equation = pytest.mark.parametrize(("equation", "dots"), EQUATIONS.items(), ids=EQUATIONS)


def operands(equation, dots):
    """Arrays whose axes are those of the equation."""
    terms = equation.split("->")[0].split(",")
    more = dots.split(",") if dots else [""] * len(terms)
    shapes = [tuple(SIZES[c] for c in term.replace("...", axes)) for term, axes in zip(terms, more, strict=True)]
    return [np.random.default_rng(i).standard_normal(shape) for i, shape in enumerate(shapes)]


@every_equation
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_rules(equation, dots, dtype):
    check_rule(lambda *xs: tg.einsum(equation, *xs), *(x.astype(dtype) for x in operands(equation, dots)))


@given(st.sampled_from(["ij,jk->ik", "ij,ij->", "ii,i->", "i,j->ij", "ij,j,k->k"]), st.data())
def test_rules_of_operands_of_every_size_and_layout(equation, data):
    size = {c: data.draw(st.integers(0, 3)) for c in "ijk"}
    dtype = data.draw(st.sampled_from(["float64", "float32"]))
    terms = equation.split("->")[0].split(",")
    xs = [data.draw(arrays(tuple(size[c] for c in term), dtype=dtype)) for term in terms]
    check_rule(lambda *xs: tg.einsum(equation, *xs), *xs)


@every_equation
def test_values_are_numpys(equation, dots):
    xs = operands(equation, dots)
    np.testing.assert_allclose(tg.einsum(equation, *map(tg.tensor, xs)).numpy(), np.einsum(equation, *xs), 1e-12, 1e-14)


def test_axes_of_length_one_broadcast():
    a, b = np.arange(3.0).reshape(1, 3), np.arange(6.0).reshape(2, 3)
    check_rule(lambda a, b: tg.einsum("ij,ij->ij", a, b), a, b)
    np.testing.assert_array_equal(tg.einsum("ij,ij->j", a, b), (a * b).sum(0))
    np.testing.assert_array_equal(tg.einsum("i,i->i", b[0, 1:2], b[1]), b[0, 1] * b[1])


def test_operands_may_come_as_a_list_or_with_lists_of_numbers():
    a, b = tg.tensor(np.random.rand(2, 3)), tg.tensor(np.random.rand(3, 2))
    expected = (a @ b).tolist()
    assert tg.einsum("ij,jk", [a, b]).tolist() == expected
    assert tg.einsum(a, [0, 1], b, [1, 2]).tolist() == expected
    assert tg.einsum(a, [..., 1], b, [1, 2], [..., 2]).tolist() == expected


def test_the_result_has_capitals_before_small_letters_unless_it_is_given():
    assert tg.einsum("aB", tg.ones(2, 3)).shape == np.einsum("aB", np.ones((2, 3))).shape == (3, 2)


@pytest.mark.parametrize("dims", [0, 1, 2, ([0], [2]), ([-1, 0], [0, 1])])
def test_tensordot_is_numpys(dims):
    a, b = np.random.default_rng(0).random((2, 3, 2)), np.random.default_rng(1).random((2, 3, 2))
    b = b if dims != 2 else b.transpose(1, 0, 2)
    if dims == ([-1, 0], [0, 1]):
        b = b.transpose(0, 2, 1)
    np.testing.assert_allclose(tg.tensordot(a, b, dims), np.tensordot(a, b, dims), 1e-13)
    check_rule(lambda a, b: tg.tensordot(a, b, axes=dims), a, b)


def test_relatives_and_their_rules():
    a, b, square = (np.random.default_rng(0).standard_normal(shape) for shape in ((2, 3), (4, 1, 2), (3, 3)))
    check_rule(tg.kron, a, b)
    np.testing.assert_allclose(tg.kron(a, b), np.kron(a, b))
    check_rule(tg.inner, a, square)
    np.testing.assert_allclose(tg.inner(a, square), np.inner(a, square))
    check_rule(tg.trace, square)
    np.testing.assert_allclose(tg.trace(square), np.trace(square))
    check_rule(bilinear, a, b[:2, 0], square[:, :2].reshape(1, 3, 2), square[0, :1])


@pytest.mark.parametrize(
    ("equation", "shapes", "error", "message"),
    [
        ("ij,jk", [(2, 3)], ValueError, "must name 1 operands"),
        ("ij", [(2, 3, 4)], ValueError, r"`operands\[0\]` \(3 axes\) must have the axes 'ij'"),
        ("ij,jk", [(2, 3), (4, 5)], ValueError, r"`operands\[1\]` \(shape \(4, 5\)\) must have length 3 along 'j'"),
        ("ii", [(2, 3)], ValueError, "must have length 2 along 'i'"),
        ("ij->k", [(2, 3)], ValueError, "must have letters of the operands, each once"),
        ("ij->ii", [(2, 3)], ValueError, "must have letters of the operands, each once"),
        ("i1", [(2, 3)], ValueError, "must consist of letters"),
    ],
)
def test_misuse_is_named(equation, shapes, error, message):
    with pytest.raises(error, match=message):
        tg.einsum(equation, *map(tg.ones, shapes))


def test_dtypes_must_agree():
    with pytest.raises(RuntimeError, match=r"\[einsum\] `operands\[1\]` \(dtype float64\)"):
        tg.einsum("i,i", tg.ones(2), tg.ones(2, dtype=tg.float64))
