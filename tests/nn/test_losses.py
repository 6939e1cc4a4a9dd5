"""Losses as layers: each is its function, PyTorch's older arguments, two-step softmax, errors."""

import numpy as np
import pytest
from scipy.special import log_softmax

import tapegrad as tg
import tapegrad.nn.functional as F
from tapegrad import nn

RANDOM = np.random.default_rng(0)
X, Y, Z, W = (tg.tensor(RANDOM.standard_normal((3, 4))) for _ in range(4))
CHANCE, SIGN, PAIR = F.softmax(Y, 1), tg.tensor([1, -1, 1]), tg.tensor([[1, -1, 1, -1]] * 3)
CLASS, WEIGHT, LABELS = tg.tensor([2, 0, 3]), tg.tensor([0.5, 1.0, 2.0, 0.1]).double(), tg.tensor([[1, 3, -1, 0]] * 3)
LENGTHS = tg.tensor([3]), tg.tensor([2])

LOSSES = [  # (loss, its function, inputs)
    (nn.MSELoss(reduction="none"), F.mse_loss(X, Y, reduction="none"), (X, Y)),
    (nn.L1Loss(reduction="none"), F.l1_loss(X, Y, reduction="none"), (X, Y)),
    (nn.HuberLoss("sum", 0.3), F.huber_loss(X, Y, "sum", 0.3), (X, Y)),
    (nn.SmoothL1Loss(beta=0.3), F.smooth_l1_loss(X, Y, beta=0.3), (X, Y)),
    (nn.KLDivLoss(reduction="batchmean"), F.kl_div(X, CHANCE, reduction="batchmean"), (X, CHANCE)),
    (nn.KLDivLoss(log_target=True), F.kl_div(X, Y, log_target=True), (X, Y)),
    (
        nn.PoissonNLLLoss(False, True, eps=0.5),
        F.poisson_nll_loss(X.abs(), CHANCE, False, True, eps=0.5),
        (X.abs(), CHANCE),
    ),
    (nn.GaussianNLLLoss(full=True), F.gaussian_nll_loss(X, Y, CHANCE, True), (X, Y, CHANCE)),
    (nn.BCELoss(WEIGHT), F.binary_cross_entropy(CHANCE, CHANCE, WEIGHT), (CHANCE, CHANCE)),
    (nn.CrossEntropyLoss(WEIGHT), F.cross_entropy(X, CLASS, WEIGHT), (X, CLASS)),
    (nn.CTCLoss(1, "sum"), F.ctc_loss(X, CLASS[1:], *LENGTHS, 1, "sum"), (X, CLASS[1:], *LENGTHS)),
    (nn.MarginRankingLoss(0.5), F.margin_ranking_loss(X, Y, PAIR, 0.5), (X, Y, PAIR)),
    (nn.HingeEmbeddingLoss(0.5), F.hinge_embedding_loss(X, PAIR, 0.5), (X, PAIR)),
    (nn.CosineEmbeddingLoss(0.1), F.cosine_embedding_loss(X, Y, SIGN, 0.1), (X, Y, SIGN)),
    (nn.SoftMarginLoss(), F.soft_margin_loss(X, PAIR), (X, PAIR)),
    (nn.TripletMarginLoss(2.0, 1, 1e-3, True), F.triplet_margin_loss(X, Y, Z, 2.0, 1, 1e-3, True), (X, Y, Z)),
    (nn.TripletMarginWithDistanceLoss(margin=2.0), F.triplet_margin_loss(X, Y, Z, 2.0), (X, Y, Z)),
    (nn.MultiMarginLoss(2, 0.5, WEIGHT), F.multi_margin_loss(X, CLASS, 2, 0.5, WEIGHT), (X, CLASS)),
    (nn.MultiLabelMarginLoss(), F.multilabel_margin_loss(X, LABELS), (X, LABELS)),
    (nn.MultiLabelSoftMarginLoss(WEIGHT), F.multilabel_soft_margin_loss(X, CHANCE, WEIGHT), (X, CHANCE)),
    (nn.FocalLoss(0.5, 1.0, "none"), F.sigmoid_focal_loss(X, CHANCE, 0.5, 1.0), (X, CHANCE)),
    (nn.DiceLoss(0.5), F.dice_loss(CHANCE[None], CHANCE[None], 0.5), (CHANCE[None], CHANCE[None])),
]


@pytest.mark.parametrize(("loss", "expected", "inputs"), LOSSES, ids=lambda v: type(v).__name__)
def test_a_loss_is_its_function(loss, expected, inputs):
    np.testing.assert_array_equal(loss(*inputs).numpy(), expected.numpy())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"size_average": True}, "mean"),
        ({"reduce": True}, "mean"),
        ({"size_average": False}, "sum"),
        ({"reduce": False}, "none"),
        ({"size_average": False, "reduce": False}, "none"),
    ],
)
def test_the_older_arguments_stand_for_a_reduction_with_a_warning(old, new):
    with pytest.warns(UserWarning, match=f"please use reduction='{new}' instead"):
        assert nn.L1Loss(**old).reduction == new
    with pytest.warns(UserWarning, match="size_average and reduce args will be deprecated"):
        y = F.mse_loss(X, Y, *(old.get(k) for k in ("size_average", "reduce")))
    np.testing.assert_array_equal(y.numpy(), F.mse_loss(X, Y, reduction=new).numpy())


def test_the_older_name_of_nll_loss_warns():
    with pytest.warns(FutureWarning, match="Please use `NLLLoss` instead"):
        assert nn.NLLLoss2d(WEIGHT, reduction="sum")(X, CLASS) == nn.NLLLoss(WEIGHT, reduction="sum")(X, CLASS)


@pytest.mark.parametrize(("f", "terms"), [(F.mse_loss, lambda d: d**2), (F.l1_loss, abs)])
def test_weighted_terms_are_averaged_by_their_weights(f, terms):
    x, y, w = X.numpy(), Y.numpy(), abs(W.numpy())
    for reduction, expected in (
        ("none", terms(x - y) * w),
        ("sum", (terms(x - y) * w).sum()),
        ("mean", (terms(x - y) * w).sum() / w.sum()),
    ):
        np.testing.assert_allclose(f(X, Y, reduction=reduction, weight=W.abs()).numpy(), expected, rtol=1e-13)
    np.testing.assert_allclose(F.huber_loss(X, Y, delta=9.0, weight=W.abs()), ((x - y) ** 2 / 2 * w).mean(), rtol=1e-13)


def test_linear_cross_entropy_is_that_of_an_affine_map():
    layer = nn.LinearCrossEntropyLoss(4, 5, bias=True, label_smoothing=0.1).double()
    with tg.tape():
        loss = layer(X, CLASS)
    w, b = (p.detach() for p in layer.parameters())
    np.testing.assert_allclose(loss.item(), F.cross_entropy(X @ w.T + b, CLASS, label_smoothing=0.1).item())
    loss.backward()
    assert all(p.grad is not None for p in layer.parameters())
    deep = F.linear_cross_entropy(X, tg.stack([w, w], 1), tg.stack([CLASS, CLASS], 1))
    np.testing.assert_allclose(deep.item(), F.cross_entropy(X @ w.T, CLASS).item())


# ------------------------------------------------------------------------------ softmax in two steps


def test_an_adaptive_softmax_is_a_distribution_and_its_loss_the_targets():
    layer, x = nn.AdaptiveLogSoftmaxWithLoss(4, 9, [2, 5, 8], div_value=2.0, head_bias=True).double(), X * 3
    every = layer.log_prob(x).detach().numpy()
    np.testing.assert_allclose(np.exp(every).sum(1), 1)
    assert layer.predict(x).tolist() == every.argmax(1).tolist()
    for target in ([0, 4, 8], [1, 1, 0], [6, 7, 5]):
        output, loss = layer(x, tg.tensor(target))
        np.testing.assert_allclose(output.detach().numpy(), every[range(3), target])
        np.testing.assert_allclose(loss.item(), -every[range(3), target].mean())
    assert layer(x[1], tg.tensor(7)).output.shape == ()
    head, (down, up) = layer.head, layer.tail[1]
    within = log_softmax((x @ down.weight.T @ up.weight.T).detach().numpy(), 1)
    first = log_softmax(head(x).detach().numpy(), 1)
    np.testing.assert_allclose(every[:, 5:8], within + first[:, 3:4])


def test_only_the_clusters_of_the_targets_get_gradients():
    layer = nn.AdaptiveLogSoftmaxWithLoss(4, 6, [2, 4], div_value=2.0)
    with tg.tape():
        loss = layer(X.float(), tg.tensor([0, 4, 5])).loss
    loss.backward()
    assert [p.grad is not None for p in layer.parameters()] == [True, False, False, True, True]


# ------------------------------------------------------------------------------ errors


@pytest.mark.parametrize(
    ("make", "error", "match"),
    [
        (lambda: nn.CTCLoss(reduction="batchmean"), ValueError, r"\[CTCLoss\] `reduction` \(='batchmean'\)"),
        (lambda: nn.KLDivLoss(reduction="max"), ValueError, r"must be 'batchmean', 'mean', 'sum' or 'none'"),
        (lambda: nn.HuberLoss(delta="1"), TypeError, r"\[HuberLoss\] `delta` \(='1'\) must be a number"),
        (lambda: nn.TripletMarginLoss(0), ValueError, r"\[TripletMarginLoss\] `margin` \(=0\) must be positive"),
        (lambda: nn.MultiMarginLoss(3), ValueError, r"`p` \(=3\) must be 1 or 2"),
        (lambda: nn.MultiMarginLoss(weight=W), ValueError, r"`weight` \(shape \(3, 4\)\) must be 1-D"),
        (lambda: nn.LinearCrossEntropyLoss(2, 3, weight=W), RuntimeError, r"`weight` \(shape \(3, 4\)\) must have"),
        (lambda: nn.LinearCrossEntropyLoss(2, 3, label_smoothing=2), RuntimeError, r"must lie in 0 … 1"),
        (lambda: F.linear_cross_entropy(X, W[0], CLASS), RuntimeError, r"\[linear_cross_entropy\] `input`"),
        (lambda: F.linear_cross_entropy(X[0], W[None], CLASS), RuntimeError, r"must be \(N, E\) for logits"),
        (lambda: F.linear_cross_entropy(X, W, CLASS, linear_bias=CLASS[:1]), RuntimeError, r"`linear_bias` \(shape"),
        (
            lambda: F.linear_cross_entropy(X, W, tg.ones(3, 3), ignore_index=1),
            RuntimeError,
            r"`ignore_index` \(=1\) must not come with probabilities",
        ),
        (lambda: F.mse_loss(X, Y, weight=WEIGHT), ValueError, r"\[mse_loss\] `weight` \(shape \(4,\)\) must have"),
        (
            lambda: nn.AdaptiveLogSoftmaxWithLoss(4, 9, [5, 5]),
            ValueError,
            r"`cutoffs` \(=\[5, 5\]\) must be increasing",
        ),
        (lambda: nn.AdaptiveLogSoftmaxWithLoss(4, 9, [9]), ValueError, r"in 1 … 8"),
        (lambda: nn.AdaptiveLogSoftmaxWithLoss(4, 9, [3])(X, CLASS + 7), RuntimeError, r"must lie in 0 … 8"),
        (lambda: nn.AdaptiveLogSoftmaxWithLoss(4, 9, [3])(X, CLASS[:2]), RuntimeError, r"must have shape \(3,\)"),
        (lambda: nn.AdaptiveLogSoftmaxWithLoss(4, 9, [3])(X, LABELS), RuntimeError, r"`target_` \(shape \(3, 4\)\)"),
    ],
)
def test_what_does_not_fit_is_said(make, error, match):
    with pytest.raises(error, match=match):
        make()
