"""Uploads stay in memory: a file of tokens must never lie on a disk, not even for a moment."""

from __future__ import annotations

import io
from typing import IO, Any

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler

LARGEST = 10 * 1024 * 1024


class InMemoryUploadHandler(FileUploadHandler):
    """Keeps up to 10 MB of a request's files; beyond that nothing but a size, for the form to see.

    Counted over the whole request: files are read before anybody knows who sends them.
    """

    _size = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._file: IO[bytes] = io.BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Take the chunk, so that no later handler sees it; drop everything once it is too much."""
        self._size += len(raw_data)
        if self._size > LARGEST:
            self._file = io.BytesIO()
        else:
            self._file.write(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        self._file.seek(0)
        return InMemoryUploadedFile(
            file=self._file,
            field_name=self.field_name,
            name=self.file_name or "file",
            content_type=self.content_type or "application/octet-stream",
            size=file_size if self._size <= LARGEST else self._size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )
