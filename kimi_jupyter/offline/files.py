"""The files of the offline endpoint: in memory, bounded, gone when it stops (protocol §5.4). Imports ``problem``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from .problem import NOT_FOUND, Problem, invalid

__all__ = ["Files", "StoredFile"]

_MOST_FILES = 1_000
_LARGEST_FILE = 100 * 2**20
#: Bytes in all: less than the real 10 GB, for this is memory.
_MOST_BYTES = 256 * 2**20


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An uploaded file; only its text is kept, as only that can be asked for."""

    id: str
    name: str
    size: int
    created: int
    text: str

    def body(self) -> dict[str, Any]:
        """The file's JSON object."""
        return {
            "id": self.id,
            "object": "file",
            "bytes": self.size,
            "created_at": self.created,
            "filename": self.name,
            "purpose": "file-extract",
            "status": "ok",
            "status_details": "",
        }


class Files:
    """Every file uploaded so far."""

    def __init__(self) -> None:
        self._files: dict[str, StoredFile] = {}
        self._made = 0

    def add(self, name: str, content: bytes, purpose: str, created: int) -> StoredFile:
        """Keep an upload.

        Raises
        ------
        Problem
            400 with the messages of protocol §4.2, or 500 if the text can't be extracted (it must be UTF-8 here).
        """
        if purpose != "file-extract":
            raise invalid("Invalid purpose: only 'file-extract' accepted")
        if not content:
            raise invalid("File size is zero, please confirm and re-upload the file")
        if len(content) > _LARGEST_FILE:
            raise invalid("File size is too large, max file size is 100MB, please confirm and re-upload the file")
        full = sum(file.size for file in self._files.values()) + len(content) > _MOST_BYTES
        if len(self._files) >= _MOST_FILES or full:
            raise invalid(
                f"The number of files you have uploaded exceeded the max file count {_MOST_FILES}, "
                "please delete previous uploaded files"
            )
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise Problem(500, "server_error", f"Failed to extract file: {error.reason}") from None
        self._made += 1
        file = StoredFile(f"file-offline-{self._made:06d}", name, len(content), created, text)
        self._files[file.id] = file
        return file

    def list(self) -> dict[str, Any]:
        """The list of all."""
        return {"object": "list", "data": [file.body() for file in self._files.values()]}

    def find(self, file_id: str) -> StoredFile:
        """The file of this id.

        Raises
        ------
        Problem
            404: there is none.
        """
        if file_id not in self._files:
            raise Problem(404, "resource_not_found_error", NOT_FOUND)
        return self._files[file_id]

    def delete(self, file_id: str) -> dict[str, Any]:
        """Drop a file; raises as :meth:`find` does."""
        del self._files[self.find(file_id).id]
        return {"id": file_id, "object": "file", "deleted": True}

    def content(self, file_id: str) -> str:
        """The extract that goes into a system message; raises as :meth:`find` does."""
        file = self.find(file_id)
        extract = {"content": file.text, "file_type": "text/plain", "filename": file.name, "title": "", "type": "file"}
        return json.dumps(extract, ensure_ascii=False)
