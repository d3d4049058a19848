"""Real kernels: in this environment, or in a throwaway one with another release of ipykernel; and older JupyterLabs.

``Kernel`` is a kernel process with a client; ``python_with`` makes the environments, once for each release and each
state of ``pyproject.toml``, below ``.cache/kernels``, and ``jupyterlab_with`` those below ``.cache/labs``.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import queue
import shutil
import signal
import sys
import time
import venv
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

from scripts.packages import install
from tests.support.isolation import MACHINE

__all__ = ["LABS", "NEWEST", "RELEASES", "Execution", "Kernel", "jupyterlab_with", "kernel", "python_with"]

NEWEST = "newest"
#: Releases of ipykernel that differ in how messages reach a busy kernel (the newest is asked for by no number).
RELEASES = ("6.31.*", "7.0.1", "7.3.*", NEWEST)
#: The oldest release of JupyterLab that is supported, with the Notebook of its time.
LABS = {"4.4.*": "7.4.*"}

_ROOT = Path(__file__).parents[2]


def python_with(release: str) -> Path:
    """The interpreter of an environment with this release of ipykernel and the package under test (editable).

    Parameters
    ----------
    release
        ``"6.31.*"``, or :data:`NEWEST`.

    Returns
    -------
    Path
        The interpreter. Making the environment takes some seconds, finding it again nothing.
    """
    requirement = "ipykernel" if release == NEWEST else f"ipykernel=={release}"
    made_for = (_ROOT / "pyproject.toml").read_bytes() + str(_ROOT).encode()
    return _environment("kernels", release, made_for, "--editable", str(_ROOT), requirement)


def jupyterlab_with(release: str) -> Path:
    """The interpreter of an environment with this release of JupyterLab and its Notebook, without the package.

    Parameters
    ----------
    release
        A key of :data:`LABS`.

    Returns
    -------
    Path
        The interpreter. Making the environment takes some seconds, finding it again nothing.
    """
    # anywidget and what it needs draw the widget of a cell's turn in the page.
    wanted = f"jupyterlab=={release}", f"notebook=={LABS[release]}", "anywidget"
    return _environment("labs", release, repr(wanted).encode(), *wanted)


def _environment(kind: str, release: str, made_for: bytes, *wanted: str) -> Path:
    """The interpreter of an environment with these packages, which is made anew for another purpose or Python."""
    digest = hashlib.sha256(made_for + sys.version.encode()).hexdigest()[:12]
    place = _ROOT / ".cache" / kind / f"{release.rstrip('.*')}-{digest}"
    python = place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    made = place / "made"
    if not made.exists():
        for stale in place.parent.glob(f"{release.rstrip('.*')}-*"):
            shutil.rmtree(stale)
        venv.create(place, with_pip=False, symlinks=os.name != "nt")
        as_built = MACHINE | {"SKIP_JUPYTER_BUILDER": "1"}  # the tree's front end is used as it is
        install(python, *wanted, environ=as_built)
        made.touch()
    return python


@dataclass(slots=True)
class Execution:
    """What came of a cell.

    Attributes
    ----------
    reply
        Content of the ``execute_reply``.
    outputs
        As nbformat 4 outputs, displays updated and cleared as a front end would.
    prompts
        What was asked on stdin.
    """

    reply: dict[str, Any] = field(default_factory=dict)
    outputs: list[dict[str, Any]] = field(default_factory=list)
    prompts: list[str] = field(default_factory=list)
    _displays: dict[str, dict[str, Any]] = field(default_factory=dict)
    _clear: bool = False

    @property
    def text(self) -> str:
        """Streams, plain texts and errors, as a reader would see them."""
        return "".join(_text(output) for output in self.outputs)

    def data(self, kind: str) -> list[Any]:
        """The parts of one MIME type, in order."""
        return [output["data"][kind] for output in self.outputs if kind in output.get("data", {})]

    def take(self, kind: str, content: dict[str, Any]) -> None:
        """Take an output message in."""
        if kind == "clear_output":
            self._clear = content["wait"]
            if not self._clear:
                self.outputs.clear()
            return
        display = content.pop("transient", {}).get("display_id")
        if kind == "update_display_data":
            if display in self._displays:
                self._displays[display].update(content)
            return
        if kind not in {"stream", "display_data", "execute_result", "error"}:
            return
        if self._clear:
            self.outputs.clear()
            self._clear = False
        output = {"output_type": kind, **content}
        self.outputs.append(output)
        if display:
            self._displays[display] = output


def _text(output: dict[str, Any]) -> str:
    match output["output_type"]:
        case "stream":
            return str(output["text"])
        case "error":
            return "\n".join(output["traceback"]) + "\n"
        case _:
            return str(output["data"].get("text/plain", "")) + "\n"


class Kernel:
    """A running kernel and its client. Made by :func:`kernel`."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient) -> None:
        self.manager = manager
        self.client = client

    def execute(
        self,
        code: str,
        answers: Iterable[str] = (),
        *,
        on_output: Callable[[Execution], None] = lambda execution: None,
        on_prompt: Callable[[Execution], str | None] | None = None,
        on_comm: Callable[[str, dict[str, Any]], None] = lambda kind, content: None,
        stdin: bool = True,
        timeout: float = 60,
    ) -> Execution:
        """Run a cell to its end.

        Parameters
        ----------
        code
            The cell.
        answers
            What to answer on stdin, one after another.
        on_output
            Called after each output, for instance to interrupt.
        on_prompt
            Called instead of taking the next answer; ``None`` gives no answer.
        on_comm
            Called with the kind and content of each comm message, whichever request it belongs to.
        stdin
            Whether the front end offers stdin at all.
        timeout
            Seconds.

        Raises
        ------
        TimeoutError
            The cell did not end; the message holds what it had put out.
        AssertionError
            More was asked than there are answers.
        """
        execution, remaining = Execution(), iter(answers)
        request = self.client.execute(code, allow_stdin=stdin)
        deadline, idle = time.monotonic() + timeout, False
        while not (idle and execution.reply):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{code!r} did not end within {timeout} s; so far:\n{execution.text}")
            for kind, content in self._messages(request):
                match kind:
                    case "execute_reply":
                        execution.reply = content
                    case "status":
                        idle = content["execution_state"] == "idle"
                    case "input_request":
                        execution.prompts.append(content["prompt"])
                        answer = on_prompt(execution) if on_prompt else next(remaining, None)
                        assert answer is not None or on_prompt, f"nothing left to answer {content['prompt']!r}"
                        if answer is not None:
                            self.client.input(answer)
                    case "comm_open" | "comm_msg" | "comm_close":
                        on_comm(kind, content)
                    case _:
                        execution.take(kind, content)
                        on_output(execution)
        return execution

    def _messages(self, request: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """What has come for a request; waits a moment for output if there is nothing."""
        for channel, wait in ((self.client.stdin_channel, 0.0), (self.client.shell_channel, 0.0), (None, 0.02)):
            try:
                message = channel.get_msg(timeout=wait) if channel else self.client.get_iopub_msg(timeout=wait)
            except queue.Empty:
                continue
            if message["parent_header"].get("msg_id") == request or message["msg_type"].startswith("comm_"):
                yield message["msg_type"], message["content"]

    def send(self, comm: str, content: dict[str, Any], subshell: str | None = None) -> None:
        """Send a custom message to a widget, by a subshell as JupyterLab does."""
        data = {"method": "custom", "content": content}
        message = self.client.session.msg("comm_msg", {"comm_id": comm, "data": data})
        message["header"]["subshell_id"] = subshell
        self.client.shell_channel.send(message)

    def subshell(self) -> str:
        """Make a subshell (ipykernel from 7 on)."""
        request = self.client.session.msg("create_subshell_request", {})
        self.client.control_channel.send(request)
        while True:
            reply = self.client.get_control_msg(timeout=10)
            if reply["parent_header"].get("msg_id") == request["header"]["msg_id"]:
                return str(reply["content"]["subshell_id"])

    def value(self, expression: str) -> Any:
        """A value of the user's namespace, by its Python literal."""
        return ast.literal_eval(self.expression(expression)["text/plain"])

    def expression(self, expression: str) -> dict[str, Any]:
        """What an expression displays as, by MIME type."""
        reply = self.client.execute_interactive(
            "", user_expressions={"value": expression}, store_history=False, timeout=30, output_hook=lambda _: None
        )
        found = reply["content"]["user_expressions"]["value"]
        if found["status"] != "ok":
            raise LookupError(f"{expression}: {found['ename']}: {found['evalue']}")
        data: dict[str, Any] = found["data"]
        return data

    def interrupt(self) -> None:
        """What the ■ button does, from any thread: jupyter_client's own call leaves an event loop open in each."""
        os.killpg(os.getpgid(self.manager.provisioner.pid), signal.SIGINT)  # type: ignore[union-attr]

    def restart(self) -> None:
        """Restart, as the front end does: another process, the same connection."""
        self.manager.restart_kernel(now=True)
        self.client.wait_for_ready(timeout=30)


@contextmanager
def kernel(
    directory: Path, python: Path = Path(sys.executable), environ: Mapping[str, str] = os.environ
) -> Iterator[Kernel]:
    """Run a kernel in a directory.

    Parameters
    ----------
    directory
        An existing directory; the kernel's working directory. Its specification and connection file go there too.
    python
        The interpreter: this one, or one of :func:`python_with`.
    environ
        The kernel's environment.
    """
    spec = directory / ".kernels" / "under-test"
    spec.mkdir(parents=True, exist_ok=True)
    argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (spec / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "Under test", "language": "python"}))
    manager = KernelManager(
        kernel_name="under-test",
        kernel_spec_manager=KernelSpecManager(kernel_dirs=[str(spec.parent)]),
        connection_file=str(directory / ".kernels" / "connection.json"),
    )
    manager.start_kernel(cwd=str(directory), env=dict(environ))
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        yield Kernel(manager, client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()


def main() -> None:
    """Make every environment of the matrix, so that the tests find them made."""
    for name, releases, made in (("ipykernel", RELEASES, python_with), ("JupyterLab", LABS, jupyterlab_with)):
        for release in releases:
            started = time.monotonic()
            python = made(release)
            print(f"{name} {release}: {python.relative_to(_ROOT)} ({time.monotonic() - started:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
