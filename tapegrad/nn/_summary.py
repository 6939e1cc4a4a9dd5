"""The table that `Module.summary` prints: what one forward pass calls, with shapes, parameters and work."""

from contextlib import ExitStack, contextmanager
from operator import index

from .._creation import zeros
from .._dtypes import get_default_dtype
from .._random import default_generator
from .._tape import Tensor, no_grad, plain

TITLES = ("layer", "input shape", "output shape", "params", "multiply-adds")
LEFT = 3  # columns that are text


class _Calls:
    """What a forward pass did with one module."""

    def __init__(self):
        self.inputs: tuple | None = None
        self.output = None
        self.n = self.multiply_adds = 0

    def add(self, module, args, y) -> None:
        if not self.n:
            self.inputs, self.output = shapes(args[0] if len(args) == 1 else args), shapes(y)
        self.n += 1
        if isinstance(y, Tensor):
            self.multiply_adds += module._multiply_adds(y._shape)


def summary(model, input_shapes: tuple) -> str:
    """See `Module.summary`."""
    inputs = _inputs(model, input_shapes)
    with _undisturbed(model), _watched(model) as calls:
        model(*inputs)
    names = {module: name for name, module in model.named_modules()}
    rows, counted = [], set()
    for module in [*calls, *(m for m in names if m not in calls)]:
        own = {id(p): p for p in module._parameters.values() if p is not None and id(p) not in counted}
        counted |= own.keys()
        is_layer = module in calls and not any(True for _ in module.children())
        if is_layer or own:
            params = sum(p.numel() for p in own.values())
            rows.append(_row(names[module], module, calls.get(module), params))
    return _text(rows, list(model.parameters()))


def shapes(value):
    """The shape of a tensor, or the shapes in a structure of them."""
    if isinstance(value, Tensor):
        return value._shape
    if isinstance(value, (tuple, list)):
        return tuple(map(shapes, value))
    if isinstance(value, dict):
        return {key: shapes(item) for key, item in value.items()}
    return type(value).__name__


def _inputs(model, given: tuple) -> list[Tensor]:
    """Zeros of the shapes asked for, in the dtype of the first floating parameter."""
    if len(given) == 1 and isinstance(given[0], (list, tuple)) and any(hasattr(s, "__len__") for s in given[0]):
        given = tuple(given[0])
    dtype = next((p._dtype for p in model.parameters() if p._dtype.kind == "f"), get_default_dtype())
    inputs = []
    for shape in given:
        if isinstance(shape, Tensor):
            inputs.append(shape)
            continue
        try:
            sizes = tuple(map(index, shape))
        except TypeError:
            raise TypeError(
                f"[summary] `input_shape` (={shape!r}) must be a tuple of ints, batch included, as in (1, 1, 28, 28); "
                "several inputs take several tuples"
            ) from None
        inputs.append(zeros(sizes, dtype=dtype))
    return inputs


@contextmanager
def _undisturbed(model):
    """Evaluation mode without recording, on copies of the buffers; modes, buffers and randomness come back."""
    modules = list(model.modules())
    before = [(module, module.training, module._buffers) for module in modules]
    random = default_generator.get_state()
    copies: dict[int, Tensor] = {}
    try:
        for module, _, buffers in before:
            for b in buffers.values():
                if b is not None and id(b) not in copies:
                    copies[id(b)] = plain(b._array.copy())
            module.__dict__["training"] = False
            module.__dict__["_buffers"] = {name: b if b is None else copies[id(b)] for name, b in buffers.items()}
        with no_grad():
            yield
    finally:
        for module, training, buffers in before:
            module.__dict__["training"] = training
            module.__dict__["_buffers"] = buffers
        default_generator.set_state(random)


@contextmanager
def _watched(model):
    """Note every call of a module while the block runs: module -> `_Calls`, in the order of their beginnings."""
    calls: dict = {}

    def begin(module, args):
        calls.setdefault(module, _Calls())

    def end(module, args, y):
        calls[module].add(module, args, y)

    with ExitStack() as hooks:
        for module in model.modules():
            hooks.enter_context(module.register_forward_pre_hook(begin))
            hooks.enter_context(module.register_forward_hook(end))
        yield calls


def _row(name: str, module, calls: _Calls | None, params: int) -> tuple:
    kind = type(module).__name__
    title = f"{name} ({kind})" if name else kind
    if calls is None:
        return title, "never called", "", params, 0
    if calls.n > 1:
        title += f" ×{calls.n}"
    return title, str(calls.inputs), str(calls.output), params, calls.multiply_adds


def _text(rows: list[tuple], parameters: list[Tensor]) -> str:
    total = sum(p.numel() for p in parameters)
    trainable = sum(p.numel() for p in parameters if p.requires_grad)
    rows = [*rows, ("total", "", "", total, sum(row[-1] for row in rows))]
    cells = [TITLES, *((*row[:LEFT], *(f"{n:,}" for n in row[LEFT:])) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join(c.ljust(w) if i < LEFT else c.rjust(w) for i, (c, w) in enumerate(zip(line, widths, strict=True)))
        for line in cells
    ]
    rule = "-" * len(lines[0])
    nbytes = sum(p._array.nbytes for p in parameters)
    last = f"trainable: {trainable:,}   fixed: {total - trainable:,}   bytes of parameters: {nbytes:,}"
    return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1], last])
