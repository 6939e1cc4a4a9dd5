"""Kernels written once, for many tiles: loops are unrolled and register arrays become scalars before Numba sees them.

A template is a Python function that is never called. Its keyword-only parameters are numbers and strings known when
the kernel is made; `specialise` fills them in and rewrites

    for i in unroll(n): …           the body n times, i a number each time
    if SIZE > 4: …                  one branch, where only known names are asked for
    c = registers                   c[i, j] from here on is a scalar variable c_i_j, c[i, :4] a tuple of four
    splice(PART, "a")               the body of the template PART; its names that start with `o` start with `a`

so nothing depends on how far a compiler unrolls, no accumulator ends up in local memory, and the simulator has little
left to interpret. Parameters of a part only say which names it shares with the template around it.
"""

import ast
import inspect
import linecache
from copy import deepcopy
from textwrap import dedent

registers = None  # what a template assigns to the name of a register array


def unroll(*bounds):
    """Stand for `range` in a loop that is written out."""


def splice(part, prefix):
    """Stand for the body of a part."""


def specialise(template, **constants):
    """Return the function that a template describes."""
    definition = parsed(template)
    space = dict(template.__globals__)
    for value in constants.values():
        if inspect.isfunction(value):  # a part: what it calls is called from here
            space.update(value.__globals__)
    space.update({name: value for name, value in constants.items() if not isinstance(value, (int, str))})
    definition.args.kwonlyargs, definition.args.kw_defaults = [], []
    definition.body = Writer(constants).block(definition.body)
    text = ast.unparse(ast.fix_missing_locations(definition))
    name = f"<{template.__name__} {len(linecache.cache)}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)  # for tracebacks
    exec(compile(text, name, "exec"), space)
    return space[template.__name__]


def parsed(function):
    """The definition of a function, without its docstring."""
    definition = ast.parse(dedent(inspect.getsource(function))).body[0]
    if ast.get_docstring(definition) is not None:
        del definition.body[0]
    return definition


class Writer(ast.NodeTransformer):
    """Rewrites statements, knowing the values of some names."""

    def __init__(self, known):
        self.known, self.arrays = dict(known), set()

    def block(self, statements):
        """Rewrite a list of statements, which must not become empty."""
        written = []
        for statement in statements:
            new = self.visit(deepcopy(statement))
            written += new if isinstance(new, list) else [] if new is None else [new]
        return written

    def value(self, node):
        """The value of an expression, or None where it depends on what is not known."""
        names = [n.id for n in ast.walk(node) if isinstance(n, ast.Name)]
        if not all(n in self.known for n in names):
            return None
        return eval(ast.unparse(node), {}, self.known)

    def visit_For(self, node):
        """Write out a loop over `unroll(…)`."""
        if not called(node.iter, "unroll"):
            node.iter, node.target = self.visit(node.iter), self.visit(node.target)
            node.body = self.block(node.body)
            return node
        written = []
        for i in range(*map(self.value, node.iter.args)):
            self.known[node.target.id] = i
            written += self.block(node.body)
        return written

    def visit_If(self, node):
        """Choose a branch that can be chosen now."""
        test = self.value(node.test)
        if test is not None:
            return self.block(node.body if test else node.orelse)
        node.test, node.body, node.orelse = self.visit(node.test), self.block(node.body), self.block(node.orelse)
        return node

    def visit_IfExp(self, node):
        """Choose a value that can be chosen now."""
        test = self.value(node.test)
        return self.generic_visit(node) if test is None else self.visit(node.body if test else node.orelse)

    def visit_Assign(self, node):
        """Note a register array."""
        if isinstance(node.value, ast.Name) and node.value.id == "registers":
            self.arrays.add(node.targets[0].id)
            return None
        return self.generic_visit(node)

    def visit_Expr(self, node):
        """Insert a part."""
        if not called(node.value, "splice"):
            return self.generic_visit(node)
        part, prefix = map(self.value, node.value.args)
        return self.block(Prefix(prefix).visit(parsed(part)).body)

    def visit_Subscript(self, node):
        """Name a register."""
        if not (isinstance(node.value, ast.Name) and node.value.id in self.arrays):
            return self.generic_visit(node)
        name = node.value.id
        index = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        *outer, last = index
        stem = "_".join([name, *(str(self.value(i)) for i in outer)])
        if not isinstance(last, ast.Slice):
            return ast.Name(f"{stem}_{self.value(last)}", node.ctx)
        span = range(0 if last.lower is None else self.value(last.lower), self.value(last.upper))
        return ast.Tuple([ast.Name(f"{stem}_{i}", node.ctx) for i in span], node.ctx)

    def visit_Name(self, node):
        """Fill in a number or a string."""
        value = self.known.get(node.id)
        return ast.Constant(value) if isinstance(value, (int, str)) and isinstance(node.ctx, ast.Load) else node


class Prefix(ast.NodeTransformer):
    """Gives the names of a part that start with `o` or `O` another start."""

    def __init__(self, prefix):
        self.prefix = prefix

    def visit_Name(self, node):
        """Rename `o`, `o_…` and `O_…`."""
        if not self.prefix:
            return node
        if node.id == "o" or node.id.startswith("o_"):
            node.id = self.prefix + node.id[1:]
        elif node.id.startswith("O_"):
            node.id = self.prefix.upper() + node.id[1:]
        return node

    def visit_Call(self, node):
        """Let the parts of a part have the same prefix."""
        if called(node, "splice"):
            node.args[1] = ast.Constant(self.prefix)
        return self.generic_visit(node)


def called(node, name):
    """Whether a node is a call of that name."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
