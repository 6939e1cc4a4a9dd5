"""The list of public operations: what `tapegrad.f` offers, and what becomes a method of Tensor."""

import functools
from collections.abc import Callable
from inspect import Parameter, Signature

from .._tape import stack
from .._tape.inplace import forget

FUNCTIONS: dict[str, Callable] = {}  # tapegrad.<name>
METHODS: dict[str, Callable] = {}  # Tensor.<name>(self, …)
IN_PLACE: dict[str, Callable] = {}  # Tensor.<name>_(self, …) writes what this computes

_TORCH_NAMES = {"axis": "dim", "axes": "dim", "keepdims": "keepdim", "ddof": "correction"}


def public(*names: str, function: bool = True, method: bool = True, in_place: bool = False) -> Callable:
    """Register an operation under its own name, or under `names`.

    Use as ``@public()`` above a function, or as ``public("mul", "multiply", in_place=True)(multiply)``.
    """

    def register(f: Callable) -> Callable:
        if hasattr(f, "primitive"):
            f.__signature__ = signature(f.primitive)  # its code is written when it is first called
        for name in names or (f.__name__,):
            for wanted, table in ((function, FUNCTIONS), (method, METHODS), (in_place, IN_PLACE)):
                if wanted:
                    if table.setdefault(name, f) is not f:
                        raise ValueError(f"[public] `{name}` is registered twice")
        return f

    return register


def whole(f: Callable) -> Callable:
    """Let a function that is made of several operations record all of them or, when it raises, none."""

    @functools.wraps(f)
    def call(*args, **options):
        tape = stack.get()[0]
        if tape is None:
            return f(*args, **options)
        mark = len(tape.records)
        try:
            return f(*args, **options)
        except BaseException:
            forget(tape, mark)
            raise

    return call


def signature(p) -> Signature:
    """The parameters of a primitive's function."""
    arrays = [Parameter(name, Parameter.POSITIONAL_OR_KEYWORD) for name in p.args]
    given = p.defaults or {}
    settings = [Parameter(s, Parameter.KEYWORD_ONLY, default=given.get(s, Parameter.empty)) for s in p.settings]
    return Signature([*arrays, *settings])


def torch_names(op: str, given: dict) -> dict:
    """Keywords in NumPy's words (`axis`, `keepdims`, `ddof`) turned into PyTorch's.

    ``def prod(x, dim=None, keepdim=False, **numpy)`` begins with
    ``if numpy: return prod(x, **{"dim": dim, "keepdim": keepdim, **torch_names("prod", numpy)})``.

    Raises
    ------
    TypeError
        For a keyword that is neither's.
    """
    unknown = [k for k in given if k not in _TORCH_NAMES]
    if unknown:
        raise TypeError(f"[{op}] got an unexpected keyword argument `{unknown[0]}`")
    return {_TORCH_NAMES[k]: v for k, v in given.items()}
