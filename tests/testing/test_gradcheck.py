"""`gradcheck` and `gradgradcheck` accept what is right and say, as PyTorch does, what is wrong."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad.testing import GradcheckError, gradcheck, gradgradcheck

MODES = pytest.mark.parametrize("fast_mode", [False, True])


def leaf(*values, dtype=tg.float64):
    return tg.tensor(values, dtype=dtype, requires_grad=True)


def square(vjp=lambda g, x: 2.0 * g * x, jvp=lambda t, x: 2.0 * t * x):
    op = tg.primitive(lambda x: x * x, name="square")
    op.defvjp(vjp)
    op.defjvp(jvp)
    return op


def first_order_only(g, x):
    """The gradient of x² whose own gradient is missing."""
    return 2.0 * g * (x.detach() if isinstance(x, tg.Tensor) else x)


@MODES
def test_right_derivatives_pass(fast_mode):
    x, y = leaf(1.0, 2.0), leaf([3.0, -1.0], [0.5, 2.0])
    assert gradcheck(lambda x, y: x * y, (x, y), check_forward_ad=True, fast_mode=fast_mode) is True
    assert gradgradcheck(lambda x, y: x * y * y, (x, y), check_fwd_over_rev=True, fast_mode=fast_mode) is True


@MODES
def test_a_wrong_gradient_is_an_error(fast_mode):
    with pytest.raises(GradcheckError, match="Jacobian mismatch for output 0 with respect to input 0,\nnumerical:"):
        gradcheck(square(vjp=lambda g, x: 3.0 * g * x), leaf(1.0, 2.0), fast_mode=fast_mode)


def test_the_error_names_the_elements_and_both_values():
    match = r"element \(1,\) of the input and element \(1,\) of the output: numerical 4\.?\d*, analytical 6"
    with pytest.raises(GradcheckError, match=match):
        gradcheck(square(vjp=lambda g, x: 3.0 * g * x), leaf(1.0, 2.0))


def test_the_error_counts_inputs_as_they_were_given():
    wrong = square(vjp=lambda g: g)
    with pytest.raises(GradcheckError, match="output 1 with respect to input 2"):
        gradcheck(lambda a, k, b: (a * k, wrong(b)), (leaf(1.0), 3.0, leaf(2.0)))


def test_without_exceptions_the_answer_is_false():
    assert gradcheck(square(vjp=lambda g, x: 3.0 * g * x), leaf(1.0), raise_exception=False) is False
    assert gradgradcheck(square(vjp=first_order_only), leaf(1.0), raise_exception=False) is False


def test_forward_mode_is_checked_on_demand():
    wrong = square(jvp=lambda t, x: t)
    assert gradcheck(wrong, leaf(1.0))
    with pytest.raises(GradcheckError, match="Jacobian computed with forward mode mismatch for output 0"):
        gradcheck(wrong, leaf(1.0), check_forward_ad=True)
    with pytest.raises(ValueError, match="at least one of check_forward_ad or check_backward_ad"):
        gradcheck(wrong, leaf(1.0), check_backward_ad=False)


def test_second_order_is_checked_by_gradgradcheck():
    wrong = square(vjp=first_order_only)
    assert gradcheck(wrong, leaf(1.0, 2.0))
    with pytest.raises(GradcheckError, match="Jacobian mismatch for output 0 with respect to input 0"):
        gradgradcheck(wrong, leaf(1.0, 2.0))
    assert gradgradcheck(lambda x: x * x, leaf(1.0), grad_outputs=leaf(2.0), gen_non_contig_grad_outputs=True)


def test_an_input_must_require_grad():
    with pytest.raises(ValueError, match="gradcheck expects at least one input tensor to require gradient"):
        gradcheck(lambda x: x * x, tg.tensor([1.0]))


def test_single_precision_inputs_warn():
    with pytest.warns(UserWarning, match="Input #1 requires gradient and is not a double precision"):
        gradcheck(lambda x, y: x * y, (leaf(1.0), leaf(1.0, dtype=tg.float32)), eps=1e-2, atol=1e-2)


def test_outputs_that_do_not_depend_on_the_input_have_zero_gradients():
    assert gradcheck(lambda x: (x * x, tg.tensor([5.0])), leaf(1.0))
    with pytest.raises(GradcheckError, match="Jacobian mismatch"):
        gradcheck(lambda x: tg.tensor(x.detach().numpy() ** 2), leaf(1.0))


def test_sweeps_that_differ_are_found():
    random = np.random.default_rng(0)
    noisy = square(vjp=lambda g, x: 2.0 * g * x + 1e-9 * random.random())
    with pytest.raises(GradcheckError, match="Backward is not reentrant for input 0"):
        gradcheck(noisy, leaf(1.0))
    assert gradcheck(noisy, leaf(1.0), nondet_tol=1e-8)


def test_gradient_dtypes_are_checked_on_demand():
    wide = square(vjp=lambda g, x: (2.0 * g * x).astype("float64"))
    x = leaf(1.0, dtype=tg.float32)
    with pytest.warns(UserWarning), pytest.raises(GradcheckError, match="has dtype float64, the input has float32"):
        gradcheck(wide, x, eps=1e-2, atol=1e-2, check_grad_dtypes=True)


def test_a_backward_that_needs_every_cotangent_is_found():
    class Both(tg.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(False)
            return x * 2, x * 3

        @staticmethod
        def backward(ctx, g, h):
            return None if g is None or h is None else 2 * g + 3 * h

    with pytest.raises(GradcheckError, match="handle undefined output grads"):
        gradcheck(Both.apply, leaf(1.0))
    assert gradcheck(Both.apply, leaf(1.0), check_undefined_grad=False)


def test_the_inputs_stay_as_they_are():
    x = leaf(1.0, 2.0)
    gradcheck(lambda x: x * x, x)
    assert x.grad is None
    assert x.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("shape", [(), (0,), (2, 0)])
def test_every_shape_is_an_input(shape):
    x = tg.zeros(shape, dtype=tg.float64, requires_grad=True)
    assert gradcheck(lambda x: x * x, x)
    assert gradgradcheck(lambda x: x * x, x)
