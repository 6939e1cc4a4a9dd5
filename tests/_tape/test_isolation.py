"""Threads, tasks, generators, modes and interrupts do not see each other's tapes."""

import asyncio
import contextvars
import threading

import pytest

import tapegrad as tg
from tapegrad import tape
from tapegrad._tape import stack


def leaf(value=2.0):
    return tg.tensor(value, dtype=tg.float64, requires_grad=True)


def test_each_thread_has_its_own_tape():
    x, failures = leaf(), []
    ready = threading.Barrier(4)

    def work(k):
        try:
            own = leaf(float(k))
            ready.wait()
            for _ in range(200):
                with tape() as t:
                    y = own * x * own
                assert len(t) == 2
                (g,) = tg.autograd.grad(y, own)
                assert g.item() == 2 * k * 2.0
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    with tape() as mine:
        [t.start() for t in threads]
        [t.join() for t in threads]
    assert not failures and len(mine) == 0


def test_no_grad_belongs_to_its_thread():
    seen = []
    with tg.no_grad():
        thread = threading.Thread(target=lambda: seen.append(tg.is_grad_enabled()))
        thread.start()
        thread.join()
    assert seen == [True]


def test_each_task_has_its_own_tape():
    async def work(k):
        x = leaf(float(k))
        with tape() as t:
            y = x
            for _ in range(5):
                y = y * x
                await asyncio.sleep(0)
        assert len(t) == 5
        y.backward()
        return x.grad.item()

    async def main():
        return await asyncio.gather(*(work(k) for k in range(1, 5)))

    assert asyncio.run(main()) == [6.0 * k**5 for k in range(1, 5)]


def test_interleaved_generators_close_their_own_tapes():
    def steps(x):
        with tape() as t:
            y = x * x
            yield t
            y = y * x
            yield t

    x = leaf()
    a, b = steps(x), steps(x)
    ta, tb = next(a), next(b)
    next(a)
    a.close()
    next(b)
    b.close()
    assert (len(ta), len(tb)) >= (2, 2) and not (x * x).requires_grad


def test_no_grad_as_decorator_holds_during_each_step_of_a_generator_only():
    @tg.no_grad()
    def numbers():
        got = yield tg.is_grad_enabled()
        yield (got, tg.is_grad_enabled())

    g = numbers()
    assert next(g) is False and tg.is_grad_enabled()
    assert g.send(5) == (5, False) and tg.is_grad_enabled()
    assert list(g) == []


def test_decorated_generators_pass_on_exceptions_and_return_values():
    closed = []

    @tg.no_grad
    def numbers():
        try:
            yield 1
        except KeyError:
            yield 2
        finally:
            closed.append(tg.is_grad_enabled())
        return 3

    def outer():
        return (yield from numbers())

    g = outer()
    assert next(g) == 1 and g.throw(KeyError()) == 2
    with pytest.raises(StopIteration) as stop:
        next(g)
    assert stop.value.value == 3 and closed == [False]


@pytest.mark.parametrize("mode", [lambda: tg.no_grad, tg.no_grad, lambda: tg.set_grad_enabled(False)])
def test_modes_decorate_functions(mode):
    decorated = mode()(tg.is_grad_enabled)
    assert tg.is_grad_enabled()
    assert decorated() is False and tg.is_grad_enabled()


def test_coroutines_can_be_decorated():
    @tg.no_grad()
    async def enabled():
        await asyncio.sleep(0)
        return tg.is_grad_enabled()

    assert asyncio.run(enabled()) is False


def test_modes_nest_and_a_tape_inside_no_grad_records():
    x = leaf()
    with tape():
        with tg.no_grad():
            assert not (x * x).requires_grad
            with tg.enable_grad():
                assert (x * x).requires_grad
            with tape():
                assert (x * x).requires_grad
            assert not tg.is_grad_enabled()
        assert (x * x).requires_grad


def test_set_grad_enabled_as_a_function_and_as_a_block():
    def program():
        with tape():
            tg.set_grad_enabled(False)
            assert not tg.is_grad_enabled()
            with tg.set_grad_enabled(True):
                assert tg.is_grad_enabled()
            assert not tg.is_grad_enabled()
            for _ in range(100):
                tg.set_grad_enabled(False)
                tg.set_grad_enabled(True)
            assert tg.is_grad_enabled() and len(stack.get()) < 8  # repeated calls do not pile up

    contextvars.copy_context().run(program)


def test_the_mode_is_restored_after_an_exception():
    with pytest.raises(KeyError), tg.no_grad():
        raise KeyError
    assert tg.is_grad_enabled()


def test_a_forked_context_shares_the_tape_without_mixing_records():
    x = leaf()
    with tape() as t:
        context = contextvars.copy_context()
        errors = []

        def work(own):
            try:
                for _ in range(2000):
                    own * own
            except tg.TapeError as error:
                errors.append(error)

        threads = [threading.Thread(target=context.copy().run, args=(work, leaf())) for _ in range(2)]
        [thread.start() for thread in threads]
        work(x)
        [thread.join() for thread in threads]
        for error in errors:
            assert "another thread" in str(error)
    for k, record in enumerate(t.tape.records):
        assert record[2] == k or record[2] < k
