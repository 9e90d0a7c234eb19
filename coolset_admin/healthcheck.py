"""The container's health check: exit 0 when web on this machine answers /healthz/ with 200."""

import http.client
import os
import sys

SECONDS = 4


def main() -> int:
    """Ask over loopback; 0 healthy, 1 not."""
    connection = http.client.HTTPConnection(
        "127.0.0.1", int(os.environ.get("PORT") or 8000), timeout=SECONDS
    )
    try:
        connection.request("GET", "/healthz/", headers={"Host": "localhost"})
        return 0 if connection.getresponse().status == http.client.OK else 1
    except OSError as error:
        sys.stderr.write(f"web does not answer: {type(error).__name__}\n")
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
