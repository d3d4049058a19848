"""Listening in on a run: its outputs go where they always go, and are recorded on the way.

Nothing is redirected: stdout, rich displays and results reach the front end untouched and live.
"""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

__all__ = ["CappedText", "Recorder", "shadowed"]

#: Characters of one stream that are kept of a run, and displays that are kept (hazards §3: 1 MB).
_STREAM_LIMIT, _DISPLAY_LIMIT = 1_000_000, 50


class CappedText:
    """Text of which head and tail are kept, in bounded memory.

    Parameters
    ----------
    limit
        Characters kept in all.
    """

    def __init__(self, limit: int) -> None:
        self._half = limit // 2
        self._head: list[str] = []
        self._head_length = 0
        self._tail: deque[str] = deque()
        self._tail_length = 0
        self.length = 0

    def write(self, text: str) -> None:
        """Take more text."""
        self.length += len(text)
        room = self._half - self._head_length
        if room > 0:
            self._head.append(text[:room])
            self._head_length += len(text[:room])
            text = text[room:]
        if text:
            text = text[-self._half :]
            self._tail.append(text)
            self._tail_length += len(text)
            while self._tail_length - len(self._tail[0]) >= self._half:
                self._tail_length -= len(self._tail.popleft())

    def text(self) -> str:
        """What is kept, with a line about what is not."""
        head, tail = "".join(self._head), "".join(self._tail)[-self._half :]
        lost = self.length - len(head) - len(tail)
        return f"{head}\n… {lost:,} characters left out …\n{tail}" if lost > 0 else head + tail


class _Tee:
    """A text stream that also records."""

    def __init__(self, stream: TextIO, recorder: Recorder, name: str) -> None:
        self._stream, self._recorder, self._name = stream, recorder, name

    def write(self, text: str) -> int:
        if isinstance(text, str):
            self._recorder.stream(self._name, text)
        return self._stream.write(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def shadowed(owner: object, name: str, method: Any) -> Iterator[None]:
    """A method replaced on one instance for a while; what user code patches on its class stays as it is."""
    before = vars(owner).get(name)
    setattr(owner, name, method)
    try:
        yield
    finally:
        if before is None:
            delattr(owner, name)
        else:
            setattr(owner, name, before)


class Recorder:
    """The outputs of one run, as nbformat outputs.

    Parameters
    ----------
    shell
        The IPython shell whose outputs are recorded.
    see
        Called with each object that is displayed, while it is.
    """

    def __init__(self, shell: Any, see: Callable[[object], None] = lambda value: None) -> None:
        self._shell = shell
        self._see = see
        self._outputs: list[dict[str, Any] | tuple[str, CappedText]] = []
        self._displays = 0
        self._earlier: frozenset[threading.Thread] = frozenset()

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Record for as long as the block runs. What threads say that ran before is shown, and not this run's."""
        self._earlier = frozenset(threading.enumerate()) - {threading.current_thread()}
        publisher, hook, formatter = self._shell.display_pub, self._shell.displayhook, self._shell.display_formatter
        publish, compute, form = publisher.publish, hook.compute_format_data, formatter.format

        def recording_publish(data: dict[str, Any], metadata: Any = None, **options: Any) -> Any:
            if not options.get("update") and threading.current_thread() not in self._earlier:
                self._display("display_data", data, metadata)
            return publish(data, metadata, **options)

        def recording_compute(result: object) -> tuple[dict[str, Any], dict[str, Any]]:
            data, metadata = compute(result)
            self._display("execute_result", data, metadata)
            return data, metadata

        def recording_format(value: object, *arguments: Any, **options: Any) -> Any:
            self._see(value)
            return form(value, *arguments, **options)

        with (
            shadowed(publisher, "publish", recording_publish),
            # It would clear the whole cell, the record of what was asked and allowed with it.
            shadowed(publisher, "clear_output", lambda wait=False: None),
            shadowed(hook, "compute_format_data", recording_compute),
            shadowed(formatter, "format", recording_format),
            self._listening(),
        ):
            yield

    @contextmanager
    def _listening(self) -> Iterator[None]:
        stdout, stderr, displayhook = sys.stdout, sys.stderr, sys.displayhook
        sys.stdout, sys.stderr = _Tee(stdout, self, "stdout"), _Tee(stderr, self, "stderr")
        try:
            yield
        finally:
            sys.displayhook = displayhook  # IPython's, for as long as the cell around this run lasts
            # Code that put streams of its own there keeps them (hazards KER-15); with none at all the kernel is mute.
            if isinstance(sys.stdout, _Tee | None):
                sys.stdout = stdout
            if isinstance(sys.stderr, _Tee | None):
                sys.stderr = stderr

    def stream(self, name: str, text: str) -> None:
        """Text written to a stream."""
        if threading.current_thread() in self._earlier:  # hazards KER-12
            return
        last = self._outputs[-1] if self._outputs else None
        if not isinstance(last, tuple) or last[0] != name:
            last = (name, CappedText(_STREAM_LIMIT))
            if len(self._outputs) < 4 * _DISPLAY_LIMIT:
                self._outputs.append(last)
        last[1].write(text)

    def _display(self, kind: str, data: dict[str, Any], metadata: Any) -> None:
        self._displays += 1
        if self._displays <= _DISPLAY_LIMIT:
            output: dict[str, Any] = {"output_type": kind, "data": dict(data), "metadata": dict(metadata or {})}
            if kind == "execute_result":
                output["execution_count"] = None
            self._outputs.append(output)

    def error(self, name: str, value: str, traceback: list[str]) -> None:
        """The error that ended the run."""
        self._outputs.append({"output_type": "error", "ename": name, "evalue": value, "traceback": traceback})

    @property
    def outputs(self) -> tuple[dict[str, Any], ...]:
        """All outputs so far, in order."""
        return tuple(
            output
            if isinstance(output, dict)
            else {"output_type": "stream", "name": output[0], "text": output[1].text()}
            for output in self._outputs
        )
