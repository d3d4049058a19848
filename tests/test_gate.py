"""Nothing but an exact yes runs anything: hazards §2."""

from __future__ import annotations

import asyncio

import pytest

from kimi_jupyter.agent.gate import PATIENCE, Answer, PolicyGate
from kimi_jupyter.chat.events import CallProposed


def proposal(number=0, digest=None):
    return CallProposed(f"run_python:{number}", "run_python", {}, "1\n", "", digest or f"d{number}", True)


class Person:
    """Answers in order, and counts how often somebody asked."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), 0

    async def __call__(self, proposal):
        self.asked += 1
        return self.answers.pop(0)


def decide(gate, *proposals):
    async def all_of_them():
        return [await gate.decide(one) for one in proposals]

    return asyncio.run(all_of_them())


def test_run_edit_and_deny_are_passed_on():
    person = Person(Answer("run"), Answer("edit", "2\n"), Answer("deny", reason="too slow"))
    run, edit, deny = decide(PolicyGate("ask", person), *(proposal(n) for n in range(3)))
    assert (run.verdict, run.by) == ("run", "user")
    assert (edit.verdict, edit.code) == ("edit", "2\n")
    assert (deny.verdict, deny.reason) == ("deny", "too slow")


def test_rest_of_the_turn_is_not_asked_again():
    person = Person(Answer("rest"))
    first, second = decide(PolicyGate("ask", person), proposal(0), proposal(1))
    assert (first.by, second.by, person.asked) == ("user", "rest", 1)


def test_the_same_code_is_allowed_again_in_the_conversation_and_no_other_code():
    person, allowed = Person(Answer("again"), Answer("deny")), set()
    first, second = decide(PolicyGate("ask", person, allowed), proposal(0, "same"), proposal(1, "same"))
    assert (first.by, second.by, person.asked) == ("user", "again", 1)
    next_turn, other = decide(PolicyGate("ask", person, allowed), proposal(2, "same"), proposal(3, "same with a space"))
    assert (next_turn.by, other.verdict, person.asked) == ("again", "deny", 2)


def test_what_was_allowed_before_does_not_run_where_nothing_may():
    (decision,) = decide(PolicyGate("never", Person(), {"same"}), proposal(0, "same"))
    assert decision.verdict == "deny"


def test_nobody_to_ask_is_a_no_that_says_what_to_do():
    (decision,) = decide(PolicyGate("ask", Person(None)), proposal())
    assert decision.verdict == "deny"
    assert "--approve auto" in decision.reason


@pytest.mark.parametrize(("mode", "verdict"), [("auto", "run"), ("never", "deny")])
def test_modes_do_not_ask(mode, verdict):
    person = Person()
    (decision,) = decide(PolicyGate(mode, person), proposal())
    assert (decision.verdict, person.asked) == (verdict, 0)


def test_app_23_what_was_refused_is_refused_again_without_asking():
    person = Person(Answer("deny"), Answer("run"))
    _, again, other = decide(
        PolicyGate("ask", person), proposal(0, "same"), proposal(1, "same"), proposal(2, "same but for a space")
    )
    assert (again.verdict, again.by) == ("deny", "rule")
    assert (other.verdict, person.asked) == ("run", 2)


def test_app_23_refusals_in_a_row_exhaust_it_and_a_yes_starts_over():
    gate = PolicyGate("ask", Person(Answer("deny"), Answer("deny"), Answer("run"), *[Answer("deny")] * PATIENCE))
    decide(gate, *(proposal(n) for n in range(5)))
    assert not gate.exhausted
    decide(gate, proposal(5))
    assert gate.exhausted
