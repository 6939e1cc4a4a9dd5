"""The reverse sweep: accumulation, reuse, hooks, partial sweeps, higher orders."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import TapeError, tape


def leaf(*values):
    return tg.tensor(values if len(values) != 1 else values[0], dtype=tg.float64, requires_grad=True)


def test_gradients_accumulate():
    x = leaf(1.0, 2.0)
    for k in (1, 2, 3):
        with tape():
            y = (x * x).sum()
        y.backward()
        assert x.grad.tolist() == [2.0 * k, 4.0 * k]


def test_leaves_do_not_share_a_gradient_array():
    a, b = leaf(1.0, 2.0), leaf(3.0, 4.0)
    seed = tg.ones(2, dtype=tg.float64)
    with tape():
        y = a + b
    y.backward(seed)
    a.grad.mul_(5)
    assert b.grad.tolist() == [1.0, 1.0] and seed.tolist() == [1.0, 1.0]


def test_sweeping_inside_the_block_equals_sweeping_after_it():
    x = leaf(2.0)
    with tape():
        y = x * x
        y.backward()
        inside = x.grad.item()
        x.grad = None
        z = x * x
    z.backward()
    assert inside == x.grad.item() == 4.0 and not x.grad.requires_grad


def test_a_second_sweep_of_freed_values_names_both_lines():
    x = leaf(2.0)
    with tape():
        y = x * x
    y.backward()
    with pytest.raises(TapeError, match=r"\[mul\] \(.*_sweep\.py:\d+\).*second time.*_sweep\.py:\d+.*retain_graph"):
        y.backward()


def test_a_second_sweep_is_free_where_nothing_was_saved():
    x = leaf(2.0)
    with tape():
        y = x + 1
    y.backward()
    y.backward()
    assert x.grad.item() == 2.0


def test_retain_graph_allows_any_number_of_sweeps():
    x = leaf(3.0)
    with tape():
        y = x * x
    for _ in range(3):
        y.backward(retain_graph=True)
    assert x.grad.item() == 18.0


def test_sweeps_over_different_results_share_a_tape():
    x = leaf(2.0)
    with tape():
        a = x * x
        b = x * 3
    b.backward()
    a.backward()
    assert x.grad.item() == 7.0


def test_a_leaf_can_be_swept_itself():
    x = leaf(2.0)
    x.backward()
    assert x.grad.item() == 1.0


@pytest.mark.parametrize("create_graph", [True, None])
def test_higher_orders_by_flag_or_by_nesting(create_graph):
    x = leaf(2.0)
    with tape():
        with tape():
            y = x * x * x * x
        (g,) = tg.autograd.grad(y, x, create_graph=create_graph)
        with tape():
            pass
        (h,) = tg.autograd.grad(g, x, create_graph=True)
        (k,) = tg.autograd.grad(h, x, create_graph=True)
        (m,) = tg.autograd.grad(k, x)
    assert [v.item() for v in (g, h, k, m)] == [32.0, 48.0, 48.0, 24.0]


def test_an_unnested_sweep_is_not_recorded():
    x = leaf(2.0)
    with tape() as t:
        y = x * x
        y.backward()
        assert not x.grad.requires_grad and len(t) == 1


def test_grad_leaves_grads_alone_and_sweeps_only_between():
    x, w = leaf(2.0), leaf(5.0)
    with tape() as t:
        a = x * x
        b = a * w
        c = b * b
    (ga,) = tg.autograd.grad(c, a, retain_graph=True)
    assert ga.item() == 2 * 4 * 25 and x.grad is None and w.grad is None
    gx, gw = tg.autograd.grad(c, [x, w])
    assert (gx.item(), gw.item()) == (4 * 8 * 25, 2 * 16 * 5) and t[0].freed


def test_grad_of_several_outputs_with_seeds():
    x = leaf(1.0, 2.0)
    with tape():
        a, b = x * x, x * 3
    (g,) = tg.autograd.grad([a, b], x, [tg.ones(2, dtype=tg.float64), tg.full((2,), 10.0, dtype=tg.float64)])
    assert g.tolist() == [32.0, 34.0]


def test_unused_inputs_are_an_error_none_or_zeros():
    x, z = leaf(1.0), leaf(2.0, 3.0)
    with tape():
        y = x * 2
    with pytest.raises(TapeError, match=r"`inputs\[1\]`.*allow_unused"):
        tg.autograd.grad(y, [x, z])
    with tape():
        y = x * 2
    assert tg.autograd.grad(y, [x, z], allow_unused=True, retain_graph=True)[1] is None
    assert tg.autograd.grad(y, [x, z], materialize_grads=True)[1].tolist() == [0.0, 0.0]


def test_backward_into_chosen_inputs_only():
    x, w = leaf(2.0), leaf(3.0)
    with tape():
        a = x * w
        y = a * a
    y.backward(inputs=[w, a])
    assert x.grad is None and w.grad.item() == 2 * 6 * 2 and a.grad.item() == 12.0


def test_outputs_of_two_tapes_are_swept_together():
    x = leaf(2.0)
    with tape():
        a = x * x
    with tape():
        b = x * 5
    tg.autograd.backward([a, b])
    assert x.grad.item() == 9.0


def test_retain_grad_keeps_the_gradient_of_a_result():
    x = leaf(1.0, 2.0)
    with tape():
        y = x * 2
        y.retain_grad()
        z = (y * y).sum()
    assert y.retains_grad and not x.retains_grad
    z.backward()
    assert y.grad.tolist() == [4.0, 8.0]


def test_reading_grad_of_a_result_warns():
    with tape():
        y = leaf(1.0) * 2
    with pytest.warns(UserWarning, match="not a leaf.*retain_grad"):
        assert y.grad is None


def test_hooks_see_and_replace_gradients_of_leaves_and_results():
    x, seen = leaf(1.0, 2.0), []
    x.register_hook(lambda g: g * 10)
    with tape():
        y = x * 3
        handle = y.register_hook(lambda g: seen.append(g.tolist()))
        y.register_hook(lambda g: g + 1)
        z = y.sum()
    z.backward(retain_graph=True)
    assert seen == [[1.0, 1.0]] and x.grad.tolist() == [60.0, 60.0]
    handle.remove()
    handle.remove()
    z.backward()
    assert len(seen) == 1


def test_a_hook_that_answers_nonsense_is_named():
    x = leaf(1.0, 2.0)
    with tape():
        y = x * 3
        y.register_hook(lambda g: tg.ones(7))
    with pytest.raises(TapeError, match=r"\[mul\].*hook.*\(7,\).*\(2,\)"):
        y.backward(tg.ones(2))
    x.register_hook(lambda g: 3)
    with tape():
        y = (x * 3).sum()
    with pytest.raises(TypeError, match="hook answered a int"):
        y.backward()
    assert x.grad is None


def test_post_accumulate_hooks_run_after_all_gradients_are_set():
    a, b, seen = leaf(1.0), leaf(2.0), []
    for p in (a, b):
        p.register_post_accumulate_grad_hook(lambda p: seen.append((a.grad.item(), b.grad.item())))
    with tape():
        y = a * b
    y.backward()
    assert seen == [(2.0, 1.0)] * 2


def test_hooks_of_constants_are_refused():
    for use in (tg.Tensor.register_hook, lambda t, f: t.retain_grad()):
        with pytest.raises(TapeError, match="doesn't require grad"):
            use(tg.ones(3), lambda g: g)


def test_a_sweep_that_raises_changes_no_gradient():
    x, w = leaf(1.0), leaf(2.0)
    x.register_hook(lambda g: 1 / 0)
    with tape():
        y = x * w
        y.retain_grad()
        z = y * 2
    with pytest.raises(ZeroDivisionError):
        z.backward()
    assert x.grad is None and w.grad is None and y.grad is None


@pytest.mark.parametrize(
    ("gradient", "message"),
    [
        (tg.ones(4, dtype=tg.float64), r"Mismatch in shape.*\(4,\).*\(3,\)"),
        (tg.ones(1, dtype=tg.float64), r"Mismatch in shape"),
        (tg.tensor([1j, 1j, 1j]), "complex"),
    ],
)
def test_a_wrong_seed_is_refused_before_anything_is_freed(gradient, message):
    x = leaf(1.0, 2.0, 3.0)
    with tape():
        y = x * x
    with pytest.raises(TapeError, match=message):
        y.backward(gradient)
    y.backward(tg.ones(3))
    assert x.grad.tolist() == [2.0, 4.0, 6.0]


def test_any_seed_of_size_one_fits_an_output_of_size_one():
    x = leaf(1.0, 2.0)
    with tape():
        y = x.sum()
    y.backward(tg.tensor([3.0]))
    assert x.grad.tolist() == [3.0, 3.0]


def test_a_constant_cannot_be_swept():
    with pytest.raises(TapeError, match="does not require grad"):
        tg.ones(()).backward()


def test_random_programs_agree_with_their_own_second_derivative():
    rng = np.random.default_rng(0)
    for _ in range(20):
        x = tg.tensor(rng.normal(size=3), requires_grad=True)
        v = tg.tensor(rng.normal(size=3))

        def f(x):
            return ((x * x).tanh() * x.exp() / (x * x + 1)).sum()

        with tape():
            (g,) = tg.autograd.grad(f(x), x, create_graph=True)
            (hv,) = tg.autograd.grad((g * v).sum(), x)
        e = 1e-6

        def slope(at):
            with tape():
                y = f(at)
            return tg.autograd.grad(y, at)[0].numpy()

        plus = slope(tg.tensor(x.detach().numpy() + e * v.numpy(), requires_grad=True))
        minus = slope(tg.tensor(x.detach().numpy() - e * v.numpy(), requires_grad=True))
        np.testing.assert_allclose(hv.numpy(), (plus - minus) / (2 * e), rtol=1e-6, atol=1e-8)


def test_gradients_of_0d_tensors_are_arrays_everywhere():
    x = leaf(3.0)
    seen = []
    x.register_hook(lambda g: seen.append(type(g._array)))
    with tape():
        y = x * x
        y.retain_grad()
        z = y * 2.0
    z.backward(retain_graph=True)
    (g,) = tg.autograd.grad(z, x)
    assert {*seen, type(x.grad._array), type(y.grad._array), type(g._array)} == {np.ndarray}


def test_leaves_do_not_share_a_recorded_gradient():
    a, b = leaf(1.0, 2.0), leaf(3.0, 4.0)
    seed = tg.ones(1, 2, dtype=tg.float64)
    with tape():
        y = (a + b).reshape(1, 2)
    y.backward(seed, create_graph=True)
    with tg.no_grad():
        a.grad.mul_(5)
    assert b.grad.tolist() == [1.0, 1.0] and seed.tolist() == [[1.0, 1.0]]


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize("create_graph", [True, False])
def test_a_recorded_gradient_keeps_its_history_when_more_is_added(inside, create_graph):
    x = leaf(1.0, 2.0)
    with tape():
        y, z = (x**3).sum(), (x**4).sum()
        if inside:
            y.backward(create_graph=True)
            z.backward(create_graph=create_graph)
    if not inside:
        y.backward(create_graph=True)
        z.backward(create_graph=create_graph)
    (second,) = tg.autograd.grad(x.grad, x, tg.ones(2))
    first, constant = [6.0, 12.0], [0.0, 0.0]
    expected = np.add(first, [12.0, 48.0] if create_graph else constant)
    np.testing.assert_allclose(second.tolist(), expected)


def test_a_recorded_sweep_stays_recorded_after_no_grad_in_a_rule():
    class Cube(tg.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            with tg.no_grad():
                x.sum()
            return 3 * x * x * g

    x = leaf(1.0, 2.0)
    with tape():
        y = Cube.apply(x).sum()
    (g,) = tg.autograd.grad(y, x, create_graph=True)
    assert tg.autograd.grad(g, x, tg.ones(2))[0].tolist() == [6.0, 12.0]


def test_seeds_are_part_of_a_recorded_sweep():
    x, v = leaf(1.0, 2.0), tg.ones(2, requires_grad=True)  # v of another dtype
    with tape():
        y = x**3
    (g,) = tg.autograd.grad(y, x, v, create_graph=True)
    assert tg.autograd.grad(g, v, tg.ones(2))[0].tolist() == [3.0, 12.0]


def test_a_gradient_fits_its_leaf_or_is_refused():
    x = leaf(1.0, 2.0)
    with tape():
        y = (x * 2).sum()
    x.data = tg.zeros(3, dtype=tg.float64)
    with pytest.raises(TapeError, match=r"shape \(2,\) has reached a leaf of shape \(3,\)"):
        y.backward()


def test_grad_leaves_outputs_alone_that_do_not_lead_to_its_inputs():
    x, w = leaf(1.0, 2.0), leaf(3.0, 4.0)
    with tape():
        h, other = x * 1, w * 1
        y, z = (h * h).sum(), (other * other).sum()
        with tg.no_grad():
            other.add_(1)  # makes `z` impossible to sweep
    assert tg.autograd.grad([y, z], h)[0].tolist() == [2.0, 4.0]
    assert z.grad_fn.next_functions


def test_an_output_of_several_may_be_asked_of_where_only_a_later_one_was_used():
    class Twice(tg.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1, x * 2

        @staticmethod
        def backward(ctx, g, h):
            return g + 2 * h

    x = leaf(1.0, 2.0)
    with tape():
        first, second = Twice.apply(x)
        y = second * 2
    assert tg.autograd.grad(y, first, tg.ones(2), allow_unused=True) == (None,)
