"""Results of the fused kernels are the same for any number of threads, bit by bit."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CODE = """
import hashlib
import numpy as np
from tapegrad import kernels as k
r = np.random.default_rng(0).standard_normal
x, g, w, t = r((700, 300)).astype("f"), r((700, 300)).astype("f"), r(300).astype("f"), np.arange(700) % 300
z, h = r((9, 30, 400)), r((9, 30, 400))
y, p = k.cross_entropy(x, t)
found = [k.gelu(x), k.softplus(x), k.softmax(x, 1), k.logsumexp(x, 0), y, p, k.cross_entropy_grad(y, p, t)]
found += [k.gelu_grad(g, x), k.relu_grad(g, x), k.take(x, (np.arange(9999) % 700,))]
rows = k.layer_norm(x, w, w)
found += [*rows, *k.layer_norm_grad(g, x, w, *rows[1:])]
short, slopes = z.reshape(180, 30, 20), h.reshape(180, 30, 20)
for norm, x3, g3, more in (("batch_norm", z, h, ()), ("batch_norm", short, slopes, ()), ("group_norm", z, h, (5,))):
    sets = getattr(k, norm)(x3, *more, z[0, :, 0], z[1, :, 0])
    found += [*sets, *getattr(k, norm + "_grad")(g3, x3, *more, z[0, :, 0], *sets[1:])]
state = [x, g, np.zeros_like(x), np.zeros_like(x)]
k.adam(*state, 1, 1e-3, 0.9, 0.999, 1e-8)
found += [*state, k.add_at((50, 300), g, (t % 50,))]
found += [k.pair_dots(x, g), k.pair_pull(k.pair_dots(x, g), g)]
wide = k.Scheme("linear", 300, 777, 300 / 777), k.Scheme("cubic", 700, 1500, 700 / 1500)
found += [k.resample(x, 1, wide[0]), k.resample(x, 0, wide[1]), k.resample_grad(k.resample(x, 0, wide[1]), 0, wide[1])]
points, how = np.tanh(r((2, 400, 300, 2))), ("bicubic", "reflection", False)
images = k.sample(z[:2, :, None].reshape(2, 30, 20, 20), points, *how)
found += [images, k.sample_input_grad(images, points, (20, 20), *how)]
found += [k.sample_grid_grad(images, z[:2].reshape(2, 30, 20, 20), points, *how)]
labels, free = np.arange(64 * 41).reshape(64, 41) % 50, np.zeros((64, 41), "f")
speech = r((60, 64, 50)).astype("f"), labels, free, t[:64] // 2, t[:64] % 41
costs = k.ctc(*speech)
found += [costs[0], k.ctc_grad(y[:64], *costs, *speech)]
long = r(3 * 10**6).astype("f")
found += [k.sum(long), k.sum(long.reshape(3, 1000, 1000), 1), k.sum(long.reshape(1000, 3000), 1)]
found += [k.normal(1, 3, 10**6, "f"), k.uniform(1, 3, 10**6, "f"), k.dropout(long, 0.3, 1, 2)]
u, v, c = (a.reshape(-1)[: m * n].reshape(m, n) for a, m, n in ((x, 410, 512), (g, 512, 128), (x, 240, 128)))
n = 240, 170
memory = k.lstm(u, v, c, c, n)
found += [*memory, *k.lstm_grad(memory[0], c, c, v, c, c, memory[0], *memory[3:], n)]
print(hashlib.sha256(b"".join(a.tobytes() for a in found)).hexdigest())
"""
ROOT = Path(__file__).parents[2]


def digest(**environment):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    done = subprocess.run(
        [sys.executable, "-c", CODE], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("threads", [2, 3])
def test_fused_kernels_answer_the_same_with_any_number_of_threads(threads):
    assert digest(NUMBA_NUM_THREADS="1") == digest(NUMBA_NUM_THREADS=str(threads))


PLACES = """
import os
processors = sorted(os.sched_getaffinity(0))[:{processors}]
os.sched_setaffinity(0, processors)
import numpy as np
from tapegrad import kernels
a = np.ones((300, 300), "f")
for _ in range(3):
    kernels.matmul(a, a)
assert os.sched_getaffinity(0) == set(processors)
everyone = [os.sched_getaffinity(int(task)) for task in os.listdir("/proc/self/task")]
print(sum(len(places) == len(processors) - 1 for places in everyone))
"""


@pytest.mark.skipif(sys.platform != "linux" or os.cpu_count() < 2, reason="nowhere to step aside")
@pytest.mark.parametrize(
    ("processors", "setting", "confined"), [(2, {}, "1"), (2, {"OMP_PROC_BIND": "false"}, "0"), (1, {}, "0")]
)
def test_workers_keep_off_their_callers_processor_unless_the_user_places_threads(processors, setting, confined):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NUMBA_NUM_THREADS": "2", "NUMBA_THREADING_LAYER": "omp"}
    code = [sys.executable, "-c", PLACES.format(processors=processors)]
    done = subprocess.run(code, env={**environment, **setting}, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, confined), done.stderr
