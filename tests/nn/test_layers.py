"""Every layer: PyTorch's repr, and the function that it stands for."""

import numpy as np
import pytest

import tapegrad as tg
import tapegrad.nn.functional as F
from tapegrad import nn

X = tg.tensor([[-2.5, -0.4, 0.0], [0.3, 1.0, 4.0]], dtype=tg.float64)
IMAGE = tg.tensor(np.sin(np.arange(2 * 4 * 7 * 6)).reshape(2, 4, 7, 6))

LAYERS = [  # (layer, PyTorch's repr, input, what it computes)
    (nn.Identity(1, unused=2), "Identity()", X, lambda m, x: x),
    (nn.ReLU(), "ReLU()", X, lambda m, x: F.relu(x)),
    (nn.ReLU6(), "ReLU6()", X, lambda m, x: F.relu6(x)),
    (nn.LeakyReLU(0.2), "LeakyReLU(negative_slope=0.2)", X, lambda m, x: F.leaky_relu(x, 0.2)),
    (nn.ELU(0.5), "ELU(alpha=0.5)", X, lambda m, x: F.elu(x, 0.5)),
    (nn.CELU(0.5), "CELU(alpha=0.5)", X, lambda m, x: F.celu(x, 0.5)),
    (nn.SELU(), "SELU()", X, lambda m, x: F.selu(x)),
    (nn.GELU(), "GELU(approximate='none')", X, lambda m, x: F.gelu(x)),
    (nn.GELU("tanh"), "GELU(approximate='tanh')", X, lambda m, x: F.gelu(x, "tanh")),
    (nn.SiLU(), "SiLU()", X, lambda m, x: F.silu(x)),
    (nn.Mish(), "Mish()", X, lambda m, x: F.mish(x)),
    (nn.Sigmoid(), "Sigmoid()", X, lambda m, x: F.sigmoid(x)),
    (nn.LogSigmoid(), "LogSigmoid()", X, lambda m, x: F.logsigmoid(x)),
    (nn.Tanh(), "Tanh()", X, lambda m, x: F.tanh(x)),
    (nn.Tanhshrink(), "Tanhshrink()", X, lambda m, x: F.tanhshrink(x)),
    (nn.Softsign(), "Softsign()", X, lambda m, x: F.softsign(x)),
    (nn.Softplus(2.0, 1.0), "Softplus(beta=2.0, threshold=1.0)", X, lambda m, x: F.softplus(x, 2.0, 1.0)),
    (nn.Softmax(1), "Softmax(dim=1)", X, lambda m, x: F.softmax(x, 1)),
    (nn.LogSoftmax(0), "LogSoftmax(dim=0)", X, lambda m, x: F.log_softmax(x, 0)),
    (nn.Softmin(1), "Softmin(dim=1)", X, lambda m, x: F.softmin(x, 1)),
    (nn.Hardtanh(-2.0, 0.5), "Hardtanh(min_val=-2.0, max_val=0.5)", X, lambda m, x: F.hardtanh(x, -2.0, 0.5)),
    (nn.Hardsigmoid(), "Hardsigmoid()", X, lambda m, x: F.hardsigmoid(x)),
    (nn.Hardswish(), "Hardswish()", X, lambda m, x: F.hardswish(x)),
    (nn.Hardshrink(), "Hardshrink(0.5)", X, lambda m, x: F.hardshrink(x)),
    (nn.Softshrink(0.3), "Softshrink(0.3)", X, lambda m, x: F.softshrink(x, 0.3)),
    (nn.Threshold(0.1, 2.0), "Threshold(threshold=0.1, value=2.0)", X, lambda m, x: F.threshold(x, 0.1, 2.0)),
    (nn.Flatten(), "Flatten(start_dim=1, end_dim=-1)", IMAGE, lambda m, x: x.reshape(2, -1)),
    (nn.Flatten(0, 2), "Flatten(start_dim=0, end_dim=2)", IMAGE, lambda m, x: x.reshape(-1, 6)),
    (
        nn.Unflatten(1, (2, 2)),
        "Unflatten(dim=1, unflattened_size=(2, 2))",
        IMAGE,
        lambda m, x: x.reshape(2, 2, 2, 7, 6),
    ),
    (
        nn.MaxPool2d(3, 2, 1),
        "MaxPool2d(kernel_size=3, stride=2, padding=1, dilation=1, ceil_mode=False)",
        IMAGE,
        lambda m, x: F.max_pool2d(x, 3, 2, 1),
    ),
    (
        nn.MaxPool2d((2, 3), dilation=2, ceil_mode=True),
        "MaxPool2d(kernel_size=(2, 3), stride=(2, 3), padding=0, dilation=2, ceil_mode=True)",
        IMAGE,
        lambda m, x: F.max_pool2d(x, (2, 3), None, 0, 2, True),
    ),
    (
        nn.AvgPool2d(2, padding=1, count_include_pad=False, divisor_override=3),
        "AvgPool2d(kernel_size=2, stride=2, padding=1)",
        IMAGE,
        lambda m, x: F.avg_pool2d(x, 2, None, 1, False, False, 3),
    ),
    (
        nn.Linear(3, 2).double(),
        "Linear(in_features=3, out_features=2, bias=True)",
        X,
        lambda m, x: x @ m.weight.T + m.bias,
    ),
    (
        nn.Linear(3, 2, bias=False).double(),
        "Linear(in_features=3, out_features=2, bias=False)",
        X,
        lambda m, x: x @ m.weight.T,
    ),
    (
        nn.Conv2d(4, 6, (3, 2), 2, 1, (1, 2), 2, dtype=tg.float64),
        "Conv2d(4, 6, kernel_size=(3, 2), stride=(2, 2), padding=(1, 1), dilation=(1, 2), groups=2)",
        IMAGE,
        lambda m, x: F.conv2d(x, m.weight, m.bias, 2, 1, (1, 2), 2),
    ),
    (
        nn.Conv2d(4, 2, 3, padding="same", bias=False, dtype=tg.float64),
        "Conv2d(4, 2, kernel_size=(3, 3), stride=(1, 1), padding=same, bias=False)",
        IMAGE,
        lambda m, x: F.conv2d(F.pad(x, (1, 1, 1, 1)), m.weight),
    ),
    (
        nn.Conv2d(4, 2, (2, 4), padding="same", padding_mode="replicate", dtype=tg.float64),
        "Conv2d(4, 2, kernel_size=(2, 4), stride=(1, 1), padding=same, padding_mode=replicate)",
        IMAGE,
        lambda m, x: F.conv2d(F.pad(x, (1, 2, 0, 1), "replicate"), m.weight, m.bias),
    ),
    (
        nn.Conv2d(4, 2, 3, padding=(2, 1), padding_mode="reflect", dtype=tg.float64),
        "Conv2d(4, 2, kernel_size=(3, 3), stride=(1, 1), padding=(2, 1), padding_mode=reflect)",
        IMAGE,
        lambda m, x: F.conv2d(F.pad(x, (1, 1, 2, 2), "reflect"), m.weight, m.bias),
    ),
    (
        nn.Conv2d(4, 2, 3, padding="valid", padding_mode="circular", dtype=tg.float64),
        "Conv2d(4, 2, kernel_size=(3, 3), stride=(1, 1), padding=valid, padding_mode=circular)",
        IMAGE,
        lambda m, x: F.conv2d(x, m.weight, m.bias),
    ),
    (nn.Dropout(0.25).eval(), "Dropout(p=0.25, inplace=False)", X, lambda m, x: x),
    (nn.Dropout2d(inplace=True).eval(), "Dropout2d(p=0.5, inplace=True)", IMAGE, lambda m, x: x),
    (
        nn.Embedding(5, 2, padding_idx=-1),
        "Embedding(5, 2, padding_idx=4)",
        tg.tensor([[1, 4], [0, 1]]),
        lambda m, x: m.weight[x],
    ),
]


@pytest.mark.parametrize(("layer", "text", "x", "function"), LAYERS, ids=lambda v: v if isinstance(v, str) else "")
def test_a_layer_prints_like_pytorchs_and_computes_its_function(layer, text, x, function):
    assert repr(layer) == text
    np.testing.assert_allclose(layer(x).detach().numpy(), function(layer, x).detach().numpy(), rtol=1e-13)


IN_PLACE = [nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.ELU, nn.CELU, nn.SELU, nn.SiLU, nn.Mish, nn.Hardtanh, nn.Hardsigmoid]


@pytest.mark.parametrize("kind", [*IN_PLACE, nn.Hardswish])
def test_in_place_layers_write_into_their_input_and_have_the_same_gradient(kind):
    x = X.clone().requires_grad_()
    with tg.tape():
        h = x * 1
        y = kind(inplace=True)(h)
        assert y is h
    y.backward(tg.ones_like(y))
    inside, x.grad = x.grad, None
    with tg.tape():
        z = kind()(x * 1)
    z.backward(tg.ones_like(z))
    assert (y == z).all() and (inside == x.grad).all()


@pytest.mark.parametrize("kind", [nn.ReLU, nn.ELU, nn.SiLU])
def test_the_repr_tells_of_in_place(kind):
    assert "inplace=True" in repr(kind(inplace=True))


def test_a_layer_of_no_features_has_no_parameters_to_draw():
    assert nn.Linear(0, 3)(tg.ones(2, 0)).tolist() == [[0.0] * 3] * 2


def test_layers_start_within_pytorchs_bounds_and_fill_them():
    for layer, fan in ((nn.Linear(100, 50), 100), (nn.Conv2d(8, 40, 5, groups=2), 4 * 25)):
        for p in layer.parameters():
            w = p.detach().numpy() * fan**0.5
            assert 0.9 < abs(w).max() <= 1.0 + 1e-6
        assert abs(layer.weight.detach().numpy().std() * fan**0.5 - 3**-0.5) < 0.02


def test_an_embedding_is_normal_and_zero_at_the_padding_which_gets_no_gradient():
    m = nn.Embedding(1000, 3, padding_idx=2)
    w = m.weight.detach().numpy()
    assert abs(w.std() - 1) < 0.05 and (w[2] == 0).all()
    with tg.tape():
        y = m(tg.tensor([1, 2, 2, 1])).sum()
    y.backward()
    assert m.weight.grad[:4].tolist() == [[0.0] * 3, [2.0] * 3, [0.0] * 3, [0.0] * 3]


@pytest.mark.parametrize(
    ("make", "error", "match"),
    [
        (
            lambda: nn.Conv2d(3, 4, 3, groups=2),
            ValueError,
            r"`groups` \(=2\) must be positive and divide `in_channels`",
        ),
        (lambda: nn.Conv2d(4, 3, 3, groups=2), ValueError, r"divide `out_channels` \(=3\)"),
        (lambda: nn.Conv2d(1, 1, 3, 2, "same"), ValueError, "`padding` 'same' must go with `stride` 1"),
        (lambda: nn.Conv2d(1, 1, 3, padding="full"), ValueError, r"`padding` \(='full'\) must be ints, 'same'"),
        (lambda: nn.Conv2d(1, 1, 3, padding_mode="x"), ValueError, r"`padding_mode` \(='x'\) must be one of"),
        (lambda: nn.Conv2d(1, 1, 2.5), TypeError, r"`kernel_size` \(=2.5\) must be an int or two"),
        (lambda: nn.Conv2d(1, 1, (1, 2, 3)), TypeError, r"`kernel_size` \(=\(1, 2, 3\)\) must be an int or two"),
        (lambda: nn.Conv1d(1, 1, (1, 2)), TypeError, r"`kernel_size` \(=\(1, 2\)\) must be an int$"),
        (lambda: nn.ConvTranspose1d(1, 1, 1, padding_mode="reflect"), ValueError, "must be 'zeros'"),
        (lambda: nn.LazyConv1d(3, 1, groups=2), ValueError, r"divide `out_channels` \(=3\)"),
        (lambda: nn.LazyConv1d(4, 1, groups=2)(tg.ones(1, 3, 2)), ValueError, r"divide the channels of `input` \(=3\)"),
        (lambda: nn.LazyConv1d(4, 1)(tg.ones(3)), RuntimeError, "must have 2 or 3 dimensions"),
        (lambda: nn.ReflectionPad2d((1, 2)), TypeError, "must be an int or four"),
        (lambda: nn.CircularPad1d(1)(tg.ones(3)), ValueError, "must have 2 or 3 dimensions"),
        (lambda: nn.Softmax2d()(tg.ones(3)), ValueError, "must have 3 or 4 dimensions"),
        (lambda: nn.Bilinear(0, 1, 1), ValueError, r"`in1_features` \(=0\) must be positive"),
        (lambda: nn.EmbeddingBag(3, 2, mode="min"), ValueError, r"`mode` \(='min'\) must be 'mean', 'sum' or 'max'"),
        (lambda: nn.FractionalMaxPool2d(2), ValueError, "one of `output_size` and `output_ratio` must be given"),
        (lambda: nn.FractionalMaxPool3d(2, output_ratio=2), ValueError, "must be between 0 and 1"),
        (lambda: nn.Dropout(1.5), ValueError, r"\[Dropout\] dropout probability `p` \(=1.5\) must be between 0 and 1"),
        (lambda: nn.Dropout2d(-0.1), ValueError, r"\[Dropout2d\]"),
        (lambda: nn.Hardtanh(1.0, 0.0), ValueError, r"`max_val` \(=0.0\) must be larger than `min_val` \(=1.0\)"),
        (lambda: nn.Embedding(3, 2, 3), ValueError, r"`padding_idx` \(=3\) must lie in -3 … 2"),
        (lambda: nn.MSELoss(reduction="max"), ValueError, r"\[MSELoss\] `reduction` \(='max'\)"),
    ],
)
def test_wrong_settings_are_errors(make, error, match):
    with pytest.raises(error, match=match):
        make()


def test_vectors_given_to_a_table_are_its_weight():
    vectors = tg.arange(6.0).reshape(3, 2)
    m = nn.Embedding.from_pretrained(vectors, padding_idx=1)
    assert m(tg.tensor([2])).tolist() == [[4.0, 5.0]] and not m.weight.requires_grad and m.padding_idx == 1
    bag = nn.EmbeddingBag.from_pretrained(vectors, freeze=False, mode="sum")
    assert bag(tg.tensor([[0, 2]])).tolist() == [[4.0, 6.0]] and bag.weight.requires_grad
    with pytest.raises(ValueError, match=r"`embeddings` .* must be 2-D"):
        nn.Embedding.from_pretrained(tg.ones(3))
    with pytest.raises(ValueError, match=r"`_weight` \(shape \(3, 2\)\) must have the shape \(4, 2\)"):
        nn.Embedding(4, 2, _weight=vectors)


def test_a_noisy_layer_is_the_mean_in_evaluation_and_redraws_its_noise_when_asked():
    m = nn.NoisyLinear(5, 3).double()
    assert repr(m) == "NoisyLinear(in_features=5, out_features=3, bias=True)"
    assert len(m.state_dict()) == 6 and len(list(m.parameters())) == 4
    x = tg.ones(2, 5, dtype=tg.float64)
    first = m(x)
    assert (first == m(x)).all()
    m.reset_noise()
    assert (first != m(x)).all()
    noise, u = m.weight_epsilon.numpy(), m.bias_epsilon.numpy()
    np.testing.assert_allclose(noise, np.outer(u, noise[0] / u[0]))
    mean = m.eval()(x).detach().numpy()
    np.testing.assert_allclose(mean, x.numpy() @ m.weight_mu.detach().numpy().T + m.bias_mu.detach().numpy())
    assert nn.NoisyLinear(2, 2, bias=False)(tg.ones(1, 2)).shape == (1, 2)


@pytest.mark.parametrize(
    ("kind", "shape"),
    [
        (nn.Dropout1d, (8, 5, 3)),
        (nn.Dropout3d, (8, 5, 2, 2, 2)),
        (nn.AlphaDropout, (40, 5)),
        (nn.FeatureAlphaDropout, (40, 5, 2)),
        (nn.RReLU, (40, 5)),
    ],
)
def test_noisy_layers_are_noisy_in_training_alone(kind, shape):
    m, x = kind(), -tg.ones(*shape)
    assert (m(x) != m(x)).any()
    m.eval()
    assert (m(x) == m(x)).all()


def test_output_sizes_of_transposed_convolutions_are_checked():
    m = nn.ConvTranspose2d(1, 1, 3, stride=2)
    assert m(tg.ones(1, 1, 4, 4), output_size=(10, 9)).shape == (1, 1, 10, 9)
    with pytest.raises(ValueError, match=r"must lie between \[9, 9\] and \[10, 10\]"):
        m(tg.ones(1, 1, 4, 4), output_size=(11, 9))
    with pytest.raises(ValueError, match="must have 2 or 4 elements"):
        m(tg.ones(1, 1, 4, 4), output_size=(11, 9, 9))
    assert m._multiply_adds((1, 1, 9, 9)) == 16 * 9


# ------------------------------------------------------------------------------ losses

LOGITS, TARGET = tg.tensor([[1.0, -2.0, 0.5], [0.0, 3.0, -1.0]]), tg.tensor([2, 0])
SOFT, WEIGHT = tg.tensor([[0.2, 0.3, 0.5], [0.9, 0.0, 0.1]]), tg.tensor([1.0, 2.0, 0.5])

LOSSES = [  # (loss, input, target, PyTorch 2.13's value)
    (nn.CrossEntropyLoss(), LOGITS, TARGET, 2.035240),
    (nn.CrossEntropyLoss(WEIGHT, reduction="sum", label_smoothing=0.1), LOGITS, TARGET, 3.652920),
    (nn.CrossEntropyLoss(ignore_index=2), LOGITS, TARGET, 3.065884),
    (nn.CrossEntropyLoss(), LOGITS, SOFT, 2.410240),
    (nn.NLLLoss(WEIGHT), LOGITS, TARGET, -0.166667),
    (nn.MSELoss(), LOGITS, SOFT, 2.825000),
    (nn.L1Loss(reduction="sum"), LOGITS, SOFT, 8.099999),
    (nn.HuberLoss(delta=0.5), LOGITS, SOFT, 0.570833),
    (nn.SmoothL1Loss(beta=0.4), LOGITS, SOFT, 1.183333),
    (nn.BCELoss(), SOFT, SOFT, 0.409097),
    (nn.BCELoss(WEIGHT, reduction="sum"), SOFT, SOFT, 2.556329),
    (nn.BCEWithLogitsLoss(), LOGITS, SOFT, 1.119877),
    (nn.BCEWithLogitsLoss(WEIGHT, pos_weight=WEIGHT), LOGITS, SOFT, 1.851696),
]


@pytest.mark.parametrize(("loss", "x", "target", "value"), LOSSES)
def test_losses_are_pytorchs(loss, x, target, value):
    assert loss(x, target).item() == pytest.approx(value, abs=2e-6)
    assert repr(loss) == f"{type(loss).__name__}()"


def test_class_weights_are_buffers():
    assert list(nn.CrossEntropyLoss(WEIGHT).state_dict()) == list(nn.NLLLoss(WEIGHT).state_dict()) == ["weight"]
    assert list(nn.BCEWithLogitsLoss(WEIGHT, pos_weight=WEIGHT).state_dict()) == ["weight", "pos_weight"]
    assert list(nn.CrossEntropyLoss().state_dict()) == []
