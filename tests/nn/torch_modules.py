"""PyTorch's answers to the cases of its database of modules, and a table of how ours compare.

    python -m tests.nn.torch_modules [--only LSTM …]

It needs torch and expecttest.
"""

import argparse
import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch.testing._internal.common_modules import module_db

from tapegrad import nn
from tests.nn.module_cases import Case, Named, flat, judge
from tests.nn.more_modules import more_modules

NAMESPACES = [(torch.nn.functional, "functional"), (torch, "functional")]  # activations given as functions


DATABASE = {info.name.removeprefix("nn."): info for info in module_db}
NAMES = list(dict.fromkeys([*DATABASE, *(name for name, *_ in more_modules())]))


def cases(name: str, training: bool) -> Iterator[Case]:
    """Yield the cases of one module, those of the database and ours, answered."""
    torch.manual_seed(0)
    kind = getattr(torch.nn, name)
    if info := DATABASE.get(name):
        settings = {"device": "cpu", "dtype": torch.float64, "requires_grad": True, "training": training}
        with remembered_arguments(torch.nn.TransformerEncoderLayer):
            inputs = info.module_inputs_func(info, **settings)
        for case in inputs:
            constructor, forward = case.constructor_input, case.forward_input
            yield answer(kind, (constructor.args, constructor.kwargs), (forward.args, forward.kwargs), training)
    for module, constructor, forward in more_modules():
        if module == name:
            yield answer(kind, constructor, forward, training)


@contextmanager
def remembered_arguments(kind: type):
    """Let each new instance keep what it was made of."""
    usual = kind.__init__

    def remember(self, *args, **kwargs):
        usual(self, *args, **kwargs)
        self.made_of = args, dict(kwargs)

    kind.__init__ = remember
    try:
        yield
    finally:
        kind.__init__ = usual


def answer(kind: type, constructor: tuple, forward: tuple, training: bool) -> Case:
    """Run a module of PyTorch's once, and its gradients; both calls are (args, kwargs)."""
    module = kind(*constructor[0], **constructor[1]).double().train(training)
    if isinstance(module, torch.nn.modules.lazy.LazyModuleMixin):
        module(*forward[0], **forward[1])
    with torch.no_grad():
        for x in [*module.parameters(), *module.buffers()]:
            if x.is_floating_point() and x.numel() and (x == x.flatten()[0]).all():
                x.uniform_(0.5, 1.5)  # ones and zeros would hide what is done with them
    tensors = {}
    arrays = {}
    made = Named(kind.__name__, plain(constructor[0], tensors, arrays), plain(constructor[1], tensors, arrays))
    state = numbers(module.state_dict())
    text = repr(module)

    tensors = {}
    inputs, named = plain(forward[0], tensors, arrays), plain(forward[1], tensors, arrays)
    leaves = {key: x.detach().clone().requires_grad_(x.requires_grad) for key, x in tensors.items()}
    clones = {key: x.clone() for key, x in leaves.items()}
    outputs = flat(module(*swap(forward[0], clones), **swap(forward[1], clones)))
    cotangents = [torch.randn_like(y) if y.requires_grad else None for y in outputs]
    tracked = [key for key, x in leaves.items() if x.requires_grad]
    parameters = dict(module.named_parameters())
    gradients = torch.autograd.grad(
        [y for y in outputs if y.requires_grad],
        [*(leaves[key] for key in tracked), *parameters.values()],
        [g for g in cotangents if g is not None],
        allow_unused=True,
    )
    return Case(
        module=made,
        training=training,
        state=state,
        inputs=inputs,
        named=named,
        tracked=[arrays[key] for key in tracked],
        text=text,
        outputs=[number(y) for y in outputs],
        cotangents=[number(g) for g in cotangents],
        gradients=[number(g) for g in gradients[: len(tracked)]],
        parameter_gradients=dict(zip(parameters, map(number, gradients[len(tracked) :]), strict=True)),
        state_after=numbers(module.state_dict()),
    )


def number(x):
    return None if x is None else x.detach().clone().numpy()


def numbers(state) -> dict:
    return {name: number(x) for name, x in state.items()}


def plain(value, tensors: dict, arrays: dict):
    """Return arguments without PyTorch in them: arrays, one for each tensor (both are kept by its id), and names."""
    if isinstance(value, torch.Tensor):
        tensors[id(value)] = value
        return arrays.setdefault(id(value), number(value))
    if isinstance(value, torch.nn.utils.rnn.PackedSequence):
        return Named("utils.rnn.PackedSequence", plain(tuple(value), tensors, arrays), {})
    if isinstance(value, torch.nn.Module):
        args, kwargs = value.made_of
        return Named(type(value).__name__, plain(args, tensors, arrays), plain(kwargs, tensors, arrays))
    if isinstance(value, torch.nn.LinearCrossEntropyOptions):
        return Named(type(value).__name__, (), plain(dataclasses.asdict(value), tensors, arrays))
    if isinstance(value, torch.dtype):
        return torch.empty(0, dtype=value).numpy().dtype
    if isinstance(value, dict):
        return {name: plain(item, tensors, arrays) for name, item in value.items() if name != "device"}
    if isinstance(value, tuple | list):
        return type(value)(plain(item, tensors, arrays) for item in value)
    if callable(value):
        return next(Named(f"{ours}.{value.__name__}") for theirs, ours in NAMESPACES if hasattr(theirs, value.__name__))
    return value


def swap(value, tensors: dict):
    """Return arguments with other tensors in the places of the tensors with those ids."""
    if isinstance(value, torch.Tensor):
        return tensors[id(value)]
    if isinstance(value, torch.nn.utils.rnn.PackedSequence):
        return type(value)(*(swap(part, tensors) for part in value))
    if isinstance(value, dict):
        return {name: swap(item, tensors) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return type(value)(swap(item, tensors) for item in value)
    return value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", metavar="NAME", help="modules by name; all if absent")
    only = parser.parse_args().only
    total = right = 0
    for name in only or NAMES:
        for training in (True, False):
            results = [verdict(case) for case in cases(name, training)] if hasattr(nn, name) else ["not offered"]
            total, right = total + len(results), right + results.count("")
            wrong = next((f"; number {k}: {text}" for k, text in enumerate(results) if text), "")
            print(f"{name:26} {'train' if training else 'eval':5} {results.count(''):3}/{len(results):3}{wrong}")
    print(f"{right} of {total} are PyTorch's.")


def verdict(case: Case) -> str:
    """Return what is wrong with our answer, in a line; nothing if it is right."""
    try:
        judge(case)
    except Exception as error:
        return f"{case.text.splitlines()[0][:60]}: {type(error).__name__}: {' '.join(str(error).split())[:200]}"
    return ""


if __name__ == "__main__":
    main()
