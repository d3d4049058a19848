"""How a page bears a text that streams into a cell's output: bytes that reach it, its longest task, its frames."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from playwright.sync_api import CDPSession, WebSocket, expect

from tests.support.labpage import LabPage

__all__ = ["APPENDED", "HTML", "UPDATED", "WIDGET", "Borne", "stream"]

#: Milliseconds that a page may take: full texts take minutes.
_LONG = 600_000
#: Streams ``count`` words, ``rate`` a second, handing over twenty times a second.
_SETUP = """\
import asyncio, html, time
import ipywidgets
from kimi_jupyter.chat.events import ReasoningDelta, StepStarted, TurnStarted
from kimi_jupyter.view.widget import WidgetView
words = [f"word{{number % 7919}} " for number in range({count})]
async def stream(add, show, rate={rate}):
    begun = time.monotonic()
    for number in range(0, len(words), rate // 20):
        add(words[number : number + rate // 20])
        show()
        await asyncio.sleep(max(0, begun + number / rate - time.monotonic()))"""
#: Our widget: what is new goes out.
WIDGET = """\
view = WidgetView(lambda message: None)
while not view.heard:
    await asyncio.sleep(0.05)
view.feed(TurnStarted("t", "c", "q", "offline", "m"))
view.feed(StepStarted(1))
await stream(lambda new: [view.feed(ReasoningDelta(word)) for word in new], view.flush)"""
#: A widget of ipywidgets whose value is all of the text so far.
HTML = """\
shown, text = ipywidgets.HTML(), []
display(shown)
def show():
    shown.value = f"<div style='white-space: pre-wrap'>{html.escape(''.join(text))}</div>"
await stream(text.extend, show)"""
#: IPython's own way: a display that is updated with all of the text so far.
UPDATED = """\
text, handle = [], display({"text/plain": ""}, raw=True, display_id=True)
await stream(text.extend, lambda: handle.update({"text/plain": "".join(text)}, raw=True))"""
#: An ``Output`` of ipywidgets to which what is new is appended; its model holds all of it, and sends all of it.
APPENDED = """\
shown, new = ipywidgets.Output(), []
display(shown)
def show():
    shown.append_stdout("".join(new))
    new.clear()
await stream(new.extend, show)"""
_WATCH = """() => {
    window.tasks = [];
    window.frames_ = [];
    new PerformanceObserver(list => tasks.push(...list.getEntries().map(entry => entry.duration)))
        .observe({ type: 'longtask' });
    let before = performance.now();
    const frame = now => { frames_.push(now - before); before = now; requestAnimationFrame(frame); };
    requestAnimationFrame(frame);
}"""
_SEEN = """() => {
    const sorted = [...frames_].sort((one, other) => one - other);
    return [Math.max(0, ...tasks), tasks.length, sorted[Math.floor(sorted.length * 0.95)] ?? 0];
}"""


@dataclass(frozen=True, slots=True)
class Borne:
    """What a page bore.

    Attributes
    ----------
    shown
        Bytes of the text.
    received, messages, largest
        Bytes and messages that came over the kernel's channel meanwhile, and the bytes of the largest: of ours, the one
        with the widget's module.
    seconds
        How long the cell ran.
    busy
        Seconds of processor time that the page's main thread took.
    longest
        The longest task in milliseconds on the clock, 0 where none took 50.
    tasks
        How many took longer than 50 ms.
    frame
        The 95th percentile of the time between two frames, in milliseconds.
    grown
        Bytes of the page's heap that it holds more afterwards.
    """

    shown: int
    received: int
    messages: int
    largest: int
    seconds: float
    busy: float
    longest: float
    tasks: int
    frame: float
    grown: float


def stream(page: LabPage, cell: str, count: int, rate: int) -> Borne:
    """Run a cell that streams so many words at so many a second, and watch the page."""
    received: list[int] = []

    def took(frame: bytes | str) -> None:
        received.append(len(frame))

    def watch(socket: WebSocket) -> None:
        socket.on("framereceived", took)

    page.page.on("websocket", watch)
    page.open("stream.ipynb", _SETUP.format(count=count, rate=rate), cell)
    page.run(0)
    page.wait_done(0)
    page.page.evaluate(_WATCH)
    metrics = page.page.context.new_cdp_session(page.page)
    metrics.send("Performance.enable", {"timeDomain": "threadTicks"})
    before, begun = _metrics(metrics), time.monotonic()
    received.clear()
    page.run(1)
    expect(page.prompt(1)).to_have_text(re.compile(r"\[\d+\]:"), timeout=_LONG)
    page.wait_idle()
    seconds, after = time.monotonic() - begun, _metrics(metrics)
    longest, tasks, frame = page.page.evaluate(_SEEN)
    shown = sum(len(f"word{number % 7919} ") for number in range(count))
    busy, grown = (after[name] - before[name] for name in ("TaskDuration", "JSHeapUsedSize"))
    return Borne(shown, sum(received), len(received), max(received), seconds, busy, longest, tasks, frame, grown)


def _metrics(metrics: CDPSession) -> dict[str, float]:
    metrics.send("HeapProfiler.collectGarbage")
    return {one["name"]: float(one["value"]) for one in metrics.send("Performance.getMetrics")["metrics"]}
