"""Operations of the user's own: primitives and Functions."""

import weakref

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import TapeError, tape


def leaf(*values):
    return tg.tensor(values, dtype=tg.float64, requires_grad=True)


class Exp(tg.Function):
    @staticmethod
    def forward(ctx, x):
        y = x.exp()
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return g * y

    @staticmethod
    def jvp(ctx, t):
        (y,) = ctx.saved_tensors
        return t * y


class Scale(tg.Function):
    @staticmethod
    def forward(ctx, x, factor, y):
        ctx.factor = factor
        assert ctx.needs_input_grad == (True, False, False)
        return x * factor + y

    @staticmethod
    def backward(ctx, g):
        return g * ctx.factor, None, None


def test_a_function_is_one_record_with_the_users_line():
    x = leaf(0.0, 1.0)
    with tape() as t:
        y = Exp.apply(x)
    assert [(r.op, r.saved_bytes) for r in t] == [("ExpBackward", 16)] and "test_extend.py" in t[0].line
    assert repr(y.grad_fn).startswith("<ExpBackward object at 0x")
    y.backward(tg.ones(2))
    np.testing.assert_allclose(x.grad.numpy(), np.exp([0.0, 1.0]))


def test_functions_have_higher_derivatives():
    x = leaf(0.5)
    with tape():
        y = Exp.apply(x)
        for _ in range(3):
            (y,) = tg.autograd.grad(y, x, create_graph=True)
    assert y.item() == pytest.approx(np.exp(0.5))


def test_a_function_may_take_what_is_no_tensor():
    x = leaf(1.0)
    with tape():
        y = Scale.apply(x, 3.0, tg.ones(1).double())
    y.backward()
    assert y.item() == 4.0 and x.grad.item() == 3.0


def test_outside_a_tape_a_function_computes_only():
    assert Exp.apply(tg.zeros(1)).item() == 1.0 and not Exp.apply(leaf(0.0)).requires_grad


def test_setup_context_is_the_other_way_to_write_one():
    class Square(tg.Function):
        @staticmethod
        def forward(x):
            return x * x

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(*inputs)

        @staticmethod
        def backward(ctx, g):
            return 2 * ctx.saved_tensors[0] * g

    x = leaf(3.0)
    with tape():
        y = Square.apply(x)
    y.backward()
    assert x.grad.item() == 6.0


def two_outputs(materialize):
    seen = []

    class Two(tg.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(materialize)
            where = x.argmax()
            ctx.mark_non_differentiable(where)
            return x * 2, x * 3, where

        @staticmethod
        def backward(ctx, g2, g3, gi):
            seen.append(g2)
            return 3 * g3

    return Two, seen


@pytest.mark.parametrize("materialize", [True, False])
def test_outputs_without_a_cotangent_get_zeros_or_none(materialize):
    function, seen = two_outputs(materialize)
    x = leaf(1.0, 2.0)
    with tape():
        a, b, where = function.apply(x)
    assert a.requires_grad and not where.requires_grad
    b.backward(tg.ones(2))
    assert x.grad.tolist() == [3.0, 3.0]
    assert seen[0].tolist() == [0.0, 0.0] if materialize else seen == [None]


def test_mark_dirty_moves_the_tensor_to_the_functions_output():
    class Double(tg.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x)
            return x.mul_(2)

        @staticmethod
        def backward(ctx, g):
            return 2 * g

    x = leaf(1.0, 2.0)
    with tape():
        y = x * 1
        z = Double.apply(y)
        assert z is y and y.grad_fn.name() == "DoubleBackward"
        w = (y * y).sum()
    w.backward()
    assert x.grad.tolist() == [8.0, 16.0]


def test_saved_tensors_are_guarded_and_freed():
    x = leaf(1.0, 2.0)
    with tape():
        y = Exp.apply(x)
        with tg.no_grad():
            y.add_(1)
    with pytest.raises(TapeError, match=r"\[ExpBackward\].*modified"):
        y.backward(tg.ones(2))
    with tape():
        y = Exp.apply(x)
    alive = weakref.ref(y._array)
    z = y.grad_fn
    del y
    assert alive() is not None
    z._tape.records.clear()
    del z
    assert alive() is None


def test_an_argument_returned_as_it_is_gets_a_slot_of_its_own():
    class Same(tg.Function):
        @staticmethod
        def forward(ctx, x):
            return x

        @staticmethod
        def backward(ctx, g):
            return 5 * g

    x = leaf(1.0)
    with tape():
        y = Same.apply(x)
        assert y is not x
    y.backward()
    assert x.grad.item() == 5.0


def test_a_gradient_of_another_dtype_is_cast_to_that_of_its_argument():
    class Wide(tg.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g.double() * 2

    x = tg.ones(2, requires_grad=True)
    with tape():
        y = Wide.apply(x).sum()
    y.backward()
    assert x.grad.dtype == tg.float32


def test_what_a_function_saves_is_memory_that_nobody_changes_unseen():
    class View(tg.Function):
        @staticmethod
        def forward(ctx, x, c):
            ctx.save_for_backward(c.T)
            return x * c.T

        @staticmethod
        def backward(ctx, g):
            return g * ctx.saved_tensors[0], None

    class Triple(tg.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x.mul_(3))
            ctx.save_for_backward(x)
            return x

        @staticmethod
        def backward(ctx, g):
            return g * ctx.saved_tensors[0]

    x, a = leaf([1.0, 2.0], [3.0, 4.0]), np.ones((2, 2))
    with tape():
        h = x * 1
        alias = h.detach().numpy()
        y = View.apply(x, tg.from_numpy(a)).sum() + Triple.apply(h).sum()
    a[...], alias[...] = 7.0, 7.0
    y.backward()
    assert x.grad.tolist() == [[4.0, 7.0], [10.0, 13.0]]


def test_saved_parameters_that_are_no_arguments_have_derivatives_too():
    class Weighted(tg.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(w)
            return x * w

        @staticmethod
        def backward(ctx, g):
            return g * ctx.saved_tensors[0]

    x, w = leaf(1.0, 2.0), leaf(3.0, 4.0)
    with tape():
        y = Weighted.apply(x).sum()
    (g,) = tg.autograd.grad(y, x, create_graph=True)
    assert tg.autograd.grad(g, w, tg.ones(2))[0].tolist() == [1.0, 1.0]


def test_dirty_arguments_are_returned_and_leaves_stay_leaves():
    class Double(tg.Function):
        @staticmethod
        def forward(ctx, x, returned):
            ctx.mark_dirty(x.mul_(2))
            return x if returned else x * 1

        @staticmethod
        def backward(ctx, g):
            return 2 * g, None

    x = leaf(1.0, 2.0)
    assert Double.apply(x, True) is x and x.is_leaf and x.requires_grad
    with tape():
        h = x * 1
        with pytest.raises(TapeError, match=r"\[Double\].*must return the inputs"):
            Double.apply(h, False)


def test_what_is_missing_is_named():
    class Nothing(tg.Function):
        pass

    with pytest.raises(NotImplementedError, match="forward"):
        Nothing.apply(leaf(1.0))
    with pytest.raises(TypeError, match=r"\[N\] `forward` must answer a Tensor, or a tuple with one, got NoneType"):
        type("N", (tg.Function,), {"forward": staticmethod(lambda ctx, x: None)}).apply(leaf(1.0))
    with pytest.raises(TypeError, match="save_for_backward"):
        type("S", (tg.Function,), {"forward": staticmethod(lambda ctx, x: ctx.save_for_backward(1))}).apply(leaf(1.0))


@pytest.fixture
def hypotenuse():
    @tg.primitive
    def hypotenuse(a, b, *, scale=1.0):
        return scale * np.sqrt(a * a + b * b)

    hypotenuse.defvjp(
        lambda g, a, y, scale: g * scale * scale * a / y, lambda g, b, y, scale: g * scale * scale * b / y
    )
    hypotenuse.defjvp(
        lambda t, a, y, scale: t * scale * scale * a / y, lambda t, b, y, scale: t * scale * scale * b / y
    )
    return hypotenuse


def test_a_primitive_records_differentiates_and_passes_the_kit(hypotenuse):
    from tapegrad.testing import check_rule

    a, b = leaf(3.0, 5.0), leaf(4.0, 12.0)
    with tape() as t:
        y = hypotenuse(a, b, scale=2.0)
    assert y.tolist() == [10.0, 26.0] and t[0].settings == {"scale": 2.0} and t[0].op == "hypotenuse"
    assert hypotenuse(np.array([3.0]), np.array([4.0])).tolist() == [5.0]
    check_rule(hypotenuse, np.array([3.0, 5.0]), np.array([4.0, 12.0]), scale=2.0)


def test_rules_of_a_primitive_are_checked_when_given(hypotenuse):
    with pytest.raises(ValueError, match=r"\[hypotenuse\] 1 vjp rules for 2 arguments"):
        hypotenuse.defvjp(lambda g: g)
    with pytest.raises(ValueError, match=r"\[hypotenuse\] a vjp rule names `z`; it may name g, y, a, b"):
        hypotenuse.defvjp(lambda g, z: g, None)
    with pytest.raises(ValueError, match="`g` is reserved"):
        tg.primitive(lambda g: g)
    with pytest.raises(TypeError, match="one by one"):
        tg.primitive(lambda *arrays: arrays)


@pytest.mark.parametrize(
    ("rule", "found"),
    [(lambda g: g.sum(), r"shape \(\)"), (lambda g: None, "a NoneType"), (lambda g: 3.0, "a float")],
)
def test_a_rule_that_answers_no_cotangent_is_named_in_the_sweep(rule, found):
    @tg.primitive
    def twice(x):
        return 2 * x

    twice.defvjp(rule)
    x = leaf(1.0, 2.0)
    with tape():
        y = twice(x).sum()
    with pytest.raises(TapeError, match=rf"\[twice\] .*test_extend.*: the vjp rule of `x` answered {found}.*, \(2,\)"):
        y.backward()
    assert x.grad is None


def test_new_rules_replace_old_ones(hypotenuse):
    a, b = leaf(3.0), leaf(4.0)
    for rule in (lambda g: g, lambda g: 7 * g):
        hypotenuse.defvjp(rule, None)
        a.grad = None
        with tape():
            y = hypotenuse(a, b)
        y.backward()
    assert a.grad.item() == 7.0 and b.grad is None


def test_a_primitive_without_rules_gives_constants():
    rounded = tg.primitive(lambda x: np.round(x), name="rounded")
    with tape() as t:
        assert not rounded(leaf(1.5)).requires_grad
    assert len(t) == 0
