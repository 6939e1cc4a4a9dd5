"""The source tree as the architecture tests see it: files, module names, imports."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def sources(*folders: str) -> list[Path]:
    """Every Python file under `folders` of the repository, each once: links are not followed."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def families(folder: str) -> set[str]:
    """Return the family names in a folder: its modules, without the private ones."""
    return {path.stem for path in (ROOT / folder).glob("[!_]*.py")}


def module_name(path: Path) -> str:
    """`tapegrad.ops.conv` for tapegrad/ops/conv.py, `tapegrad.kernels.conv` for kernels/conv.py."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    if parts[0] == "kernels":
        parts = ("tapegrad", *parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path, *, everywhere: bool) -> Iterator[tuple[int, ast.Import | ast.ImportFrom]]:
    """Yield `(line, statement)` of the imports that run: at module level, or `everywhere` in the file."""
    pending: list[ast.AST] = [ast.parse(path.read_text("utf-8"), str(path))]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node.lineno, node
        elif isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            pending += node.orelse
        elif everywhere or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            pending += ast.iter_child_nodes(node)


def targets(path: Path, statement: ast.Import | ast.ImportFrom) -> list[str]:
    """Return the absolute names that a statement in `path` imports; `from m import a, b` gives `m.a` and `m.b`."""
    if isinstance(statement, ast.Import):
        return [alias.name for alias in statement.names]
    base = statement.module or ""
    if statement.level:
        package = module_name(path).split(".")
        up = statement.level - (path.name == "__init__.py")
        base = ".".join([*package[: len(package) - up], *([base] if base else [])])
    return [f"{base}.{alias.name}" for alias in statement.names]
