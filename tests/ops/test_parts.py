"""Complex numbers: the rules of their parts, and those of everything else for complex arguments."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.ops import parts
from tapegrad.testing import arrays, check_rule

seeds = st.integers(0, 2**32 - 1)
shapes = st.sampled_from([(), (3,), (2, 3), (0,)])

OF_ONE = """
    abs angle conj conj_physical real imag sgn view_as_real exp expm1 log log2 log10 log1p sin cos tan asin acos atan
    sinh cosh tanh asinh atanh sigmoid sinc logsumexp sqrt square rsqrt reciprocal neg sum mean prod var std norm
    flatten diag_embed
""".split()
OF_TWO = "add sub mul div pow logaddexp".split()
OF_MATRICES = "matmul mm kron tensordot outer vdot dot".split()


def numbers(seed, shape):
    """Complex numbers in the right half of the plane, away from 0, 1 and cuts."""
    rng = np.random.default_rng(seed)
    return np.asarray(rng.uniform(0.2, 0.8, shape) * np.exp(1j * rng.uniform(-1.2, 1.2, shape)))


@pytest.mark.parametrize("name", OF_ONE)
@given(seeds, shapes)
def test_rules_hold_for_complex_numbers(name, seed, shape):
    shape = (2, 3) if name in ("mean", "var", "std", "diag_embed", "logsumexp") else shape
    check_rule(getattr(tg, name), numbers(seed, shape), **{"dim": -1} if name == "logsumexp" else {})


@pytest.mark.parametrize("name", OF_TWO)
@given(seeds, shapes)
def test_rules_of_two_hold_for_complex_and_real_numbers(name, seed, shape):
    x, y = numbers(seed, shape), numbers(seed + 1, shape[-1:])
    for pair in ((x, y), (x, y.real.copy()), (x.real.copy(), y)):
        check_rule(getattr(tg, name), *pair)


@pytest.mark.parametrize("name", OF_MATRICES)
@given(seeds)
def test_rules_of_products_hold_for_complex_numbers(name, seed):
    shape = (3,) if name in ("outer", "vdot", "dot") else (2, 2)
    check_rule(
        getattr(tg, name), numbers(seed, shape), numbers(seed + 1, shape), **{"dims": 1} if name == "tensordot" else {}
    )


@given(arrays(away_from=(0,)))
def test_sizes_signs_and_angles_of_real_numbers(x):
    for name in ("abs", "sgn", "sign", "angle", "real", "conj"):
        check_rule(getattr(tg, name), x)
    for name in ("abs", "sgn", "angle"):
        numpy = np.sign if name == "sgn" else getattr(np, name)
        np.testing.assert_array_equal(getattr(tg, name)(x), numpy(x))


@given(seeds, shapes)
def test_numbers_are_made_of_their_parts_and_taken_apart(seed, shape):
    z = numbers(seed, shape)
    a, b = z.real.copy(), z.imag.copy()
    for function in (tg.complex, tg.polar):
        check_rule(function, a, b)
    pairs = np.stack([a, b], -1)
    check_rule(tg.view_as_complex, pairs)
    np.testing.assert_array_equal(tg.complex(a, b), z)
    np.testing.assert_array_equal(tg.view_as_complex(pairs), z)
    np.testing.assert_array_equal(tg.view_as_real(z), pairs)
    np.testing.assert_allclose(tg.polar(np.abs(z), np.angle(z)), z)
    assert tg.isreal(z).all() == (z.imag == 0).all()


def test_gradients_are_pytorchs_the_way_uphill():
    z = tg.tensor([3 + 4j, 0, -2j], requires_grad=True)
    with tg.tape():
        (z.abs() ** 2).sum().backward()
    assert z.grad.tolist() == [6 + 8j, 0, -4j]
    z.grad = None
    with tg.tape():
        (z * 1j).backward(tg.tensor([1, 1j, 1 + 1j]))
    assert z.grad.tolist() == [-1j, 1, 1 - 1j]  # PyTorch: g · conj(i)


def test_hooks_see_the_same_gradient():
    z, seen = tg.tensor([1 + 1j], requires_grad=True), []
    with tg.tape():
        y = z * 1j
        y.retain_grad()
        y.register_hook(lambda g: seen.append(g.item()) or g * 2j)
        z.register_hook(lambda g: seen.append(g.item()))
        (y * (2 + 3j)).backward(tg.tensor([1.0 + 0j]))
    assert seen == [2 - 3j, (2 - 3j) * 2j * -1j] and y.grad.item() == (2 - 3j) * 2j and z.grad.item() == seen[1]


def test_second_derivatives_are_pytorchs():
    z = tg.tensor(0.5 + 1j, requires_grad=True)
    with tg.tape():
        (first,) = tg.autograd.grad((z**3).abs(), z, create_graph=True)
        (second,) = tg.autograd.grad(first.real + 2 * first.imag, z)
    expected = [1.6770509831248421 + 3.3541019662496843j, 6.708203932499369 + 13.416407864998739j]
    np.testing.assert_allclose([first.item(), second.item()], expected)


def test_functions_of_users_get_and_answer_pytorchs_gradients():
    class Square(tg.Function):
        @staticmethod
        def forward(ctx, z):
            ctx.save_for_backward(z)
            return z * z

        @staticmethod
        def backward(ctx, g):
            (z,) = ctx.saved_tensors
            return g * 2 * z.conj()

    z = numbers(0, (2,))
    found = []
    for square in (Square.apply, tg.square):
        x = tg.tensor(z, requires_grad=True)
        with tg.tape():
            square(x * 1j).backward(tg.tensor(numbers(1, (2,))))
        found.append(x.grad.numpy())
    np.testing.assert_allclose(*found)


def test_a_complex_output_is_not_seeded_with_one():
    z = tg.tensor(1j, requires_grad=True)
    with tg.tape():
        y = z * z
    with pytest.raises(RuntimeError, match="only for real scalar outputs"):
        y.backward()


WRITES = {
    "real": lambda z: z.real.mul_(3),
    "imag": lambda z: z.imag[1:].fill_(2.0),
    "pairs": lambda z: tg.view_as_real(z)[:, 1].mul_(z.imag * 1),
    "pairs of a part": lambda z: z[1:].real.copy_(z[:-1].imag * 5),
    "numbers": lambda z: tg.view_as_complex(tg.view_as_real(z)).mul_(2j),
}


@pytest.mark.parametrize("name", WRITES)
def test_writes_through_parts_are_recorded(name):
    start = np.array([1 + 2j, -0.5 + 1j, 3 - 1j])
    weights = np.array([0.3 - 1j, 2 + 0.5j, -1 + 1j])

    def value(z):
        WRITES[name](z)
        parts = tg.view_as_real(z * z * tg.tensor(weights))
        return parts[..., 0].sum() + 2 * parts[..., 1].sum()

    x = tg.tensor(start, requires_grad=True)
    with tg.tape():
        z = x * 1
        before = z.real
        value(z).backward()
    assert np.shares_memory(before._array, z._array)
    for k in range(3):
        for step in (1e-6, 1e-6j):
            move = step * np.eye(3)[k]
            slope = (value(tg.tensor(start + move)) - value(tg.tensor(start - move))).item() / 2e-6
            assert slope == pytest.approx((x.grad[k].item() * np.conj(step / 1e-6)).real, rel=1e-6)


def test_a_part_is_read_anew_after_a_write_to_its_root():
    x = tg.tensor([1 + 2j, 3 - 1j], dtype=tg.complex128, requires_grad=True)
    with tg.tape():
        z = x * 1
        re, im = z.real, tg.view_as_real(z)[..., 1]
        z.mul_(1j)
        (2 * re + 3 * im).sum().backward()  # of i x: -2 Im x + 3 Re x
    assert x.grad.tolist() == [3 - 2j, 3 - 2j]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: tg.ones(2).imag, r"\[imag\] `x` \(dtype float32\) must be complex"),
        (lambda: tg.view_as_real(tg.ones(2)), r"\[view_as_real\] `x`"),
        (lambda: tg.view_as_complex(tg.ones(3)), r"\[view_as_complex\] `x` \(float32, shape \(3,\)\)"),
        (lambda: tg.complex(tg.ones(2), tg.ones(2).double()), r"\[complex\] `imag`"),
        (lambda: tg.complex(tg.arange(2), tg.arange(2)), r"\[complex\] `real` \(dtype int64\)"),
    ],
)
def test_what_does_not_fit_is_said(call, message):
    with pytest.raises(RuntimeError, match=message):
        call()


def test_numpy_means_the_same():
    z = tg.tensor(numbers(3, (2, 2)))
    for f in (np.conjugate, np.absolute, np.sign, np.real, np.imag, np.angle, np.isreal):
        np.testing.assert_allclose(f(z).numpy(), f(z.numpy()))
    assert parts.sgn(z).shape == z.shape


@given(seeds)
def test_activations_and_scans_of_complex_numbers_are_those_of_their_formulas(seed):
    z = 5 * numbers(seed, (2, 4)) - 2
    x, f = tg.tensor(z), tg.nn.functional
    np.testing.assert_allclose(tg.sigmoid(x).numpy(), 1 / (1 + np.exp(-z)), 1e-12)
    np.testing.assert_allclose(f.silu(x).numpy(), z / (1 + np.exp(-z)), 1e-12)
    np.testing.assert_allclose(tg.sinc(x).numpy(), np.sin(np.pi * z) / (np.pi * z), 1e-11)
    np.testing.assert_allclose(np.exp(tg.logcumsumexp(x, 1).numpy()), np.cumsum(np.exp(z), 1), 1e-11)
    np.testing.assert_allclose(f.softsign(x).numpy(), z / (1 + abs(z)), 1e-12)
    for g in (f.silu, f.softsign, lambda z: tg.logcumsumexp(z, 1)):
        check_rule(g, z)
    assert tg.logsumexp(x + 1000, 1).isfinite().all() and tg.resolve_conj(x) is x
