"""A long text that streams: the page stays responsive, and gets little more than what it shows."""

from __future__ import annotations

import pytest

from tests.support.labpage import LabPage
from tests.support.streaming import WIDGET, stream

pytestmark = pytest.mark.browser


def test_ui_17_a_megabyte_of_reasoning_leaves_the_page_responsive(page: LabPage) -> None:
    borne = stream(page, WIDGET, 105_000, 10_000)
    assert borne.shown > 900_000
    # Milliseconds on the clock tell of other work on the machine too; processor time does not.
    assert borne.busy < 5
    assert borne.longest < 1_000
    assert borne.received < 1.5 * borne.shown + 500_000  # the module comes along
