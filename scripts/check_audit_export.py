#!/usr/bin/env python3
"""Check an exported audit trail without the product that wrote it.

    python check_audit_export.py EXPORT.jsonl … [--checkpoint FILE …] [--key BASE64]

Where older entries were archived, give the archives first and the export of what came after them
last: each file has to go on exactly where the one before it ended.

Needs Python 3.11 and, for checkpoints alone, the package `cryptography`. It reads the export line
by line, works out every hash again, and says where the chain breaks. With checkpoints it checks
their signatures and that the entries they saw are these. Give --key with the public key that you
wrote down when the product was set up (`verify_audit --keys` prints it): without it a checkpoint
that was signed by anybody would do. Exit 0: whole; 1: not; 2: cannot be read.
"""

import argparse
import base64
import hashlib
import json
import sys

EXPORT = "coolset-token-governance audit export 1"
SCHEME = "coolset-token-governance audit 1"
CHECKPOINT = "coolset-token-governance checkpoint 1"
COLUMNS = (
    "id", "at", "kind", "actor_kind", "actor_name", "actor_id", "subject_type", "subject_id",
    "subject_name", "company_id", "company_name", "data", "previous_hash",
)  # fmt: skip


class Broken(Exception):
    """The trail is not as it was written."""


class Unreadable(Exception):
    """This is no export, or no checkpoint."""


def entry_hash(entry):
    """SHA-256 over the scheme's label and every column, as ASCII JSON without spaces."""
    columns = [SCHEME, *(entry[name] for name in COLUMNS)]
    text = json.dumps(columns, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def lines_of(path):
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            try:
                found = json.loads(line)
            except ValueError:
                raise Unreadable(f"line {number} is not JSON") from None
            if not isinstance(found, dict):
                raise Unreadable(f"line {number} is not an object")
            yield found


def walk(path, wanted, before=None, progress=None):
    """(first, last, hash of the last, hashes of the wanted entries). Raises Broken.

    before: number and hash of the entry that this file has to go on from, and who says so.
    """
    lines = lines_of(path)
    top = next(lines, {})
    if top.get("format") != EXPORT or top.get("scheme") != SCHEME:
        raise Unreadable("this is no audit export of this product")
    last, previous, seen, end = int(top["after"]), top["previous_hash"], {}, None
    first = last + 1
    if before is not None and (last, previous) != before[:2]:
        raise Broken(f"{path} does not go on after entry {before[0]}, where {before[2]} ends")
    for line in lines:
        if end is not None:
            raise Broken("something stands after the last line")
        if "head" in line:
            end = line["head"]
            continue
        if set(line) != {*COLUMNS, "hash"} or line["id"] != last + 1:
            raise Broken(f"entry {last + 1} is missing, or stands elsewhere")
        if line["previous_hash"] != previous:
            raise Broken(f"entry {line['id']} does not follow the one before it")
        if entry_hash(line) != line["hash"]:
            raise Broken(f"entry {line['id']} was changed")
        last, previous = line["id"], line["hash"]
        if last in wanted:
            seen[last] = previous
        if progress is not None:
            progress(1)
    if end is None or (end.get("number"), end.get("hash")) != (last, previous):
        raise Broken(f"the end is missing, or is not the one after entry {last}")
    return first, last, previous, seen


def read_checkpoint(path, key):
    """(number, hash) of a checkpoint whose signature fits. Raises Broken or Unreadable."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    with open(path, encoding="utf-8") as file:
        try:
            found = json.load(file)
            public = base64.b64decode(found["public_key"], validate=True)
            signed = [CHECKPOINT, found["number"], found["hash"], found["at"]]
            signature = bytes.fromhex(found["signature"])
            readable = found["format"] == CHECKPOINT
        except (ValueError, KeyError, TypeError):
            readable = False
    if not readable:
        raise Unreadable(f"{path} is no checkpoint of this product")
    if key is not None and public != base64.b64decode(key):
        raise Broken(f"{path} was not signed by the key that you gave")
    try:
        message = json.dumps(signed, separators=(",", ":")).encode("ascii")
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise Broken(f"the signature of {path} does not fit") from None
    return found["number"], found["hash"]


def walk_all(exports, wanted, progress=None):
    """As `walk`, over files that have to join. Raises Broken."""
    start, before, seen = None, None, {}
    for path in exports:
        first, last, sealed, found = walk(path, wanted, before, progress)
        start, before = start or first, (last, sealed, path)
        seen.update(found)
    return start, last, sealed, seen


def check(exports, checkpoints, key, progress=None):
    """The words of success. Raises Broken or Unreadable."""
    wanted = {path: read_checkpoint(path, key) for path in checkpoints}
    numbers = {number for number, _ in wanted.values()}
    first, last, sealed, seen = walk_all(exports, numbers, progress)
    for path, (number, expected) in wanted.items():
        if number < first:
            raise Unreadable(f"{path} is older than this: it saw entry {number}; give the archive")
        if seen.get(number) != expected:
            raise Broken(f"entry {number} is missing or not the one that {path} saw")
    files = f" {len(exports)} files that join." if len(exports) > 1 else ""
    agree = f" They agree with {len(wanted)} checkpoint(s)." if wanted else ""
    whole = f"Entries {first} to {last}, all as they were written; the last hash is {sealed}."
    return whole + files + agree


def main():
    parser = argparse.ArgumentParser(description="Check an exported audit trail.")
    parser.add_argument("export", nargs="+", help="archives first, in order, the export last")
    parser.add_argument("--checkpoint", action="append", default=[], metavar="FILE")
    parser.add_argument("--key", metavar="BASE64", help="the public key that must have signed")
    given = parser.parse_args()
    try:
        print(check(given.export, given.checkpoint, given.key))
    except Broken as fault:
        print(f"Tampered with: {fault}.")
        return 1
    except (Unreadable, OSError) as fault:
        print(f"Cannot be read: {fault}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
