"""Operations of the user's own: `primitive`, tapegrad's native way, and `Function`, PyTorch's.

Both are checked by the same public kit, `tapegrad.testing.check_rule`.
"""

from collections.abc import Callable

import numpy as np

from . import kernels
from ._device import CPU, device_of, home
from ._tape import (
    HEADER,
    Primitive,
    TapeError,
    Tensor,
    caller,
    from_function,
    lent,
    line_of,
    no_grad,
    plain,
    stack,
    wrap,
)
from ._tape.guard import log_write
from ._tape.inplace import check_writeable, rebase
from ._tape.nodes import safe_array, slot_of
from ._tape.sweep import seen
from ._tape.views import outside


def primitive(forward: Callable | None = None, *, name: str | None = None, outputs: int = 1, view: bool = False):
    """Make a function of arrays an operation that tapes record.

    Positional parameters are arrays, keyword-only ones settings. Give it one linear map per array argument with
    ``f.defvjp(…)`` and, for forward mode, ``f.defjvp(…)``; None where there is no derivative. A rule names what it
    needs: ``g`` (or ``t``), ``y``, the arguments, ``x_shape``, the settings. Rules use tapegrad's operations, so
    that derivatives of every order follow. Of complex arguments a vjp is the plain transpose of the jvp: g · f′(x), not
    conjugated; the sweep conjugates at its ends, so that gradients are PyTorch's.

    Parameters
    ----------
    forward : function of arrays
        Returns an array, or a tuple of `outputs` arrays; it must not change its arguments.
    name : str, optional
        What the tape shows.
    outputs : int
    view : bool
        The result shares memory with the first argument.

    Examples
    --------
    >>> import numpy as np, tapegrad as tg
    >>> @tg.primitive
    ... def cube(x):
    ...     return x**3
    >>> cube.defvjp(lambda g, x: 3 * x * x * g)
    >>> cube.defjvp(lambda t, x: 3 * x * x * t)
    >>> x = tg.tensor([1.0, 2.0], requires_grad=True)
    >>> with tg.tape():
    ...     y = cube(x).sum()
    >>> y.backward()
    >>> x.grad
    tensor([ 3., 12.])
    """
    if forward is None:
        return lambda f: primitive(f, name=name, outputs=outputs, view=view)
    p = from_function(forward, name, outputs=outputs, view=view)
    p.checked = True
    call = p.call
    call.__doc__, call.__wrapped__ = forward.__doc__, forward
    call.defvjp = lambda *rules: p.set_rules(rules, p.jvps)
    call.defjvp = lambda *rules: p.set_rules(p.vjps, rules)
    return call


class Context:
    """What `forward` leaves for `backward`."""

    def __init__(self, needs_input_grad: tuple[bool, ...]):
        self.needs_input_grad = needs_input_grad
        self._to_save: tuple = ()
        self._saved: tuple | None = ()
        self._tape = None  # the tape of a recorded sweep, while it runs
        self._dirty: tuple = ()
        self._constant: tuple = ()
        self._materialize = True

    def save_for_backward(self, *tensors) -> None:
        """Keep tensors (or None) for `backward`, guarded against changes."""
        for t in tensors:
            if t is not None and not isinstance(t, Tensor):
                raise TypeError(f"[save_for_backward] takes Tensors or None, got {type(t).__name__}")
        self._to_save = tensors

    @property
    def saved_tensors(self) -> tuple:
        """The tensors given to `save_for_backward`."""
        if self._saved is None:
            raise TapeError("[saved_tensors] were freed by a backward(); specify retain_graph=True there")
        return tuple(
            None if a is None else wrap(a, slot if self._tape is not None else None, self._tape)
            for a, slot in self._saved
        )

    def mark_dirty(self, *tensors) -> None:
        """Say that `forward` changed these inputs in place (and returns them)."""
        self._dirty = tensors

    def mark_non_differentiable(self, *tensors) -> None:
        """Say that no gradient flows to these outputs."""
        self._constant = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether `backward` gets zeros (the default) or None for outputs without a cotangent."""
        self._materialize = bool(value)


class Function:
    """An operation given by two static methods.

    ``forward(ctx, *args)`` computes with recording paused; ``backward(ctx, *cotangents)`` returns one gradient
    (or None) for each argument; ``jvp(ctx, *tangents)``, optional, serves forward mode. With
    ``setup_context(ctx, inputs, output)``, `forward` takes no `ctx`. Call it through ``apply``. Complex cotangents and
    gradients are PyTorch's: of y = f(x) the gradient is g · conj(f′(x)).

    Examples
    --------
    >>> import tapegrad as tg
    >>> class Square(tg.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x * x
    ...
    ...     @staticmethod
    ...     def backward(ctx, g):
    ...         (x,) = ctx.saved_tensors
    ...         return 2 * x * g
    >>> x = tg.tensor([3.0], requires_grad=True)
    >>> with tg.tape():
    ...     y = Square.apply(x)
    >>> y.backward()
    >>> x.grad
    tensor([6.])
    """

    setup_context: Callable | None = None

    @staticmethod
    def forward(ctx, *args):
        """Compute the outputs."""
        raise NotImplementedError("a Function needs a static method `forward(ctx, …)`")

    @staticmethod
    def backward(ctx, *cotangents):
        """Compute one gradient for each argument of `forward`."""
        raise NotImplementedError("a Function needs a static method `backward(ctx, …)`")

    @classmethod
    def apply(cls, *args):
        """Run `forward` on the arguments, recording it if one of them is tracked."""
        tensors = tuple(a for a in args if isinstance(a, Tensor))
        ctx = Context(tuple(isinstance(a, Tensor) and a.requires_grad for a in args))
        tape = stack.get()[0]
        slots = [None if tape is None else slot_of(x, tape) for x in tensors]
        safe = {} if tape is None else {id(x): (x, safe_array(x, tape)) for x in tensors}
        with no_grad():
            result = cls.forward(*args) if cls.setup_context else cls.forward(ctx, *args)
            if cls.setup_context:
                cls.setup_context(ctx, args, result)
        outputs = result if isinstance(result, tuple) else (result,)
        if not any(isinstance(y, Tensor) for y in outputs):
            kind = type(result).__name__
            raise TypeError(f"[{cls.__name__}] `forward` must answer a Tensor, or a tuple with one, got {kind}")
        if any(all(d is not y for y in outputs) for d in ctx._dirty):
            raise TapeError(f"[{cls.__name__}] `forward` must return the inputs that it marked as dirty")
        outputs = tuple(cls._own(y, tensors, ctx) if isinstance(y, Tensor) else y for y in outputs)
        ys = tuple(y for y in outputs if isinstance(y, Tensor))
        if tape is None:
            for y in ys:
                if y._node is None or not y._node.tracked(y):  # not a leaf that was changed in place
                    outside(tensors, y)
        elif any(s is not None for s in slots):
            cls._record(ctx, args, tensors, slots, safe, ys, tape)
        return outputs if isinstance(result, tuple) else outputs[0]

    @staticmethod
    def _own(y: Tensor, inputs: tuple, ctx: Context) -> Tensor:
        """An output that is no input's alias (unless marked dirty), so that it can get a slot of its own."""
        if any(y is d for d in ctx._dirty):
            check_writeable(y, "mark_dirty", stack.get()[0])
            log_write(y._array)
            return y
        if any(y is x for x in inputs) or y._node is not None:
            copy = plain(y._array.copy())
            ctx._to_save = tuple(copy if t is y and not any(y is x for x in inputs) else t for t in ctx._to_save)
            ctx._constant = tuple(copy if t is y else t for t in ctx._constant)
            return copy
        return y

    @classmethod
    def _record(cls, ctx, args, tensors, slots, safe, ys, tape) -> None:
        p = _FunctionPrimitive(cls, [i for i, a in enumerate(args) if isinstance(a, Tensor)], len(args), len(ys))
        where, slot = caller(), len(tape.records)
        own = {id(y): slot + k for k, y in enumerate(ys)}
        saved: list[tuple] = []
        for t in ctx._to_save:
            if t is None:
                saved.append((None, None))
            elif id(t) in own:
                saved.append((safe_array(t, tape), own[id(t)]))
            elif id(t) in safe and safe[id(t)][0] is t:
                saved.append((safe[id(t)][1], slots[[x is t for x in tensors].index(True)]))
            else:  # computed in `forward`, or no argument: a parameter, say
                saved.append((safe_array(t, tape), slot_of(t, tape)))
        ctx._to_save, ctx._saved = (), tuple(saved)
        first = ys[0]
        arrays = tuple(a for a, _ in saved if a is not None)
        shapes = [x._shape for x in tensors]
        head = (p, (), slot, first._shape, first._dtype, *where, *slots, *shapes, ctx, arrays)
        tape.extend(head, ys)
        tape.watched = True
        p.likes, p.dtypes = [(y._shape, y._dtype, device_of(y._array)) for y in ys], [x._dtype for x in tensors]
        constant = ctx._constant
        ctx._constant = ()
        for k, y in enumerate(ys):
            if any(y is d for d in ctx._dirty):
                rebase(y, tape, slot + k)
            elif y._dtype.kind in "fc" and not any(y is c for c in constant):
                y._node, y._slot = tape, slot + k
        ctx._dirty = ()


class _FunctionPrimitive:
    """One call of a Function, as the tape sees it: its residuals are the context and the saved arrays."""

    view = elementwise = broadcasts = saves_y = False
    saves, settings, differentiable = True, (), True
    options = Primitive.options

    def __init__(self, cls: type[Function], positions: list[int], arguments: int, outputs: int):
        self.cls, self.positions, self.arguments, self.outputs = cls, positions, arguments, outputs
        self.name = f"{cls.__name__}Backward"
        self.n = len(positions)
        self.header = HEADER + 2 * self.n
        self.likes: list[tuple] = []  # (shape, dtype, device) of each output
        self.dtypes: list[np.dtype] = []  # of each tensor argument

    def back(self, record, g, adjoints, tape, wanted) -> None:
        """Call the user's `backward` and add what it answers to `adjoints`."""
        ctx = record[self.header]
        cotangents = [self._cotangent(c, k, ctx) for k, c in enumerate(g if self.outputs > 1 else (g,))]
        ctx._tape = tape
        try:
            answer = self.cls.backward(ctx, *cotangents)
        finally:
            ctx._tape = None
        for i, gx in self._checked(answer, record):
            slot, shape = record[HEADER + i], record[HEADER + self.n + i]
            if slot is None or (wanted is not None and slot not in wanted):
                continue
            gx = lent.sum_to(gx, shape)
            if gx._dtype.kind == "c":
                gx = seen(gx) if self.dtypes[i].kind == "c" else lent.real(gx)
            gx = gx.to(self.dtypes[i])
            gx = gx if tape is not None else gx._array
            adjoints[slot] = adjoints[slot] + gx if slot in adjoints else gx

    def _cotangent(self, c, k: int, ctx: Context):
        if c is None:
            shape, dtype, where = self.likes[k]
            return plain(kernels.zeros(shape, dtype, like=home(where))) if ctx._materialize else None
        return seen(_tensor(c))

    def _checked(self, answer, record) -> list[tuple[int, Tensor]]:
        """(number of the tensor argument, gradient) of each gradient answered, after every check."""
        who = f"[{self.name}] ({line_of(*record[5:7])})"
        answers = answer if isinstance(answer, tuple) else (answer,)
        if len(answers) < self.arguments or any(a is not None for a in answers[self.arguments :]):
            raise TapeError(
                f"{who} backward returned an incorrect number of gradients (expected {self.arguments}, "
                f"got {len(answers)})"
            )
        found = []
        for i, position in enumerate(self.positions):
            gx, shape = answers[position], record[HEADER + self.n + i]
            if gx is None:
                continue
            if not isinstance(gx, Tensor):
                raise TypeError(
                    f"{who} backward must answer Tensors or None, got {type(gx).__name__} at index {position}"
                )
            if gx._shape != shape and not _expands(shape, gx._shape):
                raise TapeError(
                    f"{who} backward returned an invalid gradient at index {position}: got shape {gx._shape} but "
                    f"expected a shape compatible with {shape}"
                )
            found.append((i, gx if gx._shape == shape or len(gx._shape) >= len(shape) else gx.expand(shape)))
        return found

    def push(self, record, tangents, tape):
        """Forward mode: the user's `jvp`."""
        jvp = getattr(self.cls, "jvp", None)
        if jvp is None:
            raise TapeError(f"[{self.name}] ({line_of(*record[5:7])}) has no `jvp`: forward mode needs one")
        ctx = record[self.header]
        given: list = [None] * self.arguments
        for position, t in zip(self.positions, tangents, strict=True):
            given[position] = None if t is None else _tensor(t)
        ctx._tape = tape
        try:
            answer = jvp(ctx, *given)
        finally:
            ctx._tape = None
        answers = answer if isinstance(answer, tuple) else (answer,)
        arrays = tuple(a if tape is not None or a is None else a._array for a in answers)
        return arrays if self.outputs > 1 else arrays[0]

    def saved_tensors(self, record, tape) -> tuple:
        """What `grad_fn.saved_tensors` shows."""
        return record[self.header].saved_tensors


def _expands(shape: tuple, wider: tuple) -> bool:
    """Whether a gradient of shape `wider` can be summed to `shape`, or one of a smaller shape spread over it."""
    try:
        return np.broadcast_shapes(shape, wider) in (shape, wider)
    except ValueError:
        return False


def _tensor(value) -> Tensor:
    """A cotangent or tangent as a Tensor: arrays of a device as they are, NumPy's and numbers as NumPy's."""
    if isinstance(value, Tensor):
        return value
    return plain(value if device_of(value) != CPU else np.asarray(value))
