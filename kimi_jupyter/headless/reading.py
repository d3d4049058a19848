"""Reading a notebook's file, and the code in its saved records."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import SettingsError
from ..view.record import MIME

__all__ = ["code_in_records", "read_notebook"]


def read_notebook(path: Path) -> Any:
    """A notebook.

    Raises
    ------
    SettingsError
        There is none, or it can't be read.
    """
    import nbformat
    from nbformat.reader import NotJSONError

    try:
        return nbformat.read(path, as_version=4)
    except OSError as error:
        raise SettingsError(f"{path} can't be read: {error.strerror}.") from None
    except (NotJSONError, nbformat.ValidationError, AttributeError, KeyError, ValueError):
        raise SettingsError(f"{path} is no notebook.") from None


def code_in_records(notebook: Any) -> Iterator[str]:
    """The code of the calls in a notebook's saved turns, in order. It may be anybody's, and approves nothing."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            saved = output.get("data", {}).get(MIME, {})
            for event in saved.get("events", ()) if isinstance(saved, dict) else ():
                code = event.get("code") if isinstance(event, dict) else None
                if event.get("type") in ("call_proposed", "decided") and isinstance(code, str):
                    yield code
