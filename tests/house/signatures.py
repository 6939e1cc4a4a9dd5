"""The parameters of PyTorch's functions, methods, layers and optimisers that are here, too.

``python -m tests.house.signatures`` writes them to torch_signatures.txt, a line for each way to call; it needs PyTorch
2.13. The test beside it compares them with the parameters here.
"""

import ast
import importlib
import inspect
import keyword
from pathlib import Path

import tapegrad

PATH = Path(__file__).with_name("torch_signatures.txt")
SPACES = (
    "", "Tensor", "autograd", "fft", "linalg", "masked", "nn", "nn.functional", "nn.init", "nn.utils",
    "nn.utils.parametrizations", "nn.utils.parametrize", "nn.utils.rnn", "optim", "optim.lr_scheduler",
    "optim.swa_utils", "signal.windows", "special",
)  # fmt: skip


def space(package, name: str) -> object:
    """A namespace of tapegrad or torch; `Tensor` is a class."""
    if name in ("", "Tensor"):
        return getattr(package, name) if name else package
    return importlib.import_module(f"{package.__name__}.{name}")


def offered(name: str) -> list[str]:
    """The functions and classes of one of our namespaces."""
    home = space(tapegrad, name)
    names = getattr(home, "__all__", None) or dir(home)
    return sorted(n for n in names if not n.startswith("_") and _is_ours(getattr(home, n)))


def _is_ours(value) -> bool:
    module = getattr(value, "__module__", None) or "tapegrad"
    return callable(value) and module.partition(".")[0] == "tapegrad"


def parameters(function) -> inspect.Signature | None:
    """The signature of a function, of a class's `__init__`; None if it takes whatever comes."""
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        return None


def _of_schema(schema) -> str | None:
    """An operator's signature as a line of Python, or None where users cannot call it so."""
    arguments = schema.arguments
    first = arguments[0].name if arguments else ""
    if first in ("a", "t") or (first == "self" and str(arguments[0].type) == "List[Tensor]"):  # TorchScript's own
        return None
    if any(a.is_out or "Dimname" in str(a.type) or keyword.iskeyword(a.name) for a in arguments):
        return None
    parts, starred = [], False
    for a in arguments:
        if a.kwarg_only and not starred:
            parts.append("*")
            starred = True
        name = "input" if a.name == "self" else a.name
        parts.append(f"{name}={_shown(a.default_value)}" if a.has_default_value() else name)
    return ", ".join(parts)


def _shown(default) -> str:
    """A default as it stands in a signature; what is no plain value is `...`."""
    if isinstance(default, (bool, int, float, str, type(None))):
        return repr(default)
    if isinstance(default, (tuple, list)):
        return repr(tuple(default))
    return "..."


def _of_python(given: inspect.Signature) -> str:
    parts, starred = [], False
    for p in given.parameters.values():
        if p.kind is p.KEYWORD_ONLY and not starred:
            parts.append("*")
        starred = starred or p.kind in (p.VAR_POSITIONAL, p.KEYWORD_ONLY)
        if p.kind is p.VAR_POSITIONAL:
            parts.append(f"*{p.name}")
        elif p.kind is p.VAR_KEYWORD:
            parts.append(f"**{p.name}")
        else:
            parts.append(p.name if p.default is p.empty else f"{p.name}={_shown(p.default)}")
    return ", ".join(parts)


def lines() -> list[str]:
    """What PyTorch takes, for every name that is here."""
    import torch

    schemas: dict[str, list] = {}
    for schema in torch._C._jit_get_all_schemas():
        if schema.name.startswith("aten::"):
            schemas.setdefault(schema.name.removeprefix("aten::"), []).append(schema)
    found: dict[str, None] = {}
    for home in SPACES:
        theirs = space(torch, home)
        for name in offered(home):
            function = getattr(theirs, name, None)
            if not callable(function):
                continue
            given = parameters(function)
            if given is not None and not str(given).startswith("(*args, **kw"):
                calls = [_of_python(given)]
            else:
                prefix = {"linalg": "linalg_", "fft": "fft_", "special": "special_"}.get(home, "")
                candidates = schemas.get(prefix + name, ())
                tensors = [s for s in candidates if any("Tensor" in str(a.type) for a in s.arguments)]
                calls = [_of_schema(s) for s in tensors or candidates]
            for call in calls:
                if call is not None:
                    found[f"{home}.{name}({call})".removeprefix(".")] = None
    return list(found)


NOT_TAKEN = """
    _stacklevel capturable cudnn_enable cudnn_enabled device differentiable foreach fused generator is_coalesced layout
    memory_format out out_dtype pin_memory reduce size_average
""".split()  # memory that NumPy does not have, PyTorch's own switches, and what it has deprecated


def ways() -> dict[str, list[str]]:
    """The lines of the file for each name."""
    found: dict[str, list[str]] = {}
    for line in PATH.read_text("utf-8").splitlines():
        found.setdefault(line.partition("(")[0], []).append(line)
    return found


def difference(line: str) -> str:
    """How our parameters differ from PyTorch's in a line of the file: nothing, or what is wrong."""
    path, _, given = line[:-1].partition("(")
    home, _, name = path.rpartition(".")
    ours = list(parameters(getattr(space(tapegrad, home), name)).parameters.values())
    theirs = ast.parse(f"def f({given}): pass").body[0].args  # type: ignore[attr-defined]
    by_position = [a.arg for a in theirs.args]
    if home == "Tensor":
        ours = ours[1:]
        by_position = [a for a in by_position if a not in ("input", "self")]
    kinds = {p.name: p.kind for p in ours}
    if "options" in kinds or {"args", "settings"} <= kinds.keys():  # they go on as they are
        return ""
    starred = any(kind is inspect.Parameter.VAR_POSITIONAL for kind in kinds.values())
    positional = [p.name for p in ours if p.kind is p.POSITIONAL_OR_KEYWORD]
    named = {p.name: p for p in ours if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    wrong = []
    for k, parameter in enumerate(by_position):
        if parameter in named and parameter not in NOT_TAKEN and not starred and positional[k : k + 1] != [parameter]:
            wrong.append(f"`{parameter}` stands not at {k}")
    defaults = dict(zip(reversed([a.arg for a in theirs.args]), reversed(theirs.defaults), strict=False))
    defaults |= dict(zip([a.arg for a in theirs.kwonlyargs], theirs.kw_defaults, strict=True))
    for parameter in [*by_position, *(a.arg for a in theirs.kwonlyargs)]:
        if parameter in NOT_TAKEN:
            continue
        if parameter not in named:
            wrong.append(f"there is no `{parameter}`")
        elif defaults.get(parameter) is not None:
            wrong += _default_wrong(named[parameter], ast.unparse(defaults[parameter]))
    return "; ".join(wrong)


def _default_wrong(parameter: inspect.Parameter, text: str) -> list[str]:
    if parameter.default is parameter.empty:
        return [f"`{parameter.name}` has no default"]
    wanted, ours = _plain(ast.literal_eval(text)), _plain(parameter.default)
    if wanted in (None, ..., ()) or type(ours) is not type(wanted) or ours == wanted:
        return []  # None is what is found out later
    return [f"`{parameter.name}` is {ours!r} by default, not {wanted!r}"]


def _plain(value):
    """A default to compare: (1, 1) is 1, and 1 is 1.0."""
    if isinstance(value, tuple) and value and all(v == value[0] for v in value):
        value = value[0]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


if __name__ == "__main__":
    PATH.write_text("\n".join(lines()) + "\n", "utf-8")
