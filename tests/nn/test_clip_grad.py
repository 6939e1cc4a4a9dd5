"""Clipping gradients."""

import pytest

import tapegrad as tg
from tapegrad.nn.utils import clip_grad_norm_, clip_grad_value_, clip_grads_with_norm_, get_total_norm


def parameters() -> list[tg.Tensor]:
    """Three of them, gradients (3, 0) and ((0), (-4)), and one without."""
    params = [tg.zeros(2, requires_grad=True), tg.zeros(2, 1, requires_grad=True), tg.zeros(1, requires_grad=True)]
    params[0].grad, params[1].grad = tg.tensor([3.0, 0.0]), tg.tensor([[0.0], [-4.0]])
    return params


@pytest.mark.parametrize(("order", "norm"), [(2.0, 5.0), (1.0, 7.0), (float("inf"), 4.0)])
def test_long_gradients_are_scaled_together(order, norm):
    params = parameters()
    assert clip_grad_norm_(params, norm / 2, order).item() == norm
    assert params[0].grad.tolist() == pytest.approx([1.5, 0.0], abs=1e-5)
    assert params[1].grad[1].item() == pytest.approx(-2.0, abs=1e-5)
    assert get_total_norm([p.grad for p in params[:2]], order).item() == pytest.approx(norm / 2, abs=1e-5)


def test_short_gradients_stay_as_they_are():
    params = parameters()
    clip_grad_norm_(iter(params), 6.0)
    assert params[0].grad.tolist() == [3.0, 0.0]


def test_one_parameter_may_come_alone_and_none_at_all():
    p = parameters()[0]
    assert clip_grad_norm_(p, 1.0).item() == 3.0
    assert clip_grad_norm_([tg.zeros(1)], 1.0).item() == 0.0


def test_values_are_limited_one_by_one():
    params = parameters()
    clip_grad_value_(params, 3.5)
    assert (params[0].grad.tolist(), params[1].grad.tolist()) == ([3.0, 0.0], [[0.0], [-3.5]])


def test_a_norm_that_is_no_number_is_an_error_if_asked_for_and_changes_nothing():
    params = parameters()
    params[1].grad = tg.tensor([[float("nan")], [1.0]])
    with pytest.raises(RuntimeError, match=r"\[clip_grad_norm_\] the total norm of order 2.0 .* is nan"):
        clip_grad_norm_(params, 1.0, error_if_nonfinite=True)
    assert params[0].grad.tolist() == [3.0, 0.0]


def test_clipping_inside_a_tape_records_nothing():
    params = parameters()
    with tg.tape() as t:
        clip_grad_norm_(params, 1.0)
    assert len(t) == 0


def test_clipping_is_a_norm_and_a_scaling():
    params, twins = parameters(), parameters()
    clip_grad_norm_(params, 1.0)
    clip_grads_with_norm_(twins, 1.0, get_total_norm([p.grad for p in twins[:2]]))
    assert [p.grad.tolist() for p in params[:2]] == [p.grad.tolist() for p in twins[:2]]


def test_complex_gradients_are_scaled_and_have_no_order():
    z = tg.zeros(2, dtype=tg.complex64, requires_grad=True)
    z.grad = tg.tensor([3 + 0j, 4j])
    assert clip_grad_norm_(z, 2.5).item() == 5.0
    assert z.grad.tolist() == pytest.approx([1.5, 2j], abs=1e-5)
    with pytest.raises(RuntimeError, match="complex gradients have no order"):
        clip_grad_value_(z, 1.0)


def test_a_gradient_that_a_sweep_still_needs_is_noticed_when_it_is_clipped():
    x = tg.ones(2, requires_grad=True)
    with tg.tape():
        (x**3).sum().backward(create_graph=True)
        y = (x.grad * x.grad).sum()
        clip_grad_norm_(x, 0.5)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.backward()
