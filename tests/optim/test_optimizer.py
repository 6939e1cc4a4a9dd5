"""Groups, checks, state and warnings that all optimisers share."""

import pytest

import tapegrad as tg
from tapegrad.optim import SGD, Adam, AdamW


def leaf(*shape) -> tg.Tensor:
    return tg.ones(*shape, requires_grad=True)


def with_grad(value: float) -> tg.Tensor:
    p = leaf(2)
    p.grad = tg.full((2,), value)
    return p


# ------------------------------------------------------------------------------ checks


@pytest.mark.parametrize("params", [[], iter(())])
def test_an_empty_parameter_list_is_an_error(params):
    with pytest.raises(ValueError, match="empty parameter list"):
        SGD(params)


def test_one_tensor_instead_of_a_list_is_an_error():
    with pytest.raises(TypeError, match=r"iterable of Tensors or dicts, got one: `\[tensor\]`"):
        SGD(leaf(1))


def test_something_else_than_tensors_is_an_error():
    with pytest.raises(TypeError, match="must hold Tensors, got float"):
        SGD([1.0])


def test_an_unordered_group_is_an_error():
    with pytest.raises(TypeError, match="a set is not: use a list"):
        SGD([{"params": {leaf(1)}}])


def test_what_an_operation_computed_is_no_parameter():
    with tg.tape():
        y = leaf(2) * 2
    with pytest.raises(ValueError, match="can't optimize a non-leaf Tensor"):
        SGD([y])


def test_read_only_memory_is_an_error():
    with pytest.raises(ValueError, match="read-only memory"):
        SGD([tg.ones(1).expand(3)])


def test_a_parameter_in_two_groups_is_an_error_and_adds_nothing():
    p = leaf(1)
    optimizer = SGD([p])
    with pytest.raises(ValueError, match="more than one parameter group"):
        optimizer.add_param_group({"params": [leaf(1), p]})
    assert len(optimizer.param_groups) == 1


def test_a_group_without_parameters_of_any_number_is_an_error():
    with pytest.raises(KeyError, match="a parameter group must have 'params'"):
        SGD([{"lr": 0.1}])


def test_several_elements_are_no_learning_rate():
    with pytest.raises(ValueError, match="Tensor lr must be 1-element"):
        SGD([leaf(1)], lr=tg.ones(2))
    assert SGD([with_grad(1.0)], lr=tg.tensor(0.5)).step() is None


def test_adam_takes_betas_of_one_kind_and_hints_that_agree():
    with pytest.raises(ValueError, match="either both floats or both Tensors"):
        Adam([leaf(1)], betas=(0.9, tg.tensor(0.99)))
    with pytest.raises(ValueError, match="lr as a Tensor is not supported for capturable=False and foreach=True"):
        Adam([leaf(1)], lr=tg.tensor(0.1), foreach=True)
    with pytest.raises(RuntimeError, match="cannot be `True` together"):
        Adam([leaf(1)], fused=True, foreach=True)


@pytest.mark.parametrize(
    ("name", "settings", "match"),
    [
        ("Adadelta", {"rho": 1.1}, r"`rho` \(=1.1\) must be at most 1"),
        ("Adafactor", {"d": 0.5}, r"`d` \(=0.5\) must be at least 1"),
        ("Adafactor", {"beta2_decay": 0.8}, "`beta2_decay`"),
        ("Adafactor", {"eps": (-1.0, 1e-3)}, "`eps`"),
        ("Adagrad", {"lr_decay": -0.5}, "`lr_decay`"),
        ("LBFGS", {"lr": -1}, "`lr`"),
        ("Lion", {"betas": (1.0, 0.9)}, "`betas`"),
        ("Muon", {"adjust_lr_fn": "arbitrary"}, "`adjust_lr_fn`"),
        ("Muon", {"ns_coefficients": (1.0, 2.0)}, "exactly 3 numbers"),
        ("Muon", {"ns_steps": 100}, "less than 100"),
        ("NAdam", {"momentum_decay": -0.2}, "`momentum_decay`"),
        ("NovoGrad", {"eps": -1}, "`eps`"),
        ("RMSprop", {"alpha": -1}, "`alpha`"),
        ("Rprop", {"etas": (1.0, 0.5)}, "`etas`"),
        ("SparseAdam", {"lr": 0.0}, r"`lr` \(=0.0\) must be greater than 0"),
        ("SparseAdam", {"eps": 0}, "`eps`"),
    ],
)
def test_settings_out_of_their_range_are_errors(name, settings, match):
    with pytest.raises(ValueError, match=match):
        getattr(tg.optim, name)([tg.ones(2, 2, requires_grad=True)], **settings)


def test_what_an_optimiser_cannot_train_is_an_error():
    with pytest.raises(ValueError, match="only supports 2D parameters"):
        tg.optim.Muon([leaf(3)])
    for kind in (tg.optim.Muon, tg.optim.Adafactor):
        z = tg.ones(2, 2, dtype=tg.complex64, requires_grad=True)
        z.grad = tg.ones_like(z)
        with pytest.raises(RuntimeError, match="does not support complex parameters"):
            kind([z]).step()
    with pytest.raises(ValueError, match="does not support complex parameters"):
        tg.optim.SparseAdam([z])
    with pytest.raises(ValueError, match="doesn't support per-parameter options"):
        tg.optim.LBFGS([{"params": [leaf(1)]}, {"params": [leaf(1)]}])
    with pytest.raises(RuntimeError, match="only 'strong_wolfe' is supported"):
        tg.optim.LBFGS([leaf(1)], line_search_fn="golden")
    with pytest.raises(TypeError, match="`step` needs a closure"):
        tg.optim.LBFGS([leaf(1)]).step()


def test_a_parameter_twice_in_a_group_is_worth_a_warning():
    p = leaf(1)
    with pytest.warns(UserWarning, match="a parameter group with duplicate parameters"):
        SGD([p, p])


@pytest.mark.parametrize("name", ["lr", "momentum", "weight_decay"])
def test_negative_settings_of_sgd_are_errors(name):
    with pytest.raises(ValueError, match=rf"\[SGD\] `{name}` \(=-0.1\) must not be negative"):
        SGD([leaf(1)], **{name: -0.1})


@pytest.mark.parametrize("settings", [{"momentum": 0}, {"momentum": 0.9, "dampening": 0.1}])
def test_nesterov_needs_momentum_without_dampening(settings):
    with pytest.raises(ValueError, match="`nesterov` requires"):
        SGD([leaf(1)], nesterov=True, **settings)


@pytest.mark.parametrize("kind", [Adam, AdamW])
@pytest.mark.parametrize("settings", [{"lr": -1.0}, {"eps": -1.0}, {"weight_decay": -1.0}, {"lr": float("nan")}])
def test_negative_settings_of_adam_are_errors(kind, settings):
    (name,) = settings
    with pytest.raises(ValueError, match=rf"\[{kind.__name__}\] `{name}`"):
        kind([leaf(1)], **settings)


@pytest.mark.parametrize("betas", [(1.0, 0.9), (0.9, -0.1), (0.9,)])
def test_betas_lie_in_0_to_1(betas):
    with pytest.raises(ValueError, match="must be two numbers in"):
        Adam([leaf(1)], betas=betas)


# ------------------------------------------------------------------------------ groups


def test_groups_have_settings_of_their_own():
    a, b = with_grad(1.0), with_grad(1.0)
    SGD([{"params": [a], "lr": 0.5}, {"params": b}], lr=0.25).step()
    assert (a.tolist(), b.tolist()) == ([0.5, 0.5], [0.75, 0.75])


def test_settings_may_change_between_steps():
    p = with_grad(1.0)
    optimizer = SGD([p], lr=0.5)
    optimizer.step()
    optimizer.param_groups[0]["lr"] = 0.25
    optimizer.step()
    assert p.tolist() == [0.25, 0.25]


def test_parameters_come_with_names():
    net = tg.nn.Linear(2, 1)
    optimizer = SGD(net.named_parameters())
    assert optimizer.param_groups[0]["param_names"] == ["weight", "bias"]
    assert optimizer.param_groups[0]["params"][1] is net.bias


def test_repr_is_pytorchs():
    text = repr(SGD([leaf(1)], lr=0.1))
    assert text == (
        "SGD (\nParameter Group 0\n    dampening: 0\n    differentiable: False\n    foreach: None\n    fused: None\n"
        "    lr: 0.1\n    maximize: False\n    momentum: 0\n    nesterov: False\n    weight_decay: 0\n)"
    )


# ------------------------------------------------------------------------------ steps


def test_step_returns_what_the_closure_returns_after_running_it():
    p = leaf(1)
    optimizer = SGD([p], lr=0.5)

    def closure():
        optimizer.zero_grad()
        with tg.tape():
            loss = (p * p).sum()
        loss.backward()
        return loss

    with tg.no_grad():
        assert optimizer.step(closure).item() == 1.0
    assert p.item() == 0.0


def test_a_step_without_momentum_remembers_nothing():
    optimizer = SGD([with_grad(1.0)], lr=0.5)
    optimizer.step()
    assert optimizer.state_dict()["state"] == {}


def test_parameters_without_gradient_stay_and_those_with_one_move():
    a, b = leaf(2), with_grad(1.0)
    SGD([a, b], lr=0.5).step()
    assert (a.tolist(), b.tolist()) == ([1.0, 1.0], [0.5, 0.5])


def test_a_saved_value_that_a_step_changed_is_noticed_by_the_sweep():
    p = leaf(2)
    with tg.tape():
        y = (p * p).sum()
    y.backward(retain_graph=True)
    SGD([p], lr=0.5).step()
    with pytest.raises(RuntimeError, match=r"inplace operation at .*test_optimizer\.py:\d+"):
        y.backward()


def test_zero_grad_forgets_or_clears():
    p = with_grad(3.0)
    optimizer = SGD([p])
    g = p.grad
    optimizer.zero_grad(set_to_none=False)
    assert p.grad is g and g.tolist() == [0.0, 0.0]
    optimizer.zero_grad()
    assert p.grad is None


def test_clearing_a_gradient_with_a_history_leaves_that_history_intact():
    x = tg.tensor(2.0, requires_grad=True)
    with tg.tape():
        (x**3).backward(create_graph=True)
        g = x.grad
        SGD([x]).zero_grad(set_to_none=False)
        assert (g.item(), x.grad.item()) == (12.0, 0.0)
        g.backward()
    assert x.grad.item() == 12.0


# ------------------------------------------------------------------------------ why nothing happened


def idle(params, match):
    with pytest.warns(UserWarning, match=match) as caught:
        SGD(params).step()
    assert caught[0].filename == __file__


def test_a_step_before_any_backward_says_so():
    p = leaf(2)
    with tg.tape():
        (p * p).sum()
    idle([p], r"no parameter has a gradient.*no backward\(\) has run since")


def test_a_step_after_a_computation_outside_any_tape_says_so():
    p = leaf(2)
    (p * p).sum()
    idle([p], r"none of them was used inside `with tape\(\):`")


def test_a_step_of_constants_says_so():
    idle([tg.ones(2)], "none of them requires grad")


# ------------------------------------------------------------------------------ state


def test_state_dict_numbers_the_parameters_of_all_groups():
    optimizer = SGD([{"params": [with_grad(1.0)]}, {"params": [leaf(1), with_grad(2.0)]}], momentum=0.9)
    optimizer.step()
    saved = optimizer.state_dict()
    assert [group["params"] for group in saved["param_groups"]] == [[0], [1, 2]]
    assert {k: v["momentum_buffer"].tolist() for k, v in saved["state"].items()} == {0: [1.0, 1.0], 2: [2.0, 2.0]}


def test_loading_copies_and_casts_to_the_parameters_dtype():
    a, b = with_grad(1.0), tg.ones(2, dtype=tg.float64, requires_grad=True)
    first, second = Adam([a]), Adam([b])
    first.step()
    second.load_state_dict(first.state_dict())
    first.step()
    state = second.state_dict()["state"][0]
    assert state["step"] == 1 and state["exp_avg"].dtype == tg.float64
    assert state["exp_avg"].tolist() == pytest.approx([0.1, 0.1])


@pytest.mark.parametrize(
    ("others", "match"),
    [
        (lambda: SGD([{"params": [leaf(2)]}, {"params": [leaf(2)]}]), "1 parameter groups, the state has 2"),
        (lambda: SGD([leaf(2), leaf(2)]), "group 0 has 1 parameters, that of the state 2"),
        (lambda: stepped(leaf(3)), r"`momentum_buffer` has shape \(3,\), its parameter needs \(2,\)"),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(others, match):
    optimizer = stepped(leaf(2))
    before = optimizer.state_dict()
    with pytest.raises(ValueError, match=match):
        optimizer.load_state_dict(others().state_dict())
    after = optimizer.state_dict()
    assert after["param_groups"] == before["param_groups"]
    assert after["state"][0]["momentum_buffer"] is before["state"][0]["momentum_buffer"]


@pytest.mark.parametrize("state", [{}, {"state": {5: {}}, "param_groups": [{"params": [0]}]}])
def test_what_is_no_state_is_an_error(state):
    with pytest.raises(ValueError, match=r"\[load_state_dict\]"):
        SGD([leaf(1)]).load_state_dict(state)


def stepped(p) -> SGD:
    p.grad = tg.ones_like(p)
    optimizer = SGD([p], lr=0.5, momentum=0.9)
    optimizer.step()
    return optimizer
