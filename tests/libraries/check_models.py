"""Fitted models of libraries beside scikit-learn."""

from __future__ import annotations

import lightgbm
import numpy as np
import pandas as pd
import statsmodels.formula.api as smf

from tests.libraries.watched import told


def data() -> pd.DataFrame:
    step = np.arange(60.0)
    return pd.DataFrame({"y": 3 * step, "a": step, "b": np.cos(step)})


def test_results_of_statsmodels_are_told_by_their_parameters() -> None:
    text = told(smf.ols("y ~ a + b", data()).fit())
    assert text[0].endswith("RegressionResultsWrapper of statsmodels.regression.linear_model.OLS")
    assert text[-1].startswith("- params: a 3, ")


def test_lightgbm_follows_scikit_learn() -> None:
    model = lightgbm.LGBMRegressor(n_estimators=5, verbose=-1)
    assert told(model) == ["lightgbm LGBMRegressor(n_estimators=5), not fitted"]
    frame = data()
    assert told(model.fit(frame[["a", "b"]], frame["y"]))[0] == "lightgbm LGBMRegressor(n_estimators=5), fitted"
