"""Make the keys of a production instance as files: `python -m coolset_admin.new_keys FOLDER`."""

import sys
from pathlib import Path

from coolset_admin import local_keys


def main(argv: list[str]) -> int:
    """Write what is missing, with mode 0600; keep what is there. 0 done, 2 bad usage."""
    if len(argv) != 1:
        sys.stderr.write("Say where: python -m coolset_admin.new_keys FOLDER\n")
        return 2
    folder = Path(argv[0])
    local_keys.keyring(folder)
    local_keys.fingerprint_key(folder)
    local_keys.django_secret(folder)
    for name in ("token_keys", "token_public_key", "fingerprint_key", "django_secret_key"):
        sys.stdout.write(f"{folder / name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
