"""The processes of the Procfile side by side, until Ctrl-C or until one of them ends.

honcho does the work. Its own command line would read `.env` a second time and let it win over the
environment, and would leave the processes behind when the terminal is closed.
"""

import os
import signal
import sys
from pathlib import Path
from types import FrameType

from django.conf import settings
from honcho.environ import parse_procfile
from honcho.manager import Manager

# Only where cases have mail addresses; elsewhere it would have nothing to do and end.
RECEIVER = "exec python manage.py receive_mail"
PROCFILE = Path(__file__).resolve().parent.parent / "Procfile"


def as_if_terminated(signum: int, frame: FrameType | None) -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def processes() -> dict[str, str]:
    """Name and command of each."""
    wanted: dict[str, str] = dict(parse_procfile(PROCFILE.read_text()).processes)
    return wanted | ({"mail": RECEIVER} if settings.INBOUND_DOMAIN else {})


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "simexit.settings.chosen")
    signal.signal(signal.SIGHUP, as_if_terminated)
    manager = Manager()
    for name, command in processes().items():
        manager.add_process(name, command, cwd=PROCFILE.parent)
    manager.loop()
    # 130 and 143: somebody stopped us, which is how this is meant to end.
    return 0 if manager.returncode in (130, 143) else int(manager.returncode)


if __name__ == "__main__":
    sys.exit(main())
