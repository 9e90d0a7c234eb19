#!/usr/bin/env python3
"""Write a software bill of materials (CycloneDX 1.6) from the lock: dist/sbom.json.

The standard library alone, no network, and the same file for the same lock, so that two builds can
be compared. What the lock pins only for some machines carries its marker.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
_PIN = re.compile(r"([A-Za-z0-9._-]+)==([^\s;\\]+)(?:\s*;\s*(.+?))?\s*\\?\Z")
_HASH = re.compile(r"\s+--hash=sha256:([0-9a-f]{64})\s*\\?\Z")
_NAME = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Pin:
    """One line of the lock. marker: the machines that it is for; empty: all."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]

    @property
    def purl(self) -> str:
        return f"pkg:pypi/{self.name}@{self.version.replace('+', '%2B')}"


def read_lock(text: str) -> list[Pin]:
    """Every pin with its hashes. Raises ValueError for a line that is neither, or without any."""
    found: list[tuple[str, str, str, list[str]]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if pin := _PIN.fullmatch(line):
            found.append((canonical(pin[1]), pin[2], pin[3] or "", []))
        elif (digest := _HASH.fullmatch(line)) and found:
            found[-1][3].append(digest[1])
        elif line.strip():
            raise ValueError(f"line {number} of the lock is neither a pin nor a hash")
    pins = [Pin(name, version, marker, tuple(hashes)) for name, version, marker, hashes in found]
    bare = [pin.name for pin in pins if not pin.hashes]
    if bare:
        raise ValueError(f"without a hash: {', '.join(bare)}")
    return pins


def canonical(name: str) -> str:
    """A package's name as purl and PyPI write it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def bill(pins: list[Pin], project: dict[str, Any]) -> dict[str, Any]:
    """The document. Its serial number follows from what it lists."""
    root = f"{project['name']}@{project['version']}"
    direct = {canonical(_NAME.match(line)[0]) for line in project["dependencies"]}  # type: ignore[index]
    listed = json.dumps([[pin.purl, pin.marker, pin.hashes] for pin in pins])
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, root + listed)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": root,
                "name": project["name"],
                "version": project["version"],
            }
        },
        "components": [_component(pin) for pin in pins],
        "dependencies": [
            {"ref": root, "dependsOn": [pin.purl for pin in pins if pin.name in direct]}
        ],
    }


def _component(pin: Pin) -> dict[str, Any]:
    """The hashes are those of the files that may be installed, so they stand at their source."""
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": pin.purl,
        "name": pin.name,
        "version": pin.version,
        "purl": pin.purl,
        "externalReferences": [
            {
                "type": "distribution",
                "url": f"https://pypi.org/simple/{pin.name}/",
                "hashes": [{"alg": "SHA-256", "content": each} for each in pin.hashes],
            }
        ],
    }
    if pin.marker:
        component["properties"] = [{"name": "python:marker", "value": pin.marker}]
    return component


def main() -> int:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pins = read_lock((ROOT / "requirements" / "run.txt").read_text(encoding="utf-8"))
    target = ROOT / "dist" / "sbom.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(bill(pins, project), indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(f"{target.relative_to(ROOT)}: {len(pins)} packages\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
