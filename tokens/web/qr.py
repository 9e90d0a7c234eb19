"""A QR code as one path of an SVG, so that no picture leaves this host and no script is needed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Picture:
    """`path` in units of one module; `size` of the whole with its quiet zone."""

    path: str
    size: int


QUIET = 4


def path_of(text: str) -> Picture:
    """The code of a text, at medium error correction."""
    # Imported here: it takes longer than the page, and one page alone needs it.
    from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel

    code = QRCode(None, QRErrorCorrectLevel.M)
    code.addData(text)
    code.make()
    count = code.getModuleCount()
    dark = [
        f"M{column + QUIET} {row + QUIET}h1v1h-1z"
        for row in range(count)
        for column in range(count)
        if code.isDark(row, column)
    ]
    return Picture("".join(dark), count + 2 * QUIET)
