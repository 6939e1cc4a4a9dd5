"""L-BFGS."""

from collections.abc import Callable
from typing import Any

from .._tape import Tensor, enable_grad, no_grad, write_silently
from ..ops.join import cat
from ..ops.matmul import dot
from ..ops.parts import view_as_complex, view_as_real
from ._check import at_least_zero
from ._line_search import Point, strong_wolfe
from ._state import zeros_like
from .optimizer import Optimizer


class LBFGS(Optimizer):
    """Quasi-Newton steps, from the last few changes of the gradient; all parameters as one vector.

        s = θ - θ₀,     y = ∇f(θ) - ∇f(θ₀),     H₀ = s·y / y·y
        d = -H ∇f(θ),   H from H₀ by the last m pairs (s, y), in two loops over them
        θ ← θ + t d,    t = γ, or by the line search

    Parameters
    ----------
    params : iterable of Tensors
        One group.
    lr : float
        γ; in the very first iteration γ min(1, 1 / ‖∇f‖₁).
    max_iter : int
        Iterations in one `step`.
    max_eval : int, optional
        Evaluations of the closure in one `step`; 1.25 `max_iter` by default.
    tolerance_grad : float
        No element of the gradient larger: converged.
    tolerance_change : float
        No larger change of the parameters or the loss: converged.
    history_size : int
        m.
    line_search_fn : str, optional
        "strong_wolfe".

    Raises
    ------
    ValueError
        If a setting is out of its range, or there are several groups.
    RuntimeError
        If `line_search_fn` is another.

    Notes
    -----
    `step` needs a closure: it is called several times.

    Nocedal: Updating quasi-Newton matrices with limited storage; Math. Comp. 35 (1980). Liu, Nocedal: On the limited
    memory BFGS method for large scale optimization; Math. Programming 45 (1989).

    Examples
    --------
    >>> import tapegrad as tg
    >>> x = tg.tensor([-1.2, 1.0], dtype=tg.float64, requires_grad=True)
    >>> optimizer = tg.optim.LBFGS([x], max_iter=100, line_search_fn="strong_wolfe")
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     with tg.tape():
    ...         loss = (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2
    ...     loss.backward()
    ...     return loss
    >>> optimizer.step(closure).item()
    24.199999999999996
    >>> x.detach()
    tensor([1.0000, 1.0000], dtype=float64)
    """

    _scalars = ()

    def __init__(
        self,
        params,
        lr: float | Tensor = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ):
        defaults = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
        }
        super().__init__(params, defaults)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Take the parameters; there is one group.

        Raises
        ------
        ValueError
            At a second one.
        """
        if not self.param_groups:
            super().add_param_group(param_group)
            return
        known = {id(p) for p in self.param_groups[0]["params"]}
        params = param_group["params"]
        if not known.isdisjoint(map(id, [params] if isinstance(params, Tensor) else params)):
            raise ValueError("[LBFGS] some parameters appear in more than one parameter group")
        raise ValueError("[LBFGS] doesn't support per-parameter options (parameter groups)")

    def _check(self, group: dict[str, Any]) -> None:
        at_least_zero("LBFGS", group, "lr", "tolerance_grad", "tolerance_change")
        if group["line_search_fn"] not in (None, "strong_wolfe"):
            raise RuntimeError(
                f"[LBFGS] `line_search_fn` (={group['line_search_fn']!r}): only 'strong_wolfe' is supported"
            )

    def step(self, closure: Callable[[], Any] | None = None):
        """Do up to `max_iter` iterations.

        Parameters
        ----------
        closure : callable
            Computes the loss anew, with its gradients, and returns it.

        Returns
        -------
        What `closure` returned first.
        """
        if closure is None:
            raise TypeError("[LBFGS] `step` needs a closure: it evaluates the loss several times")
        (group,) = self.param_groups
        params, rate = group["params"], float(group["lr"])
        state = self.state[params[0]]

        def evaluate() -> tuple[Any, float, Tensor]:
            with enable_grad():
                result = closure()
            state["func_evals"] = state.get("func_evals", 0) + 1
            return result, float(result), _flat_gradient(params)

        with no_grad():
            first, loss, g = evaluate()
            state.setdefault("n_iter", 0)
            if _largest(g) <= group["tolerance_grad"]:
                return first
            stop = state["func_evals"] - 1 + group["max_eval"]
            for k in range(1, group["max_iter"] + 1):
                state["n_iter"] += 1
                d = _direction(state, g, group["history_size"])
                t = rate if state["n_iter"] > 1 else min(1.0, 1.0 / g.abs().sum().item()) * rate
                state.update(d=d, t=t, prev_flat_grad=g, prev_loss=loss)
                slope = dot(g, d).item()
                if slope > -group["tolerance_change"]:
                    break
                if group["line_search_fn"]:
                    at = _along(params, d, evaluate)
                    left, size = stop - state["func_evals"], _largest(d)
                    start = Point(0.0, loss, g, slope)
                    best, _ = strong_wolfe(at, start, t, size, group["tolerance_change"], left)
                    t, loss, g = best.t, best.f, best.g
                    state["t"] = t
                    _move(params, d, t)
                else:
                    _move(params, d, t)
                    if k < group["max_iter"]:
                        _, loss, g = evaluate()
                if (
                    state["func_evals"] >= stop
                    or _largest(g) <= group["tolerance_grad"]
                    or _largest(d * t) <= group["tolerance_change"]
                    or abs(loss - state["prev_loss"]) < group["tolerance_change"]
                ):
                    break
        return first


def _direction(state: dict[str, Any], g: Tensor, history: int) -> Tensor:
    """-H g, after the last step has joined the history."""
    if state["n_iter"] == 1:
        state.update(old_dirs=[], old_stps=[], ro=[], H_diag=1.0)
        return -g
    ys, ss, ro = state["old_dirs"], state["old_stps"], state["ro"]
    y, s = g - state["prev_flat_grad"], state["d"] * float(state["t"])
    curvature = dot(y, s).item()
    if curvature > 1e-10:
        if len(ys) == history:
            for entries in (ys, ss, ro):
                del entries[0]
        ys.append(y)
        ss.append(s)
        ro.append(1.0 / curvature)
        state["H_diag"] = curvature / dot(y, y).item()
    q, along = -g, [0.0] * len(ys)
    for i in reversed(range(len(ys))):
        along[i] = dot(ss[i], q).item() * float(ro[i])
        q = q - ys[i] * along[i]
    d = q * float(state["H_diag"])
    for i in range(len(ys)):
        d = d + ss[i] * (along[i] - dot(ys[i], d).item() * float(ro[i]))
    return d


def _along(params: list[Tensor], d: Tensor, evaluate) -> Callable[[float], Point]:
    """The loss on the line from where the parameters are, where they are again after each evaluation."""
    origin = [p.detach().clone() for p in params]

    def at(t: float) -> Point:
        _move(params, d, t)
        try:
            _, f, g = evaluate()
        finally:
            for p, x in zip(params, origin, strict=True):
                write_silently(p, x._array)
        return Point(t, f, g, dot(g, d).item())

    return at


def _move(params: list[Tensor], d: Tensor, t: float) -> None:
    """θ ← θ + t d."""
    first = 0
    for p in params:
        is_complex = p._dtype.kind == "c"
        shape = (*p._shape, 2) if is_complex else p._shape
        count = p.numel() * (2 if is_complex else 1)
        part = d[first : first + count].reshape(shape)
        write_silently(p, (p.detach() + (view_as_complex(part) if is_complex else part) * t)._array)
        first += count


def _flat_gradient(params: list[Tensor]) -> Tensor:
    """All gradients as one vector of reals; of a parameter that has none, zeros."""
    grads = [zeros_like(p) if p.grad is None else p.grad.detach() for p in params]
    return cat([(view_as_real(g) if g._dtype.kind == "c" else g).reshape(-1) for g in grads])


def _largest(x: Tensor) -> float:
    return x.abs().max().item() if x.numel() else 0.0
