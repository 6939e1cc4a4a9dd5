"""One call of a module, what PyTorch answered, and the judge that compares our answer with it. No PyTorch here."""

from dataclasses import dataclass
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np

import tapegrad as tg

TOLERANCE = 1e-9


class Named(NamedTuple):
    """Something of `nn` by its name: the thing itself (`args` None), or what calling it returns."""

    name: str
    args: tuple | None = None
    kwargs: dict[str, Any] | None = None


@dataclass(frozen=True)
class Case:
    """One module, called once and swept.

    An array is one tensor, wherever it occurs: `tracked` lists those of `inputs` and `named` that want a gradient.
    `gradients`, of these and of the parameters, are those of the sum of all outputs, each weighted by its cotangent;
    None means that it has no part in it.
    """

    module: Named
    training: bool
    state: dict[str, np.ndarray]
    inputs: tuple
    named: dict[str, Any]
    tracked: list[np.ndarray]
    text: str
    outputs: list[np.ndarray]
    cotangents: list[np.ndarray | None]
    gradients: list[np.ndarray | None]
    parameter_gradients: dict[str, np.ndarray | None]
    state_after: dict[str, np.ndarray]


@np.errstate(all="ignore")  # some inputs are logarithms of negative numbers
def judge(case: Case, device: str = "cpu", *, compares: bool = True) -> None:
    """Make the module, run it and sweep; raise AssertionError where PyTorch's answer is another."""
    tensors = {}
    module = build(case.module, tensors, device).double().to(device).train(case.training)
    inputs, named = build(case.inputs, tensors, device), build(case.named, tensors, device)
    if any("Lazy" in type(m).__name__ for m in module.modules()):
        module(*inputs, **named)  # now it knows its sizes
    assert repr(module) == case.text
    assert list(module.state_dict()) == list(case.state)
    module.load_state_dict(case.state)
    for array in case.tracked:
        tensors[id(array)].requires_grad_()

    with tg.tape():  # clones: a module may write into its input
        clones = {key: x.clone() for key, x in tensors.items()}
        outputs = flat(module(*build(case.inputs, clones), **build(case.named, clones)))
        assert len(outputs) == len(case.outputs), f"{len(outputs)} outputs, PyTorch has {len(case.outputs)}"
        terms = [
            (y * tg.tensor(g, device=device)).sum()
            for y, g in zip(outputs, case.cotangents, strict=True)
            if g is not None and y.requires_grad
        ]
        loss = sum(terms[1:], start=terms[0]) if terms else None
    if loss is not None:
        loss.backward()
    if not compares:
        return

    for k, (y, want) in enumerate(zip(outputs, case.outputs, strict=True)):
        compare(f"output {k}", y.detach().cpu().numpy(), want)
    for k, (array, want) in enumerate(zip(case.tracked, case.gradients, strict=True)):
        compare(f"gradient of input {k}", gradient(tensors[id(array)]), zeros(want, array))
    parameters = dict(module.named_parameters())
    assert list(parameters) == list(case.parameter_gradients)
    for name, p in parameters.items():
        compare(f"gradient of {name}", gradient(p), zeros(case.parameter_gradients[name], p))
    for name, buffer in module.state_dict().items():
        compare(f"{name} after the step", buffer.cpu().numpy(), case.state_after[name])


def build(value, tensors, device="cpu"):
    """Return `value` with what is named in place of names, and tensors, one of each, in place of arrays."""
    if isinstance(value, np.ndarray):
        if id(value) not in tensors:
            tensors[id(value)] = tg.tensor(value, device=device)
        return tensors[id(value)]
    if isinstance(value, Named):
        found = attrgetter(value.name)(tg.nn)
        if value.args is None:
            return found
        return found(*build(value.args, tensors, device), **build(value.kwargs, tensors, device))
    if isinstance(value, dict):
        return {name: build(item, tensors, device) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return type(value)(build(item, tensors, device) for item in value)
    return value


def flat(outputs) -> list:
    """Return the tensors of nested outputs, in order."""
    if isinstance(outputs, tuple | list):
        return [y for part in outputs for y in flat(part)]
    return [] if outputs is None else [outputs]


def gradient(x) -> np.ndarray:
    return np.zeros(x.shape) if x.grad is None else x.grad.cpu().numpy()


def zeros(want, x) -> np.ndarray:
    return np.zeros(x.shape) if want is None else want


def compare(what: str, got: np.ndarray, want: np.ndarray) -> None:
    assert (got.shape, got.dtype) == (want.shape, want.dtype), f"{what}: {got.shape} {got.dtype}, not {want.shape}"
    if want.dtype.kind == "f":
        np.testing.assert_allclose(got, want, TOLERANCE, TOLERANCE, err_msg=what)
    else:
        np.testing.assert_array_equal(got, want, err_msg=what)
