"""The list of public operations: what `tapegrad.f` offers, and what becomes a method of Tensor."""

import functools
import importlib
import inspect
import re
import sys
from collections.abc import Callable, Mapping
from inspect import Parameter, Signature

from .._tape import stack
from .._tape.inplace import forget
from . import _index


class Operations(Mapping):
    """Operations by name. The family that defines one is imported when it is first asked for.

    Parameters
    ----------
    index : mapping
        The names that each family offers (`_index.py`).
    """

    def __init__(self, index: dict[str, str]):
        self._family_of = {name: family for family, names in index.items() for name in names.split()}
        self.loaded: dict[str, Callable] = {}

    def add(self, name: str, f: Callable, family: str) -> None:
        if name in self.loaded:
            raise ValueError(f"[public] `{name}` is registered twice")
        self.loaded[name] = whole(f) if name in _COMPOSED else f
        self._family_of[name] = family

    def __getitem__(self, name: str) -> Callable:
        if name not in self.loaded:
            importlib.import_module(f"{__package__}.{self._family_of[name]}")
        return self.loaded[name]

    def __iter__(self):
        return iter(self._family_of)

    def by_family(self) -> dict[str, str]:
        """The names that each imported family offers: what the index says of it."""
        families: dict[str, list[str]] = {}
        for name in sorted(self.loaded):
            families.setdefault(self._family_of[name], []).append(name)
        return {family: " ".join(families[family]) for family in sorted(families)}

    def __len__(self) -> int:
        return len(self._family_of)


FUNCTIONS = Operations(_index.FUNCTIONS)  # tapegrad.<name>
METHODS = Operations(_index.METHODS)  # Tensor.<name>(self, …)
IN_PLACE = Operations(_index.IN_PLACE)  # Tensor.<name>_(self, …) writes what this computes

_COMPOSED = frozenset(  # made of several records: all of them or, on an error, none
    """
    addbmm addcdiv addcmul addmm addmv addr as_strided_scatter baddbmm bincount block_diag cartesian_prod cat
    cdist channel_shuffle column_stack concat concatenate corrcoef cosine_similarity cov cummax cummin
    cumulative_trapezoid diagflat diagonal_scatter diff dist dstack float_power gather gradient histogram
    histogramdd hstack index_add index_copy index_fill index_put index_reduce istft kron kthvalue ldexp lerp
    masked_scatter median mode nanmean nanmedian nanquantile nansum pairwise_distance pdist pixel_shuffle
    pixel_unshuffle polar prelu put quantile renorm repeat_interleave roll rot90 row_stack scatter scatter_add
    scatter_reduce select_scatter slice_scatter sort split split_with_sizes stack stft take take_along_dim
    tensor_split tensordot topk trapezoid trapz vstack
""".split()
)
_FIRST = {"x": "input"}
_TORCH_NAMES = {"axis": "dim", "axes": "dim", "keepdims": "keepdim", "ddof": "correction"}


def public(
    *names: str, function: bool = True, method: bool = True, in_place: bool = False, **called: str
) -> Callable:
    """Register an operation under its own name, or under `names`.

    Use as ``@public()`` above a function, or as ``public("mul", "multiply", in_place=True)(multiply)``.
    Where its first parameter is `x`, callers know it as `input`, which is PyTorch's word; `called` says otherwise:
    ``@public(A="input")``, or ``@public(x="x")`` where PyTorch says `x`, too.
    """
    family = sys._getframe(1).f_globals["__name__"].rpartition(".")[2]

    def register(f: Callable) -> Callable:
        call_by(f, called or _FIRST)
        if hasattr(f, "primitive"):
            f.__signature__ = signature(f.primitive)  # its code is written when it is first called
        for name in names or (f.__name__,):
            for wanted, table in ((function, FUNCTIONS), (method, METHODS), (in_place, IN_PLACE)):
                if wanted:
                    table.add(name, f, family)
        return f

    return register


def call_by(f: Callable, called: Mapping[str, str]) -> None:
    """Give parameters of `f` the names that its callers use.

    The text of the function keeps its own, the letters of its equation: what is renamed are the variables of its
    compiled code, so a call costs what it did, and what its docstring says of parameters.

    Raises
    ------
    ValueError
        If the function has another variable of that name.
    """
    if hasattr(f, "primitive"):
        f.primitive.call_by(called)
        return
    outer, f = f, inspect.unwrap(f)
    code = f.__code__
    parameters = code.co_varnames[: 1 if called is _FIRST else code.co_argcount + code.co_kwonlyargcount]
    new = {old: name for old, name in called.items() if old in parameters}
    taken = {*code.co_varnames, *code.co_cellvars, *code.co_freevars} - new.keys()
    if not taken.isdisjoint(new.values()):
        raise ValueError(f"[public] `{f.__name__}` has a variable of the name that callers use: {new}")
    variables, cells = ([new.get(v, v) for v in names] for names in (code.co_varnames, code.co_cellvars))
    for old, name in new.items():
        outer.__doc__ = f.__doc__ = _renamed(f.__doc__ or "", old, name)
    f.__code__ = code.replace(co_varnames=tuple(variables), co_cellvars=tuple(cells))
    f.__kwdefaults__ = {new.get(k, k): v for k, v in (f.__kwdefaults__ or {}).items()} or None


def _renamed(text: str, old: str, name: str) -> str:
    """A docstring in which a parameter has another name, in its heading and between backquotes."""
    text = re.sub(rf"^((?:    )?(?:\w+, )*){old}(?=,| :|$)", rf"\1{name}", text, flags=re.MULTILINE)
    return text.replace(f"`{old}`", f"`{name}`")


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
    arrays = [Parameter(name, Parameter.POSITIONAL_OR_KEYWORD) for name in p.parameters]
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
