"""Hooks of optimisers: around steps, around states."""

import pytest

import tapegrad as tg
from tapegrad.optim import SGD, optimizer


def made(**settings):
    p = tg.ones(2, requires_grad=True)
    p.grad = tg.ones(2)
    return p, SGD([p], lr=0.25, **settings)


def test_hooks_stand_around_every_step_those_of_all_optimisers_outside():
    _, optim = made()
    seen = []

    def note(name):
        return lambda o, args, kwargs: seen.append((name, o is optim))

    with (
        optimizer.register_optimizer_step_pre_hook(note("all before")),
        optim.register_step_pre_hook(note("before")),
        optim.register_step_post_hook(note("after")),
        optimizer.register_optimizer_step_post_hook(note("all after")),
    ):
        optim.step()
    optim.step()
    assert seen == [(name, True) for name in ("all before", "before", "after", "all after")]


def test_a_hook_before_a_step_may_give_it_other_arguments():
    _, optim = made()
    optim.register_step_pre_hook(lambda o, args, kwargs: ((), {"closure": lambda: 7.0}))
    assert optim.step() == 7.0
    optim.register_step_pre_hook(lambda o, args, kwargs: 3)
    with pytest.raises(RuntimeError, match=r"None or a tuple of \(new_args, new_kwargs\), got 3"):
        optim.step()


def test_an_optimiser_of_the_users_own_has_hooks():
    class Sign(tg.optim.Optimizer):
        def __init__(self, params, lr=0.5):
            super().__init__(params, {"lr": lr})

        def step(self, closure=None):
            with tg.no_grad():
                for group in self.param_groups:
                    for p in group["params"]:
                        self.state[p]["seen"] = tg.ones(7)
                        p -= group["lr"] * p.grad.sign()

    p, _ = made()
    seen, optim = [], Sign([p])
    optim.register_step_post_hook(lambda o, args, kwargs: seen.append(p.tolist()))
    optim.step()
    assert seen == [[0.5, 0.5]]
    other = Sign([tg.ones(2)])
    other.load_state_dict(optim.state_dict())
    assert other.state_dict()["state"][0]["seen"].shape == (7,)


def test_hooks_see_and_replace_states():
    _, optim = made(momentum=0.5)
    optim.step()
    seen = []
    optim.register_state_dict_pre_hook(lambda o: seen.append("before"))
    optim.register_state_dict_post_hook(lambda o, state: {**state, "extra": 1})
    optim.register_state_dict_post_hook(lambda o, state: seen.append("extra" in state), prepend=True)
    state = optim.state_dict()
    assert (seen, state["extra"]) == (["before", False], 1)
    _, other = made()
    other.register_load_state_dict_pre_hook(lambda o, state: {**state, "state": {}})
    other.register_load_state_dict_post_hook(lambda o: seen.append(o.param_groups[0]["momentum"]))
    other.load_state_dict(state)
    assert seen[2:] == [0.5] and other.state_dict()["state"] == {}


def test_names_are_of_all_groups_or_of_none():
    p, q = tg.ones(1), tg.ones(1)
    with pytest.raises(ValueError, match="Some param names are missing"):
        SGD([("p", p), q])
    with pytest.raises(ValueError, match="cannot add param group without names"):
        SGD([{"params": [("p", p)]}, {"params": [q]}])
