"""The kit must find every kind of wrong rule, and say where; each test here breaks one thing."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad.testing import check_rule

A = np.array([[0.5, -1.5, 2.0], [1.0, 3.0, -0.25]])  # (2, 3)
B = np.array([[2.0, 1.0, -1.0], [0.5, -2.0, 1.5]])  # (2, 3)


def product(*, vjp_a=lambda g, b: g * b, vjp_b=lambda g, a: g * a, jvp_a=lambda t, b: t * b, jvp_b=lambda t, a: t * a):
    """a·b, with right rules unless others are given."""

    @tg.primitive
    def product(a, b):
        return a * b

    product.defvjp(vjp_a, vjp_b)
    product.defjvp(jvp_a, jvp_b)
    return product


def square(vjp=lambda g, x: 2.0 * g * x, jvp=lambda t, x: 2.0 * t * x, forward=lambda x: x * x):
    """x², with right rules unless others are given."""
    op = tg.primitive(forward, name="square")
    op.defvjp(vjp)
    op.defjvp(jvp)
    return op


def cut(x):
    """`x` without its history: what a rule must not do to what it names."""
    return x.detach() if isinstance(x, tg.Tensor) else x


def test_right_rules_pass():
    check_rule(product(), A, B)
    check_rule(square(), A, order=3)
    check_rule(tg.mul, A, B[0])
    check_rule(tg.mul, A.astype("float32"), np.float32(B))


def test_a_wrong_factor_is_found():
    op = product(vjp_b=lambda g, a: 2.0 * g * a)
    message = (
        r"\[product\] vjp of `b`, element \(1, 1\), at output element \(1, 1\): "
        r"expected 3 \(central differences\), got 6"
    )
    with pytest.raises(AssertionError, match=message):
        check_rule(op, A, B, order=1)


def test_a_factor_that_only_one_element_shows_is_found():
    op = product(vjp_a=lambda g, b: g * b * tg.tensor([1.0, 1.0, 1.001], dtype=tg.float64)._array)
    with pytest.raises(AssertionError, match=r"vjp of `a`, element \(1, 2\), .* expected 1.5 .* got 1.5015"):
        check_rule(op, A, B, order=1)


def test_a_wrong_transpose_is_found():
    op = tg.primitive(lambda x: x.T, name="turn")
    op.defvjp(lambda g: g)
    op.defjvp(lambda t: t.T)
    with pytest.raises(AssertionError, match=r"\[turn\] vjp of `x`, element \(0, 1\), at output element \(0, 1\)"):
        check_rule(op, A[:, :2], order=1)


def test_a_missing_sum_over_broadcast_axes_is_found():
    with pytest.raises(tg.TapeError, match=r"\[product\] .*the vjp rule of `b` answered shape \(2, 3\)"):
        check_rule(product(), A, B[0])


def test_a_wrong_jvp_alone_is_found():
    op = product(jvp_b=lambda t, a: -t * a)
    with pytest.raises(AssertionError, match=r"\[product\] jvp of `b`, .* \(central differences\)"):
        check_rule(op, A, B)


def test_a_missing_jvp_is_named_with_its_cure():
    op = square(jvp=None)
    with pytest.raises(AssertionError, match=r"`square` has a vjp but no jvp.* jvp=False"):
        check_rule(op, A)
    check_rule(op, A, jvp=False)


def test_a_wrong_vjp_is_found_without_forward_mode():
    with pytest.raises(AssertionError, match=r"vjp of `x`, element \(1, 1\)"):
        check_rule(square(vjp=lambda g, x: 3.0 * g * x, jvp=None), A, jvp=False)


def test_a_missing_vjp_is_found():
    with pytest.raises(AssertionError, match=r"\[square\] vjp of `x`, element \(1, 1\), .* expected 6 .* got 0"):
        check_rule(square(vjp=None, jvp=None), A)


def test_a_vjp_that_is_wrong_in_second_order_only_is_found():
    op = square(vjp=lambda g, x: 2.0 * g * cut(x))
    check_rule(op, A, order=1)
    with pytest.raises(AssertionError, match=r"\[square\] gradient: vjp of `x`.* got 0"):
        check_rule(op, A)


def test_a_jvp_that_is_wrong_in_second_order_only_is_found():
    op = square(jvp=lambda t, x: 2.0 * t * cut(x))
    check_rule(op, A, order=1)
    with pytest.raises(AssertionError, match=r"\[square\] tangent: vjp of `x`.* got 0"):
        check_rule(op, A)


def test_a_vjp_that_does_not_depend_on_the_cotangent_is_found():
    with pytest.raises(AssertionError, match=r"\[square\]"):
        check_rule(square(vjp=lambda g, x: 2.0 * x), A)


def test_a_vjp_that_writes_to_the_cotangent_is_found():
    def writing(g, x):
        g *= 2.0
        return g * x

    with pytest.raises(AssertionError, match="cotangent of output 0 was written to"):
        check_rule(square(vjp=writing), A)


def test_a_vjp_that_writes_to_an_argument_is_found():
    def writing(g, x):
        x += 1.0
        return 2.0 * g * x

    with pytest.raises(AssertionError, match=r"differs|written to"):
        check_rule(square(vjp=writing), A.copy(), order=1)


def test_an_operation_that_writes_to_its_argument_is_found():
    def writing(x):
        y = x * x
        x[0, 0] = 7.0
        return y

    with pytest.raises(AssertionError, match=r"\[square\] .*(differs|written to)"):
        check_rule(square(forward=writing), A.copy(), order=1)


def test_an_operation_that_does_not_repeat_is_found():
    random = np.random.default_rng(0)
    with pytest.raises(AssertionError, match="output 0 differs between a recorded call and one that is not"):
        check_rule(square(forward=lambda x: x * x + 1e-9 * random.random()), A, order=1)


def test_a_wrong_dtype_is_found():
    op = square(vjp=lambda g, x: (2.0 * g * x).astype("float64"))
    with pytest.raises(AssertionError, match="gradient of `x`: expected dtype float32, got float64"):
        check_rule(op, A.astype("float32"), order=1)


def test_a_wrong_dtype_of_a_tangent_is_found():
    op = square(jvp=lambda t, x: (2.0 * t * x).astype("float64"))
    with pytest.raises(AssertionError, match="tangent of output 0: expected dtype float32, got float64"):
        check_rule(op, A.astype("float32"), order=1)


def test_a_wrong_shape_is_found():
    op = square(vjp=lambda g, x: (2.0 * g * x)[:1])
    with pytest.raises(tg.TapeError, match=r"the vjp rule of `x` answered shape \(1, 3\)"):
        check_rule(op, A, order=1)


def test_a_rule_that_loses_precision_is_found():
    op = square(vjp=lambda g, x: (2.0 * g * x).astype("float16").astype(g.dtype))
    with pytest.raises(AssertionError, match="vjp of `x`"):
        check_rule(op, A.astype("float32") / 3, order=1)


def test_a_rule_that_trusts_memory_layout_is_found():
    def trusting(g, x):
        return 2.0 * g.ravel(order="K").reshape(g.shape) * x

    with pytest.raises(AssertionError, match=r"vjp of `x` with (negative strides|Fortran order|gaps)"):
        check_rule(square(vjp=trusting), A, order=1)


def test_a_result_that_is_no_tensor_is_found():
    with pytest.raises(AssertionError, match="returned a NumPy ndarray for Tensor arguments"):
        check_rule(lambda x: x.detach().numpy(), A)


def test_the_argument_at_fault_is_named_inside_sequences():
    op = product(vjp_b=lambda g, a: g)
    with pytest.raises(AssertionError, match=r"vjp of `pair\[1\]`, element"):
        check_rule(lambda pair: op(*pair), [A, B], order=1)


def test_the_output_at_fault_is_named():
    op = square(vjp=lambda g: g)
    with pytest.raises(AssertionError, match=r"vjp of `x`, element .*, at output 1, element"):
        check_rule(lambda x: (x * 2.0, op(x)), A, order=1)


def test_wrt_leaves_the_other_arguments_alone():
    op = product(vjp_b=lambda g, a: g)
    check_rule(op, A, B, wrt=0)
    check_rule(op, A, B, wrt="a")
    with pytest.raises(AssertionError, match="vjp of `b`"):
        check_rule(op, A, B, wrt=["b"])
    with pytest.raises(ValueError, match=r"`wrt` \(='c'\) must name a floating argument"):
        check_rule(op, A, B, wrt="c")


def test_integer_arguments_and_outputs_are_constants():
    check_rule(lambda x, at: (x[at], at), A, np.array([1, 0, 1]))
    check_rule(lambda x: x > 0, A)


def test_a_step_function_has_the_derivative_zero():
    op = square(forward=lambda x: np.floor(x), vjp=None, jvp=None)
    check_rule(op, A + 0.1)


def test_outputs_that_are_not_finite_have_no_differences():
    check_rule(lambda x: tg.where(tg.tensor(A > 0), x, tg.tensor(-np.inf, dtype=tg.float64)), A)


def test_where_the_result_is_nan_the_gradient_may_be():
    check_rule(lambda x: x * np.nan, A)
    with pytest.raises(AssertionError, match="got nan"):
        check_rule(square(vjp=lambda g, x: g * np.nan), A)


def test_an_exception_inside_a_rule_says_what_was_checked():
    def needs_an_array(g, x):
        return 2.0 * g * x if g.flags else g

    with pytest.raises(AttributeError) as caught:
        check_rule(square(vjp=needs_an_array), A)
    assert caught.value.__notes__ == ["[square] gradient: while `g`, `x` are tracked"]


def test_plain_arrays_must_give_the_values_of_tensors():
    def forgetful(x):
        return right(x) if isinstance(x, tg.Tensor) else x

    right = square()
    forgetful.primitive = right.primitive
    with pytest.raises(AssertionError, match=r"\[square\] output 0 of plain arrays, element \(1, 1\): expected 9 "):
        check_rule(forgetful, A)


def test_a_gradient_for_an_untracked_argument_is_found():
    def generous(a, b):
        b.grad = tg.zeros_like(b)
        return a * b

    with pytest.raises(AssertionError, match="`b` is not tracked and got a gradient"):
        check_rule(generous, A, B, wrt="a")


@pytest.mark.parametrize("shape", [(), (0,), (2, 0, 3), (1, 1)])
def test_every_shape_is_an_example(shape):
    check_rule(product(), np.full(shape, 2.0), np.full(shape, 3.0))


@pytest.mark.parametrize("view", [A[::-1, ::2], A.T, np.broadcast_to(A[0], (2, 3)), np.asfortranarray(A)])
def test_every_layout_is_an_example(view):
    check_rule(square(), view)


def test_tensors_are_arguments_too():
    check_rule(product(), tg.tensor(A), tg.tensor(B, requires_grad=True))


def test_settings_are_passed_on_and_arrays_among_them_checked():
    def scaled(x, *, by, name):
        assert name == "x"
        return product(vjp_b=lambda g, a: g)(x, by)

    with pytest.raises(AssertionError, match="vjp of `by`"):
        check_rule(scaled, A, by=B, name="x")


class Cube(tg.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x * x

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 3 * g * x * x


class CubeBothWays(Cube):
    @staticmethod
    def jvp(ctx, t):
        (x,) = ctx.saved_tensors
        return 3 * t * x * x


def test_functions_are_checked_like_primitives():
    check_rule(Cube.apply, A, jvp=False)
    check_rule(CubeBothWays.apply, A)
    with pytest.raises(AssertionError, match="`CubeBackward` has a vjp but no jvp"):
        check_rule(Cube.apply, A)
