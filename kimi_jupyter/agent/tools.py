"""What the model may call: the tools, their definitions on the wire, and the reading of its calls.

A tool is a name, a description, a schema, and whether somebody has to allow each call. The loop carries out the
built-in ones itself; a user's function brings its own. Imports neither a data library nor jsonschema.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from ..chat.schema import check_name, normalise
from ..errors import SettingsError
from .arguments import describe_parameters, faults, read_object
from .signature import read_signature

__all__ = [
    "INSPECT",
    "MAX_TOOLS",
    "RUN_PYTHON",
    "Accepted",
    "Prepared",
    "Rejected",
    "Tool",
    "Toolbox",
    "tool_from_function",
]

#: The most tools a request may have (protocol §2.1).
MAX_TOOLS = 128


@dataclass(frozen=True, slots=True)
class Tool:
    """Something the model may call.

    Attributes
    ----------
    name
        Unique in a toolbox; see :func:`~kimi_jupyter.chat.schema.check_name`.
    description
        What the model is told of it.
    parameters
        JSON schema of an object; kept as :func:`~kimi_jupyter.chat.schema.normalise` makes it, and not to be changed.
    gated
        Whether each call has to be allowed.
    function
        What carries it out, called with the arguments by name; what it returns is awaited if it can be. ``None`` for
        tools the loop carries out itself.
    place
        Where the function is called: in the ``kernel``, where the user's variables are, or on the ``engine``, where it
        is awaited while the kernel is free. One on the engine raises a ``KimiError`` to say that it failed; one for the
        ``notebook`` is awaited there too, and returns an :class:`.Execution`.
    prepare
        Looks at a call before it is shown, awaited with the arguments: what code it would run, or why it can't be.

    Raises
    ------
    SettingsError
        The name is not one that every endpoint takes, or the schema is no tool's.
    """

    name: str
    description: str
    parameters: dict[str, Any] = field(hash=False)
    gated: bool = True
    function: Callable[..., Any] | None = None
    place: Literal["kernel", "engine", "notebook"] = "kernel"
    prepare: Callable[..., Awaitable[Prepared | Rejected]] | None = None

    def __post_init__(self) -> None:
        check_name(self.name)
        object.__setattr__(self, "parameters", normalise(self.parameters))

    def definition(self) -> dict[str, Any]:
        """The tool as a request tells of it (protocol §2.2)."""
        function: dict[str, Any] = {"name": self.name}
        if self.description:
            function["description"] = self.description
        function["parameters"] = copy.deepcopy(self.parameters)
        return {"type": "function", "function": function}


def tool_from_function(function: Callable[..., Any], *, name: str | None = None, gated: bool = True) -> Tool:
    """Make a tool of a function.

    The schema comes from the signature and the type hints, descriptions from a docstring in numpy, Google, Sphinx or
    plain style. Parameters with a default, and those that may be ``None``, need not be given.

    Parameters
    ----------
    function
        Any callable whose parameters can be given by name, async or not. Hints may be str, int, float, bool, lists,
        tuples and sets of these, dicts with str keys, Literal, Enum, unions, dataclasses, TypedDict, date, datetime,
        Path, pydantic models, and ``Annotated[…, "description"]``.
    name
        The tool's name; the function's own if not given.
    gated
        Whether each call has to be allowed; false for functions that only read.

    Raises
    ------
    SettingsError
        The function can't be a tool; the message says what to change.
    """
    if not callable(function):
        raise SettingsError(f"A tool is made of a function, and this is a {type(function).__name__}.")
    known = name or _name_of(function)
    if known is None:
        raise SettingsError("This function has no name of its own; give one: name='…'.")
    check_name(known)
    try:
        signature = read_signature(function)
    except SettingsError as error:
        raise SettingsError(f"The tool {known!r}: {error}") from None
    return Tool(known, signature.description, signature.parameters, gated, signature.call)


def _name_of(function: Any) -> str | None:
    while isinstance(function, functools.partial):
        function = function.func
    name = getattr(function, "__name__", None)
    return name if isinstance(name, str) and name.isidentifier() else None


@dataclass(frozen=True, slots=True)
class Accepted:
    """A call that can be carried out, once it is allowed."""

    tool: Tool
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A call that can't be carried out, and what the model is told: what is wrong and what is wanted."""

    message: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A call that was looked at: its arguments as they are shown, and the code that it would run, if it runs any."""

    arguments: dict[str, Any]
    code: str | None = None
    flags: tuple[str, ...] = ()


class Toolbox:
    """The tools of a conversation, in the order they were added.

    A new tool comes last and none moves, so the definitions before it stay, byte for byte, what an endpoint has in its
    cache.

    Parameters
    ----------
    tools
        The first ones.
    """

    def __init__(self, tools: Iterable[Tool] = ()) -> None:
        self._tools: dict[str, Tool] = {}
        for tool in tools:
            self.add(tool)

    @property
    def names(self) -> tuple[str, ...]:
        """The names in order."""
        return tuple(self._tools)

    def add(self, tool: Tool) -> None:
        """Add a tool at the end.

        Raises
        ------
        SettingsError
            There is one of that name (servers refuse the request, protocol §2.2), or there are 128 already.
        """
        if tool.name in self._tools:
            raise SettingsError(f"There is a tool {tool.name!r} already; remove it first, or name this one otherwise.")
        if len(self._tools) >= MAX_TOOLS:
            raise SettingsError(f"A model takes at most {MAX_TOOLS} tools; remove one first.")
        self._tools[tool.name] = tool

    def remove(self, name: str) -> None:
        """Take a tool out.

        Raises
        ------
        SettingsError
            There is none of that name.
        """
        if name not in self._tools:
            raise SettingsError(f"There is no tool {name[:70]!r}; there are {self._listed()}.")
        del self._tools[name]

    def get(self, name: str) -> Tool | None:
        """The tool of that name, or ``None``."""
        return self._tools.get(name)

    def definitions(self) -> list[dict[str, Any]]:
        """All tools as a request tells of them; the same tools give the same bytes."""
        return [tool.definition() for tool in self._tools.values()]

    def parse(self, name: str, arguments_json: str) -> Accepted | Rejected:
        """Read a call as the model wrote it. Never raises on what a model may write.

        Parameters
        ----------
        name
            The tool's name, known or not.
        arguments_json
            JSON text of an object; nothing at all means no arguments.

        Returns
        -------
        Accepted or Rejected
            The tool with valid arguments, or what the model is told, in at most about 2,000 characters of which at most
            200 are the model's own.
        """
        tool = self._tools.get(name)
        if tool is None:
            return Rejected(self._unknown(name))
        arguments = read_object(arguments_json)
        wrong = arguments if isinstance(arguments, str) else faults(arguments, tool.parameters)
        if isinstance(arguments, str) or wrong:
            return Rejected(f"{wrong} {tool.name} takes: {describe_parameters(tool.parameters)}.")
        return Accepted(tool, arguments)

    def _unknown(self, name: str) -> str:
        if not name.strip():
            return f"The call has no name; name one of the tools: {self._listed()}."
        from difflib import get_close_matches  # for the rare mistake only

        bare = name.strip()[:200].removeprefix("functions.").split(":")[0]
        close = [bare] if bare in self._tools else get_close_matches(bare, self._tools, n=1)
        hint = f" Did you mean {close[0]}?" if close else ""
        return f"There is no tool {ascii(name[:80])[:90]}.{hint} There are: {self._listed()}."

    def _listed(self) -> str:
        names = self.names
        more = f" and {len(names) - 20} more" if len(names) > 20 else ""
        return (", ".join(names[:20]) + more) or "none"


#: Runs code in the user's kernel. The loop carries it out, after approval of the canonical source.
RUN_PYTHON = Tool(
    name="run_python",
    description=(
        "Run Python in the user's live IPython kernel and read what it prints. The kernel is the notebook's own: the "
        "user's variables are there, and what you define stays for later calls and for the user. Top-level await "
        "works. The user sees the code and has to approve it, and may edit or refuse it, so keep it short and do one "
        "thing at a time. Write plain Python: no magics (%), no shell lines (!), no prompts, no invisible characters. "
        "Print what you need to know; the value of a last expression is shown too. Long output is cut in the middle, "
        "so print summaries, never whole tables. Figures appear to the user; you are told in words what they show."
    ),
    parameters={
        "type": "object",
        "properties": {
            "code": {"type": "string", "description": "The Python source to run, whole and ready to run as it is."},
            "purpose": {
                "type": "string",
                "description": "One short sentence for the user: what the code does and why.",
            },
        },
        "required": ["code"],
        "additionalProperties": False,
    },
)

#: Describes a value without running code of the user's.
INSPECT = Tool(
    name="inspect",
    description=(
        "Look at a value in the user's kernel, with no code and no approval. A table: types, missing values, ranges, "
        "examples of each column. A column: percentiles, outliers, histogram; or all categories and their spellings; "
        "or dates and gaps."
    ),
    parameters={
        "type": "object",
        "properties": {
            "name": {
                "type": "string",
                "description": "A variable or within it: sales.price, sales['unit price'], results[0], model.coef_.",
            },
            "by": {
                "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
                "description": "One or two columns: mean and median of others in each group.",
            },
            "columns": {
                "type": "array",
                "items": {"type": "string"},
                "description": "Which columns by group; without by, their correlations and joint missing values.",
            },
            "rows": {"type": "string", "enum": ["first", "last", "random"], "description": "Show three."},
            "join": {"type": "string", "description": "Another table: which columns match it, and how far."},
        },
        "required": ["name"],
        "additionalProperties": False,
    },
    gated=False,
)
