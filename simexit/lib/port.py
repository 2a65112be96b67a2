"""Says whether a port of this machine is free, before `make run` does anything else.

Runs as a file and with the standard library alone: there may be no virtual environment yet.
"""

import errno
import socket
import sys


def complaint(port: str) -> str | None:
    """One sentence if nothing can listen on this port of 127.0.0.1, else None."""
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        return f"PORT is {port!r}, which is no number from 1 to 65535."
    with socket.socket() as probe:
        # As the web server does: connections that are still fading away do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(port)))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return (
                    f"Port {port} is taken by another program. Stop that program, or choose"
                    f" another port: make run PORT={_another(int(port))}"
                )
            return f"SimExit cannot listen on port {port}: {error.strerror}."
    return None


def _another(port: int) -> int:
    return port + 1 if port < 65535 else 8000


if __name__ == "__main__":
    sys.exit(complaint(sys.argv[1]))
