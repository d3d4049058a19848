"""A replayed turn in JupyterLab: drawn as it was, with nothing to decide, and saved like any other."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from kimi_jupyter.view.record import MIME
from tests.support.cards import CODE, LOAD, run_card, scripted, step
from tests.support.labpage import SLOW, LabPage

pytestmark = pytest.mark.browser


def test_it_is_drawn_as_it_was_asks_nothing_and_is_saved(page: LabPage) -> None:
    page.open(
        "replay.ipynb",
        LOAD,
        scripted(CODE),
        "%%kimi\nDo it.",
        "del df_clean\nendpoint.stop()",
        "%%kimi --rerun never\nDo it.",
        "df_clean",
    )
    page.run_all()
    run_card(page, 2)
    page.wait_done(5)
    again = page.output(4)
    expect(again).to_contain_text("Replayed from 20", timeout=SLOW)
    expect(step(page, 4, 1)).to_contain_text("allowed before, word for word")
    expect(again).to_contain_text("cleaned 3")
    expect(again).to_contain_text("Done.")
    expect(again.get_by_role("button", name="Run", exact=True)).to_have_count(0)
    expect(page.output(5)).to_contain_text("[22, 31, 47]")
    cells = page.save().cells
    records = [output.data[MIME] for cell in cells for output in cell.outputs if MIME in output.get("data", {})]
    first, second = ([event["type"] for event in record["events"]] for record in records)
    done = ["call_proposed", "decided", "call_started", "call_finished"]
    assert [kind for kind in first if kind in done] == [kind for kind in second if kind in done] == done
    assert "usage_reported" not in second  # nothing was spent
