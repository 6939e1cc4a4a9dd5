"""The index of operations, and type stubs of what is put together at run time: Tensor's members, the package's names.

``python -m tests.house.stubs`` writes them; a test compares them with what is there.
"""

import importlib
import inspect
import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

import tapegrad
from tapegrad import ops
from tapegrad._tape import Tensor
from tapegrad.ops._registry import signature as signature_of
from tests.house import coverage
from tests.house.tree import ROOT

RETURNS = {  # what does not return one Tensor
    "tuple[Tensor, ...]": """
        split chunk unbind tensor_split hsplit vsplit dsplit split_with_sizes broadcast_tensors meshgrid var_mean
        std_mean aminmax lu""",
    "_bool": """
        is_contiguous is_complex is_floating_point is_pinned is_tensor allclose equal __bool__ __contains__""",
    "_int": "dim ndimension numel nelement element_size get_device __int__ __index__ __len__ __hash__",
    "_float": "__float__",
    "complex": "__complex__",
    "Iterator[Tensor]": "__iter__",
    "np.ndarray": "numpy __array__",
    "None": "backward retain_grad record_stream __setitem__ __init__",
    "str": "__repr__ __str__ __format__",
    "RemovableHandle": "register_hook register_post_accumulate_grad_hook",
    "Any": """
        max min item tolist where nonzero type size stride atleast_1d atleast_2d atleast_3d __array_ufunc__
        __array_function__ __dlpack__ __dlpack_device__ __reduce_ex__ geqrf lu_unpack qr slogdet svd
        triangular_solve""",
}
KIND = {name: kind for kind, names in RETURNS.items() for name in names.split()}
PROPERTIES = {
    "shape": "tuple[_int, ...]", "dtype": "np.dtype", "device": "Device", "ndim": "_int", "itemsize": "_int",
    "nbytes": "_int", "is_leaf": "_bool", "is_cuda": "_bool", "retains_grad": "_bool", "grad_fn": "Any",
    "T": "Tensor", "mT": "Tensor", "__cuda_array_interface__": "dict[str, Any]",
}  # fmt: skip
ATTRIBUTES = {"requires_grad": "_bool", "grad": "Any", "data": "Tensor"}
HEADER = '''# ruff: noqa
"""{what}

Written by `python -m tests.house.stubs`.
"""

from builtins import bool as _bool
from builtins import float as _float
from builtins import int as _int
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

'''


def parameters(function: Callable, is_method: bool) -> str:
    """Parameters of a function without their types; every default is `...`."""
    primitive = getattr(inspect.unwrap(function), "primitive", None)
    given = inspect.signature(function) if primitive is None else signature_of(primitive)
    text, starred = [], False
    for k, p in enumerate(given.parameters.values()):
        if p.kind is p.VAR_POSITIONAL and is_method and k == 0:
            text.append("self")
        if is_method and k == 0 and p.kind is not p.VAR_POSITIONAL:
            text.append("self")
            continue
        if p.kind is p.KEYWORD_ONLY and not starred:
            text.append("*")
        starred = starred or p.kind in (p.VAR_POSITIONAL, p.KEYWORD_ONLY)
        stars = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
        text.append(f"{stars}{p.name}: Any" + (" = ..." if p.default is not p.empty else ""))
    return ", ".join(text)


def definition(name: str, function: Callable, is_method: bool = False) -> str:
    """One line of a stub."""
    ignore = "  # type: ignore[override]" if name in ("__eq__", "__ne__") else ""
    return f"def {name}({parameters(function, is_method)}) -> {KIND.get(name, 'Tensor')}: ...{ignore}"


def tensor_stub() -> str:
    """The stub of `tapegrad/_tape/tensor.py`, with all that is attached to the class."""
    lines = ["from .._device import device as Device", "from .hooks import RemovableHandle", "", "class Tensor:"]
    lines += [f"    {name}: Any" for name in Tensor.__slots__ if name != "__weakref__"]
    lines += [f"    {name}: {kind}" for name, kind in ATTRIBUTES.items()]
    for name, kind in PROPERTIES.items():
        lines += ["    @property", f"    def {name}(self) -> {kind}: ..."]
    for name in sorted(vars(Tensor)):
        member = getattr(Tensor, name)
        if inspect.isfunction(member):
            lines.append(f"    {definition(name, member, is_method=True)}")
    lines += ["    def __hash__(self) -> _int: ...", "", "new: Callable[..., Any]", ""]
    lines += ["def plain(array: Any) -> Tensor: ..."]
    lines += ["def wrap(array: Any, slot: _int | None, tape: Any) -> Tensor: ..."]
    return HEADER.format(what="Tensor with all its members.") + "\n".join(lines) + "\n"


def package_stub() -> str:
    """The stub of `tapegrad/__init__.py`: every public name."""
    imports, rest = set(), ["__version__: str", f"__all__ = {tapegrad.__all__!r}"]
    for name in tapegrad.__all__:
        value = getattr(tapegrad, name)
        module, own = getattr(value, "__module__", None) or "", getattr(value, "__name__", name)
        if name in ops.FUNCTIONS and ops.FUNCTIONS[name] is value:
            rest.append(definition(name, value))
        elif inspect.ismodule(value):
            imports.add(f"from . import {value.__name__.rpartition('.')[2]} as {name}")
        elif module.startswith("tapegrad."):
            imports.add(f"from {module.removeprefix('tapegrad')} import {own} as {name}")
        elif inspect.isclass(value):
            imports.add(f"from {module} import {own} as {name}")
        else:
            kind = {np.dtype: "np.dtype", float: "_float", type(None): "None"}
            rest.append(f"{name}: {next(k for t, k in kind.items() if isinstance(value, t))}")
    return HEADER.format(what="Every public name of the package.") + "\n".join([*sorted(imports), "", *rest]) + "\n"


INDEX = ROOT / "tapegrad" / "ops" / "_index.py"


def index() -> str:
    """`tapegrad/ops/_index.py`: which family offers which operation."""
    for path in sorted((ROOT / "tapegrad" / "ops").glob("[!_]*.py")):
        importlib.import_module(f"tapegrad.ops.{path.stem}")
    lines = [
        '"""Which family offers which operation, so that importing tapegrad need not import them all.',
        "",
        "Written by `python -m tests.house.stubs`.",
        '"""',
    ]
    for table in ("FUNCTIONS", "METHODS", "IN_PLACE"):
        families = getattr(ops, table).by_family()
        lines += ["", f"{table} = {{", *(f'    "{family}": "{names}",' for family, names in families.items()), "}"]
    return "# ruff: noqa: E501\n" + "\n".join(lines) + "\n"


STUBS: dict[Path, Callable[[], str]] = {  # and the list of what is covered, which changes when they do
    INDEX: index,
    ROOT / "tapegrad" / "_tape" / "tensor.pyi": tensor_stub,
    ROOT / "tapegrad" / "__init__.pyi": package_stub,
    coverage.PATH: coverage.coverage,
}

if __name__ == "__main__":
    for path, write in STUBS.items():
        old, new = path.read_text("utf-8"), write()
        path.write_text(new, "utf-8")
        if path == INDEX and new != old:  # the package that is imported here does not know of it: begin again
            os.execv(sys.executable, [sys.executable, "-m", "tests.house.stubs"])
