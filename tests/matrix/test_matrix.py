"""A slice of the matrix: every fault in two dialects, four faults in every dialect. ``make matrix`` runs all of it."""

from __future__ import annotations

import pytest

from kimi_jupyter.offline.dialects import DIALECTS
from kimi_jupyter.offline.faults import CHUNK_FAULTS, DRAFT_FAULTS, HTTP_FAULTS, WIRE_FAULTS

from .cases import CASES
from .trial import problems, quick_retries, served

#: Far apart: fragments by the token, and reasoning, ids and calls of another kind.
_TWO = ("moonshot", "openrouter")
_FOUR = ("leak_section_in_content", "dup_ids restart", "interleaved_calls", "cut in text")


@pytest.fixture(scope="module", params=list(DIALECTS))
def server(request):
    with quick_retries(), served(request.param) as server:
        server.dialect = request.param
        yield server


def test_every_fault_of_the_menu_is_a_row():
    assert {case.key for case in CASES} == DRAFT_FAULTS | CHUNK_FAULTS | HTTP_FAULTS | WIRE_FAULTS


def test_no_two_rows_have_one_name():
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
def test_faults_are_survived(server, stream):
    rows = [case for case in CASES if server.dialect in _TWO or case.name in _FOUR]
    found = {case.name: problems(server, case, stream=stream) for case in rows if case.truths(stream=stream)}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
