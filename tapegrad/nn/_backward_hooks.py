"""Hooks on the gradients of a call: all inputs, and all outputs, pass together through an identity on the tape."""

from collections.abc import Callable

from .._extend import Function
from .._tape import Tensor
from .._tape.context import stack


class _Gate(Function):
    """The identity of several tensors; its gradients, all at once, pass through a function."""

    @staticmethod
    def forward(ctx, passing: Callable, *tensors):
        ctx.set_materialize_grads(False)
        ctx.passing = passing
        return tensors

    @staticmethod
    def backward(ctx, *gradients):
        return (None, *ctx.passing(gradients))


class Watch:
    """One call of a module with hooks on its gradients."""

    def __init__(self, module, before: list[Callable], after: list[Callable]):
        self.module, self.before, self.after = module, before, after
        self.n_inputs = self.n_outputs = 0
        self.tracked_inputs: list[int] = []
        self.tracked_outputs: list[int] = []
        self.grad_output: tuple | None = None

    @classmethod
    def of(cls, module, hooks) -> "Watch | None":
        """The watch over a call, if there is a tape and a hook that cares."""
        before = [hook.function for hook in hooks if hook.when == "before gradients"]
        after = [hook.function for hook in hooks if hook.when == "after gradients"]
        return cls(module, before, after) if (before or after) and stack.get()[0] is not None else None

    def inputs(self, args: tuple) -> tuple:
        """The arguments behind their gate."""
        self.n_inputs, self.tracked_inputs = len(args), _tracked(args)
        return _through(self._input_gradients, args, self.tracked_inputs)

    def outputs(self, y):
        """The output, or the tuple of outputs, behind its gate."""
        ys = y if isinstance(y, tuple) else (y,)
        self.n_outputs, self.tracked_outputs = len(ys), _tracked(ys)
        ys = _through(self._output_gradients, ys, self.tracked_outputs)
        return ys[0] if not isinstance(y, tuple) else type(y)(*ys) if hasattr(y, "_fields") else ys

    def _output_gradients(self, gradients: tuple) -> tuple:
        all_of_them = _spread(gradients, self.tracked_outputs, self.n_outputs)
        for hook in self.before:
            all_of_them = _replaced("backward pre", all_of_them, hook(self.module, all_of_them))
        self.grad_output = all_of_them
        if not self.tracked_inputs:  # no other gradients to wait for
            for hook in self.after:
                if hook(self.module, (None,) * self.n_inputs, self.grad_output) is not None:
                    raise RuntimeError(
                        "[register_full_backward_hook] a hook must return None where no input requires gradient"
                    )
        return tuple(all_of_them[k] for k in self.tracked_outputs)

    def _input_gradients(self, gradients: tuple) -> tuple:
        if self.grad_output is None:
            raise RuntimeError(
                "[register_full_backward_hook] the module must return a Tensor or a tuple of Tensors, "
                "and the gradient must come through these"
            )
        all_of_them = _spread(gradients, self.tracked_inputs, self.n_inputs)
        for hook in self.after:
            all_of_them = _replaced("backward", all_of_them, hook(self.module, all_of_them, self.grad_output))
        return tuple(all_of_them[k] for k in self.tracked_inputs)


def _tracked(values: tuple) -> list[int]:
    """Where the tracked tensors are."""
    return [k for k, x in enumerate(values) if isinstance(x, Tensor) and x.requires_grad]


def _through(passing: Callable, values: tuple, where: list[int]) -> tuple:
    """The values, those at `where` through a gate."""
    if not where:
        return values
    result = list(values)
    for k, x in zip(where, _Gate.apply(passing, *(values[k] for k in where)), strict=True):
        result[k] = x
    return tuple(result)


def _spread(gradients: tuple, where: list[int], n: int) -> tuple:
    """One entry for each of `n` values, None where nothing is tracked."""
    given = dict(zip(where, gradients, strict=True))
    return tuple(given.get(k) for k in range(n))


def _replaced(kind: str, gradients: tuple, changed) -> tuple:
    """The gradients after a hook."""
    if changed is None:
        return gradients
    changed = changed if isinstance(changed, tuple) else (changed,)
    if len(changed) != len(gradients):
        raise RuntimeError(f"a {kind} hook must return {len(gradients)} gradients, got {len(changed)}")
    return changed
