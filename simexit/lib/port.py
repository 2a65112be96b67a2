"""Says whether a port on this machine is free, before `make run` does anything else.

Runs as a file and with the standard library alone: there may be no virtual environment yet, and
the Python that reads this may be too old for the rest.
"""

import errno
import socket
import sys


def complaint(port):  # type: ignore[no-untyped-def]  # see above: an old Python must read this
    """One sentence if nothing can listen on this port, else None."""
    if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        return "PORT is %s, which is no number from 1 to 65535." % port
    with socket.socket() as probe:
        # As the web server does: connections that are still fading away do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(port)))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return (
                    "Port %s is taken by another program. Stop that program, or choose another"
                    " port: make run PORT=%s" % (port, int(port) + 80)
                )
            return "Nothing can listen on port %s: %s." % (port, error.strerror)
    return None


if __name__ == "__main__":
    sys.exit(complaint(sys.argv[1]))
