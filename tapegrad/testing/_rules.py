"""`check_rule`: everything that must hold of an operation's rules, on one set of arguments."""

from collections.abc import Sequence

import numpy as np

from ._compare import agree, close, same
from ._differences import DIGITS, differences, inner, locate, normal, rounding, step_for
from ._maps import Gradient, Operation, Tangent
from ._trace import Trace
from ._twins import check_layouts, check_purity, check_untracked, noting


def check_rule(
    op,
    /,
    *args,
    order: int = 2,
    wrt=None,
    h: float | None = None,
    tol: float | None = None,
    jvp: bool = True,
    **settings,
) -> None:
    """Check the derivatives of an operation at one point, up to `order`.

        ⟨g, J·t⟩ = ⟨Jᵀ·g, t⟩        J·t = (f(x + h·t) - f(x - h·t)) / 2h

    for random g and t, for each floating argument alone and for all together: the first to rounding, the second to
    the precision of central differences. Then the same of the maps (g, x) ↦ Jᵀ·g and (t, x) ↦ J·t, which is second
    order; and that nothing is written to, that a repeated call gives equal bits, that gradients have the dtype and
    shape of their arguments, that untracked arguments change no value and get no gradient, and that
    neither memory layout nor cotangents with stride 0 change the result. Outputs that are not finite are left out of
    the calculus, and where one is NaN gradients may be NaN.

    Parameters
    ----------
    op : callable
        An operation of the library, a `primitive`, a `Function.apply`, or any function of Tensors.
    *args
        Its arguments: arrays (or Tensors, or sequences of them) become Tensors; everything else is passed on.
        Integer and boolean arrays are constants. Floating arrays of less than double precision are checked twice:
        calculus on a double copy, then the given precision against that.
    order : int
        The highest derivative.
    wrt : int, str or sequence of them, optional
        The arguments to differentiate, by position or name; all floating ones if None.
    h : float, optional
        The step of central differences; ε^(1/3) if None. No kink may lie within `h` times a few.
    tol : float, optional
        The relative tolerance of central differences; 1e-6 if None (more where something is computed in low precision).
    jvp : bool
        Check forward mode too; False for a rule that has only a vjp.
    **settings
        Keyword arguments of `op`; arrays among them count as arguments.

    Raises
    ------
    AssertionError
        Naming the operation, the argument, the element, what was expected and what came.

    Examples
    --------
    >>> import numpy as np, tapegrad as tg
    >>> from tapegrad.testing import check_rule
    >>> check_rule(tg.mul, np.array([1.0, 2.0]), np.array([[3.0], [4.0]]))
    """
    operation = Operation(op, args, settings)
    wanted = _wanted(operation, wrt)
    before = [a.copy() for a in operation.arrays]
    random = np.random.default_rng(len(wanted))
    alone = [[i] for i in wanted] if len(wanted) > 1 else []
    for at in [*alone, wanted]:
        _Check(operation, at, h, tol, jvp, random).run(operation.arrays, order)
    check_untracked(operation, wanted, random)
    check_layouts(operation, wanted, random)
    for name, old, new in zip(operation.names, before, operation.arrays, strict=True):
        same(f"[{operation.name}] `{name}` was written to by the operation or a rule", old, new)


def _wanted(operation: Operation, wrt) -> list[int]:
    """The positions of the arrays to differentiate."""
    floating = [i for i, a in enumerate(operation.arrays) if a.dtype.kind in "fc"]
    if wrt is None:
        return floating
    asked = [wrt] if isinstance(wrt, (int, str)) else list(wrt)
    names = {operation.parameters[w] if isinstance(w, int) else w for w in asked}
    found = [i for i in floating if operation.names[i].partition("[")[0] in names]
    if not found:
        raise ValueError(f"[check_rule] `wrt` (={wrt!r}) must name a floating argument of {operation.names}")
    return found


def widened(a: np.ndarray) -> np.ndarray:
    """A floating array in double precision; itself, if it is."""
    if a.dtype.kind not in "fc":
        return a
    return a.astype(np.complex128 if a.dtype.kind == "c" else np.float64, order="K", copy=False)


class _Check:
    """The checks of one map with the inputs `at` tracked."""

    def __init__(self, function, at: Sequence[int], h, tol, jvp: bool, random):
        self.map, self.at, self.h, self.tol, self.jvp, self.random = function, list(at), h, tol, jvp, random
        self.who = f"[{function.name}] {function.title}"

    def run(self, arrays: Sequence[np.ndarray], order: int) -> None:
        """Check the map at `arrays`, and its derivatives below `order`."""
        with noting(f"{self.who}while {self._arguments()} tracked"):
            tangents, cotangents = self._first_order(arrays)
        if order > 1:
            gradient = Gradient(self.map, len(cotangents), self.at)
            self._below(gradient, cotangents, arrays, order)
            if self.jvp:
                self._below(Tangent(self.map, self.at), tangents, arrays, order)

    def _below(self, derivative, directions, arrays, order: int) -> None:
        n = len(directions)
        at = [*range(n), *(n + i for i in self.at)]
        _Check(derivative, at, self.h, self.tol, self.jvp, self.random).run([*directions, *arrays], order - 1)

    def _arguments(self) -> str:
        return ", ".join(f"`{self.map.names[i]}`" for i in self.at) + (" are" if len(self.at) > 1 else " is")

    def _first_order(self, arrays) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Check the first derivatives; answers the tangents and cotangents that were used."""
        trace = Trace(self.map, arrays, self.at)
        tangents = [normal(self.random, arrays[i]) for i in self.at]
        cotangents = [normal(self.random, y) for y in trace.values()]
        check_purity(self.who, self.map, trace, arrays, cotangents)
        wide = [widened(a) for a in arrays]
        if all(a is b for a, b in zip(wide, arrays, strict=True)):
            self._calculus(trace, arrays, tangents, cotangents)
            return tangents, cotangents
        exact = Trace(self.map, wide, self.at)
        exact_cotangents = [g.astype(y.dtype) for g, y in zip(cotangents, exact.values(), strict=True)]
        pulled, pushed = self._calculus(exact, wide, [widened(t) for t in tangents], exact_cotangents)
        for i, expected, got in zip(self.at, pulled, self._reverse(trace, cotangents), strict=True):
            close(f"{self.who}vjp of `{self.map.names[i]}` in {got.dtype}", expected, got, "in double precision")
        if self.jvp:
            for k, (expected, got) in enumerate(zip(pushed, self._forward(trace, tangents), strict=True)):
                close(f"{self.who}jvp at output {k} in {got.dtype}", expected, got, "in double precision")
        return tangents, cotangents

    def _calculus(self, trace: Trace, arrays, tangents, cotangents) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """The adjoint identity and central differences, in double precision; answers Jᵀ·g and J·t."""
        if self.jvp and (name := trace.without_jvp()):
            raise AssertionError(
                f"{self.who}`{name}` has a vjp but no jvp, so forward mode would lose this derivative; "
                "give it a jvp, or check reverse mode alone with jvp=False"
            )
        coarsest = trace.coarsest()
        h, tol = self.h or step_for(coarsest), self.tol or DIGITS[coarsest.itemsize]
        measured = differences(self.map, arrays, self.at, tangents, h)
        pulled = self._reverse(trace, cotangents)
        pushed = self._forward(trace, tangents) if self.jvp else measured
        right = all(agree(*three, tol) for three in zip(measured, pushed, trace.values(), strict=True))
        finite = [np.where(np.isfinite(y), t, 0) for t, y in zip(pushed, trace.values(), strict=True)]
        ahead, size = inner(cotangents, finite)
        back, weight = inner(pulled, tangents)
        allowed = rounding(coarsest) if self.jvp else tol
        if np.isnan(back) and any(np.isnan(y).any() for y in trace.values()):
            return pulled, pushed  # not defined here, and the gradient says so
        if not (right and abs(ahead - back) <= allowed * (1 + size + weight)):
            raise AssertionError(self._report(locate(self.map, arrays, self.at, h, tol, self.jvp), right, ahead, back))
        return pulled, pushed

    def _report(self, wrong, right: bool, ahead: float, back: float) -> str:
        if wrong is None:
            law = "⟨g, J·t⟩ = ⟨Jᵀ·g, t⟩ fails" if right else "jvp and central differences disagree"
            where = f"along a random direction while {self._arguments()} tracked"
            return f"{self.who}{law} {where}: expected {ahead:.10g}, got {back:.10g}"
        output = f"output {wrong.output}, " if wrong.output else "output "
        return (
            f"{self.who}{wrong.rule} of `{self.map.names[wrong.argument]}`, {wrong.at}, at {output}{wrong.output_at}: "
            f"expected {wrong.expected:.10g} ({wrong.source}), got {wrong.got:.10g}"
        )

    def _reverse(self, trace: Trace, cotangents) -> list[np.ndarray]:
        """Jᵀ·g, with the shapes and dtypes that it must have."""
        found = []
        for i, x, g in zip(self.at, trace.tracked, trace.reverse(cotangents), strict=True):
            if g is None:
                g = np.zeros_like(x._array)
            self._fits(f"gradient of `{self.map.names[i]}`", g, x._array)
            found.append(g)
        return found

    def _forward(self, trace: Trace, tangents) -> list[np.ndarray]:
        """J·t, with the shapes and dtypes that it must have."""
        found = trace.forward(tangents)
        for k, (t, y) in enumerate(zip(found, trace.values(), strict=True)):
            self._fits(f"tangent of output {k}", t, y)
        return found

    def _fits(self, what: str, got: np.ndarray, like: np.ndarray) -> None:
        if got.shape != like.shape:
            raise AssertionError(f"{self.who}{what}: expected shape {like.shape}, got {got.shape}")
        if got.dtype != like.dtype:
            raise AssertionError(f"{self.who}{what}: expected dtype {like.dtype}, got {got.dtype}")
