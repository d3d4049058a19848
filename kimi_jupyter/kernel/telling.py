"""What the model is told of a run: its outputs as text, within a budget, secrets taken out."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any

from ..context.redact import KINDS, redact
from ..context.text import head_tail, safe_text, strip_ansi

__all__ = ["exception_name", "first_error", "short_traceback", "tell", "tell_text"]

#: Frames of a traceback, and characters of an exception's message.
_FRAMES, _MESSAGE = 6, 2_000


def tell(
    outputs: Iterable[dict[str, Any]],
    *,
    figures: Sequence[str] = (),
    left: Sequence[str] = (),
    trouble: str = "",
    limit: int = 32_768,
    secrets: Sequence[str] = (),
    hide: Sequence[str] = KINDS,
) -> str:
    """The text of a run for the model.

    Parameters
    ----------
    outputs
        nbformat outputs. Errors among them are left to ``trouble``; images to ``figures``.
    figures
        Digests of the figures that were drawn, in words: K2 Thinking takes no images (design §3.7).
    left
        Programs that it has left running and that outlive the kernel.
    trouble
        A short traceback, or why the run ended early.
    limit
        Bytes, head and tail kept.
    secrets
        Texts that must not reach the model.
    hide
        Kinds of personal data that must not reach it.
    """
    parts = [_output_text(output) for output in outputs]
    parts += [f"[figure] {figure}" for figure in figures]
    parts += [f"[left running, and a restart of the kernel does not end it] {program}" for program in left]
    parts.append(trouble)
    text = "\n".join(part.rstrip("\n") for part in parts if part.strip())
    text, _hidden = redact(text, secrets, hide)
    text = safe_text(head_tail(text, limit), limit)
    return text or "(it ran without output)"


def tell_text(text: str, **how: Any) -> str:
    """The same of a text that is no run's output, such as what a tool returned; ``how`` as in :func:`tell`."""
    return tell([{"output_type": "stream", "name": "stdout", "text": text}], **how)


def _output_text(output: dict[str, Any]) -> str:
    match output["output_type"]:
        case "stream":
            return strip_ansi(str(output["text"]))
        case "display_data" | "execute_result":
            data = output["data"]
            for kind in ("text/plain", "text/markdown", "text/latex"):
                if kind in data and not _only_a_picture(data):
                    return strip_ansi(str(data[kind]))
            return ""
        case _:
            return ""


def _only_a_picture(data: dict[str, Any]) -> bool:
    return any(kind.startswith("image/") for kind in data) and str(data.get("text/plain", "")).startswith("<Figure")


def short_traceback(error: BaseException) -> str:
    """The last frames of an exception in user code and its message, without IPython's own frames."""
    frames = traceback.extract_tb(_user_part(error.__traceback__))
    cell = frames[0].filename if frames else ""
    lines = ["Traceback (most recent call last):"]
    if len(frames) > _FRAMES:
        lines.append(f"  … {len(frames) - _FRAMES} frames left out …")
    for frame in frames[-_FRAMES:]:
        place = "<this code>" if frame.filename == cell else frame.filename
        lines.append(f'  File "{place}", line {frame.lineno}, in {frame.name}')
        if frame.line:
            lines.append(f"    {frame.line.strip()}")
    return "\n".join([*lines, _summary(error)])


def first_error(error: BaseException) -> BaseException:
    """What the code raised, where showing that raised in turn (hazards KER-16)."""
    while error.__context__ is not None and _is_of_showing(error.__traceback__):
        error = error.__context__
    return error


def _is_of_showing(trace: TracebackType | None) -> bool:
    while trace is not None and trace.tb_frame.f_code.co_name != "showtraceback":
        trace = trace.tb_next
    return trace is not None


def _user_part(trace: TracebackType | None) -> TracebackType | None:
    """The part of a traceback below the shell's ``run_code``."""
    found = trace
    while trace is not None:
        if trace.tb_frame.f_code.co_name == "run_code" and trace.tb_next is not None:
            found = trace.tb_next
        trace = trace.tb_next
    return found


def exception_name(error: BaseException) -> str:
    """The name of an exception's class, whatever its metaclass does."""
    return str(type.__getattribute__(type(error), "__name__"))


def _summary(error: BaseException) -> str:
    try:
        message = str(error)
    except BaseException:  # noqa: BLE001 - an exception whose __str__ raises (hazards KER-16)
        message = "(its message can't be shown)"
    name = exception_name(error)
    return f"{name}: {message[:_MESSAGE]}" if message else name
