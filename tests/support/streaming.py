"""How a page bears a text that streams into a cell's output: bytes that reach it, its longest task, its frames."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.sync_api import CDPSession, WebSocket, expect

from tests.support.labpage import LabPage

__all__ = ["HTML", "WIDGET", "Borne", "stream"]

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
    received
        Bytes that came over the kernel's channel meanwhile.
    busy
        Seconds of processor time that the page's main thread took.
    longest
        The longest task in milliseconds on the clock, 0 where none took 50.
    tasks
        How many took longer than 50 ms.
    frame
        The 95th percentile of the time between two frames, in milliseconds.
    """

    shown: int
    received: int
    busy: float
    longest: float
    tasks: int
    frame: float


def stream(page: LabPage, cell: str, count: int, rate: int) -> Borne:
    """Run a cell that streams so many words at so many a second, and watch the page."""
    received = 0

    def took(frame: bytes | str) -> None:
        nonlocal received
        received += len(frame)

    def watch(socket: WebSocket) -> None:
        socket.on("framereceived", took)

    page.page.on("websocket", watch)
    page.open("stream.ipynb", _SETUP.format(count=count, rate=rate), cell)
    page.run(0)
    page.wait_done(0)
    page.page.evaluate(_WATCH)
    metrics = page.page.context.new_cdp_session(page.page)
    metrics.send("Performance.enable", {"timeDomain": "threadTicks"})
    before, received = _busy(metrics), 0
    page.run(1)
    expect(page.prompt(1)).to_have_text(re.compile(r"\[\d+\]:"), timeout=_LONG)
    page.wait_idle()
    busy = _busy(metrics) - before
    longest, tasks, frame = page.page.evaluate(_SEEN)
    shown = sum(len(f"word{number % 7919} ") for number in range(count))
    return Borne(shown, received, busy, longest, tasks, frame)


def _busy(metrics: CDPSession) -> float:
    found = {one["name"]: one["value"] for one in metrics.send("Performance.getMetrics")["metrics"]}
    return float(found["TaskDuration"])
