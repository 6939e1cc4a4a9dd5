"""Averages of models."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import nn
from tapegrad.optim import swa_utils
from tapegrad.optim.swa_utils import AveragedModel, update_bn

EMA = {"avg_fn": swa_utils.get_ema_avg_fn(0.75)}, {"multi_avg_fn": swa_utils.get_ema_multi_avg_fn(0.75)}
SWA = {}, {"avg_fn": swa_utils.get_swa_avg_fn()}, {"multi_avg_fn": swa_utils.get_swa_multi_avg_fn()}


def averages(values, **settings):
    """Average a model that takes these values in turn."""
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3)).double()
    average = AveragedModel(model, **settings)
    for value in values:
        for t in (*model.parameters(), model[1].running_mean):
            nn.init.constant_(t, value)
        average.update_parameters(model)
    return average


@pytest.mark.parametrize("settings", SWA)
def test_swa_is_the_mean_of_all(settings):
    average = averages([1.0, 2.0, 6.0], **settings)
    assert average.n_averaged.item() == 3
    for p in average.module.parameters():
        np.testing.assert_allclose(p.detach().numpy(), 3.0, rtol=1e-15)
    assert average.module[1].running_mean.tolist() == [6.0] * 3


@pytest.mark.parametrize("settings", EMA)
def test_ema_moves_by_its_share(settings):
    average = averages([1.0, 2.0, 6.0], use_buffers=True, **settings)
    expected = 0.75 * (0.75 * 1.0 + 0.25 * 2.0) + 0.25 * 6.0
    for t in (*average.module.parameters(), average.module[1].running_mean):
        np.testing.assert_allclose(t.detach().numpy(), expected, rtol=1e-15)


def test_an_average_computes_has_a_state_and_records_nothing_of_its_own():
    model = nn.Linear(2, 1)
    average = AveragedModel(model)
    with tg.tape() as t:
        average.update_parameters(model)
    assert len(t) == 0
    x = tg.ones(1, 2)
    assert average(x).tolist() == model(x).tolist()
    assert list(average.state_dict()) == ["n_averaged", "module.weight", "module.bias"]


def test_what_cannot_be_averaged_changes_nothing():
    average = averages([1.0])
    with pytest.raises(ValueError, match="parameters of the same shapes"):
        average.update_parameters(nn.Linear(3, 3))
    assert average.n_averaged.item() == 1
    with pytest.raises(AssertionError, match="Only one of avg_fn and multi_avg_fn"):
        AveragedModel(nn.Linear(1, 1), avg_fn=max, multi_avg_fn=max)
    with pytest.raises(ValueError, match="Invalid decay value"):
        swa_utils.get_ema_avg_fn(1.5)


def test_update_bn_estimates_over_all_batches():
    model = nn.Sequential(nn.BatchNorm1d(2, momentum=0.3)).eval()
    x = tg.tensor(np.random.default_rng(0).standard_normal((3, 5, 2)))
    model.double()
    update_bn([(batch, None) for batch in x], model)
    assert not model.training and model[0].momentum == 0.3
    np.testing.assert_allclose(model[0].running_mean.numpy(), x.numpy().mean((0, 1)), rtol=1e-12)
    np.testing.assert_allclose(model[0].running_var.numpy(), x.numpy().var(1, ddof=1).mean(0), rtol=1e-12)


def test_swalr_refuses_what_is_no_schedule():
    optim = tg.optim.SGD([tg.zeros(1)], lr=0.1)
    with pytest.raises(ValueError, match="one of 'cos' or 'linear'"):
        swa_utils.SWALR(optim, 0.1, anneal_strategy="x")
    with pytest.raises(ValueError, match="equal or greater than 0"):
        swa_utils.SWALR(optim, 0.1, anneal_epochs=-1)
