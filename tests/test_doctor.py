"""The check-up of an endpoint, against the offline endpoint in every dialect and with faults, over real HTTP."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from kimi_jupyter.agent.tools import Accepted, Toolbox
from kimi_jupyter.chat.messages import Usage
from kimi_jupyter.doctor import words
from kimi_jupyter.doctor.checkup import Checkup
from kimi_jupyter.doctor.document import document
from kimi_jupyter.doctor.facts import Facts, read_facts
from kimi_jupyter.doctor.probes import LOOP_RESULT, PROBES, SYSTEM
from kimi_jupyter.doctor.report import EXIT_CODES, Outcome, Plan, Report
from kimi_jupyter.doctor.verdict import judge
from kimi_jupyter.errors import KeyMissing
from kimi_jupyter.offline.faults import Fault
from kimi_jupyter.offline.reply import Reply
from kimi_jupyter.offline.server import OfflineServer
from kimi_jupyter.settings import Keys, Secret, Settings, resolve
from tests.kernel.conftest import environment
from tests.support.isolation import clean_environment
from tests.support.kernels import kernel

KEY = "sk-canary-0123456789abcdef0123456789"

#: For each tool arguments that fit.
ARGUMENTS = {
    "run_python": {"code": "print(len(sales))", "purpose": "count"},
    "inspect": {"name": "sales"},
    "get_weather": {"city": "Lyon, France", "unit": "celsius"},
    "convert_currency": {"amount": 129.9, "source": "EUR", "target": "CHF"},
    "filter_rows": {"table": "sales", "conditions": [{"column": "units", "operator": ">", "value": "10"}]},
    "draw_chart": {"table": "shops", "kind": "bar", "x": "shop", "y": ["staff"], "options": {"title": "Staff"}},
    "read_file": {"path": "sales-2024.csv"},
    "add_reminder": {"title": "Stocktaking", "date": "2025-06-30", "people": [{"name": "Ana", "role": "host"}]},
}

THOUGHT = Reply("Three pens for two euros, so 24 cost eight times as much.", "They cost 16 euros.")
CALL = Reply("I count.", "", (("run_python", {"code": "print(len(sales))"}),))
ANSWER = Reply("That is it.", "sales has 1,207 rows.")


def good(probe):
    """What a model that does everything right replies to a probe."""
    if not probe.expects:
        return Reply("No tool is needed.", "Gladly.")
    return Reply("A tool is needed.", "", ((probe.expects[0], ARGUMENTS[probe.expects[0]]),))


def script(probes=5, **changed):
    """A perfect check-up's replies; ``changed`` replaces some: ``think``, ``again``, ``call``, ``answer``, ``p0`` …"""
    names = {"think": THOUGHT, "again": THOUGHT, "call": CALL, "answer": ANSWER}
    names |= {f"p{place}": good(probe) for place, probe in enumerate(PROBES[:probes])}
    assert changed.keys() <= names.keys()
    return list((names | changed).values())


def endpoint(server, *, provider="custom", model="", key=None):
    settings = Settings(provider=provider, base_url=server.base_url, model=model)
    environ = {"KIMI_JUPYTER_API_KEY": key or server.key, "MOONSHOT_API_KEY": key or server.key}
    found = resolve(settings, Keys(environ), offline=lambda: (server.base_url, key or server.key))
    return found if found.key else replace(found, key=Secret(key or server.key))  # self-hosted ones want none


class Done:
    """A check-up that was done."""

    def __init__(self, where, *, probes, slow=15.0):
        self.lines: list[str] = []
        self.report = asyncio.run(Checkup(where, probes=probes, say=self.lines.append, slow=slow).run())
        assert self.report.verdict is not None
        self.verdict = self.report.verdict
        self.document = document(self.report)
        self.shown = "\n".join([*self.lines, words.verdict(self.verdict)])
        secret = where.key.reveal()
        assert not secret or secret not in self.shown + json.dumps(self.document)


def examine(entries=None, *, probes=5, dialect="moonshot", slow=15.0, delay=0.0, **where):
    with OfflineServer(key=KEY, dialect=dialect, script=entries, delay=delay) as server:
        done = Done(endpoint(server, **where), probes=probes, slow=slow)
        done.requests = [request.body for request in server.requests if request.path.endswith("completions")]
    return done


# ---- a good endpoint -------------------------------------------------------------------------------------------------


def test_a_good_endpoint_works():
    done = examine(script(), delay=0.002)
    assert done.verdict.level == "works"
    assert done.verdict.text.startswith("Works: thinks, calls tools, follows schemas 3/3, calls when it should 5/5.")
    assert (done.document["probes"]["trigger_f1"], done.document["probes"]["schema_accuracy"]) == (1.0, 1.0)
    assert done.document["tools"] == {
        "called": ["run_python"],
        "valid": True,
        "answered": True,
        "result_used": True,
        "requests": 2,
        "error": None,
    }
    assert done.document["models"]["chosen_listed"] is True
    assert done.document["verdict"]["exit_code"] == 0
    assert "key           KIMI_JUPYTER_API_KEY in the environment" in done.shown
    assert "probe 5/5" in done.shown


def test_times_are_in_order_and_the_speed_follows_from_them():
    with OfflineServer(key=KEY, script=script(0), delay=0.01) as server:
        done = Done(endpoint(server), probes=0)
    found = done.document["latency"]
    order = [found[name] for name in ("headers", "first_byte", "first_reasoning", "first_text", "total")]
    assert order == sorted(order)
    assert found["first_text"] - found["first_reasoning"] > 0.05
    assert 10 < found["tokens_per_second"] < 150


def test_the_loop_replays_call_and_reasoning_and_the_second_request_is_the_same():
    done = examine(script(0), probes=0)
    assert done.requests[0] == done.requests[1]
    assert done.document["cache"]["cached_tokens"] >= 256
    roles = [message["role"] for message in done.requests[3]["messages"]]
    assert roles == ["system", "user", "assistant", "tool"]
    assistant, result = done.requests[3]["messages"][2:]
    assert assistant["reasoning_content"] == "I count."
    assert result["content"] == LOOP_RESULT
    assert result["tool_call_id"] == assistant["tool_calls"][0]["id"]


def test_tokens_cost_and_balance_are_told():
    done = examine(script(1), probes=1, provider="offline")
    tokens = done.document["tokens"]
    assert tokens["requests"] == 5
    assert tokens["prompt"] > 1500
    assert tokens["cost"] == 0
    assert abs(tokens["estimate_error"]) < 0.2
    assert done.document["balance"]["currency"] == "USD"
    assert 99 < done.document["balance"]["available"] < 100
    assert "rules, not a language model" in done.verdict.text


def test_the_offline_analyst_is_scored_like_any_other():
    done = examine(provider="offline", probes=6)
    assert done.document["tools"]["answered"] is True
    found = done.document["probes"]
    right = [bool(probe["called"]) == bool(probe["expected"]) for probe in found["list"]]
    assert found["answered"] == 6
    assert not all(right)
    called = sum(bool(p["called"]) and bool(p["expected"]) for p in found["list"])
    assert found["trigger_f1"] == pytest.approx(2 * called / (2 * called + right.count(False)), abs=1e-4)


DIALECTS = {
    "moonshot": (["reasoning_content"], ["choice", "trailing chunk"], ["name:N"]),
    "moonshot-k3": (["reasoning_content"], ["choice", "trailing chunk"], ["name_N"]),
    "openrouter": (["reasoning", "reasoning_details"], ["top level"], ["functions.name:N"]),
    "vllm": (["reasoning"], ["trailing chunk"], ["functions.name:N"]),
    "sglang": (["reasoning_content"], ["trailing chunk"], ["functions.name:N"]),
    "together": (["reasoning"], ["trailing chunk"], ["call_…"]),
    "chutes": (["reasoning_content"], ["trailing chunk"], ["functions.name:N"]),
    "deepinfra": (["reasoning_content"], ["trailing chunk"], ["N"]),
    "groq": (["reasoning"], ["x_groq"], ["functions.name:N"]),
    "avian": (["reasoning_content", "reasoning_details"], ["trailing chunk"], ["functions.name:N"]),
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_each_dialect_is_told_as_it_is(dialect):
    done = examine(script(1), probes=1, dialect=dialect)
    wire = done.document["wire"]
    assert (wire["reasoning_fields"], wire["usage_places"], wire["tool_id_forms"]) == DIALECTS[dialect]
    assert (wire["finish_reasons"], wire["done"], wire["leaks"]) == (["stop", "tool_calls"], True, [])
    assert (wire["keep_alives"] > 0) == (dialect == "openrouter")
    assert done.verdict.level == "works", done.verdict.text


# ---- unusable --------------------------------------------------------------------------------------------------------


def test_a_refused_key_is_unusable_and_names_the_other_region():
    with OfflineServer(key="sk-the-right-one") as server:
        done = Done(endpoint(server, provider="moonshot", key=KEY), probes=5)
        assert len([r for r in server.requests if r.path.endswith("completions")]) == 1
    assert done.verdict.level == "unusable"
    assert "401" in done.verdict.text
    assert "wrong region" in done.verdict.text
    assert "MOONSHOT_API_KEY in the environment" in done.verdict.text
    assert document(done.report)["thinking"]["error"]


def test_an_echoed_key_is_masked():
    done = examine([Fault("http", status=401, message=f"Incorrect API key provided: {KEY}")])
    assert done.verdict.level == "unusable"
    assert "[key]" in done.verdict.text


def test_an_unknown_model_is_unusable_and_says_what_is_listed():
    done = examine(model="kimi-k9")
    assert done.verdict.level == "unusable"
    assert "kimi-k9" in done.verdict.text
    assert "It lists: " in done.verdict.text
    assert "kimi-k2-thinking" in done.verdict.text
    assert done.document["models"]["chosen_listed"] is False
    assert "is not among them" in done.shown


def test_nobody_listens():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        where = resolve(Settings(provider="custom", base_url=address), Keys({}), offline=lambda: ("", ""))
        begun = time.perf_counter()
        done = Done(where, probes=5)
    assert time.perf_counter() - begun < 5
    assert done.verdict.level == "unusable"
    assert "Can't reach" in done.verdict.text
    assert done.document["tokens"]["requests"] == 1


def test_used_up_quota_is_not_waited_for():
    done = examine([Fault("http", status=429, type="exceeded_current_quota_error")])
    assert done.verdict.level == "unusable"
    assert "quota is used up" in done.verdict.text
    assert len(done.requests) == 1


def test_html_is_unusable():
    done = examine([Fault("raw", body="<html>Log in</html>", headers={"Content-Type": "text/html"})])
    assert done.verdict.level == "unusable"
    assert "base URL" in done.verdict.text


def test_a_reply_that_breaks_off_each_time_is_unusable():
    broken = (THOUGHT, Fault("mid_stream_error", message="the engine died"))
    done = examine([broken, broken])
    assert done.verdict.level == "unusable"
    assert "the engine died" in done.verdict.text


# ---- problems --------------------------------------------------------------------------------------------------------


def test_a_rush_is_waited_for():
    busy = Fault("http", status=429, type="rate_limit_reached_error", retry_after=0.05)
    done = examine([busy, *script(1)], probes=1)
    assert done.verdict.level == "works"
    assert "waiting" in done.shown


def test_a_reply_that_broke_off_once_is_a_problem():
    done = examine([(THOUGHT, Fault("mid_stream_error", message="the engine died")), *script(1)], probes=1)
    assert done.verdict.level == "problems"
    assert "broke off" in done.verdict.problems[0]
    assert done.document["tools"]["answered"] is True


LEAKS = {
    ("vllm", "leak_section_in_content"): "start vLLM with --enable-auto-tool-choice --tool-call-parser kimi_k2",
    ("sglang", "leak_section_in_reasoning"): "start SGLang with --tool-call-parser kimi_k2",
    ("llama.cpp", "leak_section_in_content"): "start llama-server with --jinja",
    ("custom", "leak_section_in_content"): "runs without --tool-call-parser kimi_k2 (vLLM also --enable-auto-tool",
}


@pytest.mark.parametrize(("provider", "kind"), LEAKS)
def test_leaked_calls_name_the_tool_parser(provider, kind):
    leak = Fault(kind)
    replies = script(1, call=(CALL, leak), p0=(good(PROBES[0]), leak))
    dialect = provider if provider in DIALECTS else "moonshot"
    done = examine(replies, probes=1, provider=provider, dialect=dialect)
    assert done.verdict.level == "problems"
    assert LEAKS[provider, kind] in done.verdict.text
    assert done.document["wire"]["leaks"] == [f"tool calls in {kind.rpartition('_')[2]}"]
    assert "they are recovered" in done.verdict.text
    assert "<|" not in done.shown


@pytest.mark.parametrize("kind", ["think_in_content", "leak_think_tag"])
def test_think_tags_in_the_text_name_the_reasoning_parser(kind):
    fault = Fault(kind)
    replies = script(0, think=(THOUGHT, fault), again=(THOUGHT, fault), call=(CALL, fault))
    done = examine(replies, probes=0, provider="vllm", dialect="vllm")
    assert "--reasoning-parser kimi_k2" in done.verdict.text
    assert "content (<think>)" in done.document["wire"]["reasoning_fields"]


def test_end_tokens_in_the_text_are_an_old_parser():
    done = examine(script(0, think=(THOUGHT, Fault("leak_end_tokens"))), probes=0)
    assert "end tokens leak" in done.verdict.text
    assert "tool-call-parser" not in done.verdict.text


def test_missing_usage_is_a_problem():
    missing = Fault("missing_usage")
    parts = {"think": (THOUGHT, missing), "again": (THOUGHT, missing), "call": (CALL, missing)}
    done = examine(script(0, **parts, answer=(ANSWER, missing)), probes=0)
    assert done.verdict.level == "problems"
    assert "Usage is missing:" in done.verdict.text
    assert done.document["wire"]["usage_places"] == []
    assert done.document["cache"] is None
    once = examine(script(0, think=(THOUGHT, missing)), probes=0)
    assert "Usage is missing in 1 of 4 replies" in once.verdict.text


def test_a_slow_first_byte_is_a_problem_and_a_keep_alive_is_no_token():
    done = examine(script(0, think=(THOUGHT, Fault("slow_first_byte", seconds=0.5, every=0.1))), probes=0, slow=0.4)
    assert "Slow: the first token took " in done.verdict.text
    latency = done.document["latency"]
    assert latency["first_byte"] < 0.3 < latency["first_reasoning"]
    assert done.document["wire"]["keep_alives"] >= 4


def test_a_stream_without_done_and_one_without_finish():
    done = examine(script(0, think=(THOUGHT, Fault("no_done"))), probes=0)
    assert done.verdict.level == "works"
    assert "[DONE] is missing" in done.verdict.text
    assert done.document["wire"]["done"] is False
    facts = read_facts(
        b'data: {"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}\n\n', "text/event-stream"
    )
    assert (facts.finish_reasons, facts.done) == ((), False)


def test_calls_beside_stop_are_noted():
    done = examine(script(0, call=(CALL, Fault("finish_stop_with_tools"))), probes=0)
    assert done.verdict.level == "works"
    assert "finish_reason is not tool_calls" in done.verdict.text


def test_no_call_at_all_and_calls_for_ever():
    never = examine(script(0, call=ANSWER), probes=0)
    assert "called no tool" in never.verdict.text
    ever = examine([THOUGHT, THOUGHT, CALL, CALL, CALL, CALL, CALL], probes=0)
    assert "no answer within 4 requests" in ever.verdict.text
    assert len(ever.requests) == 6


def test_a_refusal_of_tools_is_a_problem():
    message = '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'
    done = examine(script(0, call=Fault("http", status=400, type="BadRequestError", message=message)), probes=0)
    assert done.verdict.level == "problems"
    assert "--enable-auto-tool-choice" in done.verdict.text


@pytest.mark.parametrize(
    ("place", "change", "fault"),
    [
        (0, lambda reply: (reply, Fault("bad_json_args", form="truncated")), "no JSON"),
        (0, lambda reply: (reply, Fault("empty_args")), "no JSON"),
        (2, lambda reply: Reply("r", "", (("get_weather", {"city": "Lyon", "unit": "kelvin"}),)), "unit"),
        (2, lambda reply: Reply("r", "", (("get_weather", {"city": "Lyon"}),)), "unit"),
        (4, lambda reply: Reply("r", "", (("filter_rows", {"table": "sales", "conditions": [{}]}),)), "column"),
        (4, lambda reply: Reply("r", "", (("filter_cells", {"table": "sales"}),)), "no tool 'filter_cells'"),
    ],
)
def test_arguments_are_held_against_the_schema(place, change, fault):
    done = examine(script(5, **{f"p{place}": change(good(PROBES[place]))}))
    assert done.document["probes"]["schema_accuracy"] == pytest.approx(2 / 3, abs=1e-4)
    assert done.document["probes"]["trigger_f1"] == 1.0
    assert fault in done.document["probes"]["list"][place]["fault"]
    assert "Only 2 of 3 calls follow their schema" in done.verdict.text


def test_needless_and_missed_calls_lower_the_trigger_score():
    done = examine(script(5, p0=ANSWER, p1=CALL, p3=CALL))
    assert done.document["probes"]["trigger_f1"] == pytest.approx(4 / 7, abs=1e-4)
    assert "F1 0.57 (calls missed: 1, needless: 2)" in done.verdict.text
    assert "(expected: no call)" in done.shown


def test_what_a_model_wrote_can_do_nothing_to_a_terminal():
    hostile = Reply("r", "", (("run\x1b]0;x\x07\u202e\nverdict       Works", {}),))
    done = examine(script(5, p0=hostile, call=hostile))
    assert "\\x1b]0;x\\x07\\u202e verdict" in done.shown
    assert not {"\x1b", "\x07", "\u202e"} & set(done.shown)
    assert not [line for line in done.shown.splitlines() if line.startswith("verdict")]


def test_a_failed_probe_counts_to_neither_score():
    done = examine(script(5, p0=(good(PROBES[0]), Fault("mid_stream_error", message="oops"))))
    assert "1 of 5 probes failed" in done.verdict.text
    assert (done.document["probes"]["answered"], done.document["probes"]["trigger_f1"]) == (4, 1.0)


# ---- probes ----------------------------------------------------------------------------------------------------------


def test_the_probes_are_many_different_and_their_good_replies_are_good():
    assert len(PROBES) >= 20
    assert len({probe.name for probe in PROBES}) == len({probe.prompt for probe in PROBES}) == len(PROBES)
    for probe in PROBES:
        assert len(probe.tools) >= 2
        assert set(probe.expects) <= {tool.name for tool in probe.tools}
        if probe.expects:
            name = probe.expects[0]
            assert isinstance(Toolbox(probe.tools).parse(name, json.dumps(ARGUMENTS[name])), Accepted), name
    for count in (2, 5, len(PROBES)):
        assert 0 < sum(bool(probe.expects) for probe in PROBES[:count]) < count


def test_every_probe_is_taken_by_the_strict_endpoint():
    done = examine(script(len(PROBES)), probes=len(PROBES))
    assert done.document["probes"]["answered"] == len(PROBES)
    assert done.verdict.level == "works"
    assert all(body["messages"][0]["content"] == SYSTEM for body in done.requests)


def test_without_answers_there_is_no_score():
    report = Report(outcomes=[Outcome(PROBES[0], error="gone")])
    assert (report.trigger_f1, report.schema_counts) == (None, (0, 0))


# ---- what is asked before --------------------------------------------------------------------------------------------


def test_a_remote_endpoint_is_told_of_requests_tokens_and_cost_first():
    with OfflineServer(key=KEY) as server:
        here = endpoint(server)
    there = resolve(Settings(provider="openrouter"), Keys({"OPENROUTER_API_KEY": KEY}), offline=lambda: ("", ""))
    assert not [line for line in words.heading(Report(here, plan=Plan(9, 1, 1, None))) if line.startswith("plan")]
    plan = Checkup(there, probes=5, say=lambda _: None).plan()
    assert plan.requests == 9
    assert plan.cost == pytest.approx((plan.prompt_tokens * 0.6 + plan.completion_tokens * 2.5) / 1e6)
    shown = words.heading(Report(there, plan=plan))[-1]
    assert shown.startswith("plan")
    assert "9 requests" in shown
    assert "about $0.0" in shown


def test_a_missing_key_is_unusable():
    with pytest.raises(KeyMissing) as missing:
        resolve(Settings(provider="openrouter"), Keys({}), offline=lambda: ("", ""))
    verdict = judge(Report(failure=str(missing.value)))
    assert verdict.level == "unusable"
    assert "OPENROUTER_API_KEY" in verdict.text


def test_facts_of_a_reply_in_one_piece_and_of_rubbish():
    body = {"choices": [{"message": {"content": "Hi", "reasoning": "r"}, "finish_reason": "stop"}], "usage": {"a": 1}}
    facts = read_facts(json.dumps(body).encode(), "application/json")
    assert (facts.reasoning_fields, facts.usage_places, facts.done) == (("reasoning",), ("top level",), None)
    assert read_facts(b"\xff\x00[]", "application/json") == Facts()
    assert read_facts(b"data: [1]\n\ndata: {\n\n", "text/event-stream") == Facts(done=False)


def test_costs_add_up_and_unknown_ones_stay_unknown():
    report = Report()
    assert report.usage == Usage()
    assert words.summary(report) == []


# ---- the command -----------------------------------------------------------------------------------------------------

NAMES = [
    *("version", "verdict", "stopped", "endpoint", "models", "plan", "wire", "latency", "thinking", "cache"),
    *("tools", "probes", "tokens", "balance"),
]


def doctor(*options, home, **variables):
    command = [sys.executable, "-m", "kimi_jupyter", "doctor", *options]
    environ = clean_environment(home) | variables
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environ)
    assert KEY not in done.stdout + done.stderr
    return done.returncode, done.stdout, done.stderr


def test_json_is_one_document_and_nothing_else(home):
    with OfflineServer(key=KEY, script=script(2)) as server:
        status, out, err = doctor(
            *("--base-url", server.base_url, "--probes", "2", "--json"), home=home, KIMI_JUPYTER_API_KEY=KEY
        )
    found = json.loads(out)
    assert (status, err) == (0, "")
    assert list(found) == NAMES
    assert found["endpoint"]["provider"] == "custom"
    assert found["endpoint"]["key_source"] == "KIMI_JUPYTER_API_KEY in the environment"


def test_exit_codes_tell_how_it_went(home):
    with OfflineServer(key=KEY, script=script(1, p0=ANSWER)) as server:
        variables = {"KIMI_JUPYTER_API_KEY": KEY, "KIMI_JUPYTER_BASE_URL": server.base_url}
        status, out, err = doctor("--probes", "1", home=home, **variables)
        assert (status, err) == (1, "")
        assert "Works, with a problem:\n  1. It calls tools at the wrong time" in out
        status, out, err = doctor(home=home, **variables | {"KIMI_JUPYTER_API_KEY": "sk-wrong-0123456789abcdef"})
        assert (status, err) == (2, "")
        assert "Unusable: Your endpoint answered 401" in out
        assert "sk-wrong" not in out
    assert EXIT_CODES == {"works": 0, "problems": 1, "unusable": 2}


def test_no_key_and_mistakes_are_one_line_each(home):
    status, out, err = doctor("--provider", "openrouter", home=home)
    assert (status, err, out.count("\n")) == (2, "", 1)
    assert "OPENROUTER_API_KEY" in out
    status, out, err = doctor("--provider", "openruter", "--json", home=home)
    assert (status, err) == (2, "")
    assert json.loads(out)["endpoint"] is None
    assert "did you mean openrouter" in json.loads(out)["verdict"]["text"]
    for options in (["--probes", "x"], ["--prbes"]):
        status, out, err = doctor(*options, home=home)
        assert (status, out, err.count("\n")) == (2, "", 1)
    status, out, err = doctor("--probes", "999", home=home)
    assert status == 2
    assert f"There are {len(PROBES)} probes" in out


def test_configuration_files_count_and_another_providers_key_is_not_sent_to_an_address(home):
    (home / "jupyter" / "config" / "jupyter_kimi_config.py").write_text("c.KimiMagics.provider = 'openrouter'\n")
    status, out, _ = doctor(home=home)
    assert status == 2
    assert "No key for OpenRouter" in out
    with OfflineServer(key="sk-another") as server:
        doctor("--base-url", server.base_url, home=home, OPENROUTER_API_KEY=KEY)
        assert server.requests
        assert not [request for request in server.requests if KEY in request.headers.get("authorization", "")]


def test_ctrl_c_stops_at_once_with_what_is_known(home):
    with OfflineServer(key=KEY, script=[THOUGHT, THOUGHT, (CALL, Fault("stall", seconds=60))]) as server:
        process = subprocess.Popen(
            [sys.executable, "-m", "kimi_jupyter", "doctor", "--base-url", server.base_url],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=clean_environment(home) | {"KIMI_JUPYTER_API_KEY": KEY},
        )
        printed = ""
        while "cache" not in printed:
            printed += process.stdout.readline()
        time.sleep(0.3)  # now it waits for the call
        begun = time.perf_counter()
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=20)
    assert time.perf_counter() - begun < 3
    assert (process.returncode, errors) == (1, "")
    assert "usage per choice" in rest
    assert "Stopped by you. So far it works: thinks." in rest


# ---- in a kernel -----------------------------------------------------------------------------------------------------


@pytest.mark.kernel
def test_in_a_kernel(tmp_path):
    with OfflineServer(key=KEY) as server, kernel(tmp_path, environ=environment(tmp_path, server)) as live:
        live.execute("%load_ext kimi_jupyter")
        server.script(script(2))
        came = []
        done = live.execute("%kimi doctor --probes 2", on_output=lambda so_far: came.append(so_far.text))
        assert done.reply["status"] == "ok"
        assert "Works: thinks, calls tools, follows schemas 1/1" in done.text
        assert KEY not in done.text
        assert len([text for text in came if "Works" not in text]) >= 1  # lines as they come

        mistake = live.execute("%kimi doctor --probes two")
        assert "'two' is no number of probes" in mistake.text
        assert "Traceback" not in mistake.text

        server.script([THOUGHT, THOUGHT, (CALL, Fault("stall", seconds=60))])
        begun = time.perf_counter()

        def interrupt(so_far):
            if "cache" in so_far.text:
                time.sleep(0.2)
                live.interrupt()

        stopped = live.execute("%kimi doctor", on_output=interrupt)
        assert time.perf_counter() - begun < 10
        assert "Stopped by you. So far it works" in stopped.text

        server.script(script(1))
        inner = live.execute("for _ in range(1):\n    get_ipython().run_line_magic('kimi', 'doctor --json --probes 1')")
        assert json.loads(inner.text)["verdict"]["level"] == "works"
        assert live.value("1 + 1") == 2
