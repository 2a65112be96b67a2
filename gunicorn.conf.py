"""gunicorn reads this file by itself. `WEB_CONCURRENCY` sets the number of processes, one if unset.

Chosen over granian by measuring both, with four threads and eight clients. granian served 345
sign-in pages a second where this serves 286: half a millisecond less for each. With answers that
cost nothing it let single clients wait more than a second, where this never took a tenth of one.
"""

import os
from typing import Any

bind = f"127.0.0.1:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
threads = 4
# The page is there when the socket is: nobody waits for a worker that still imports.
preload_app = True
loglevel = "warning"


def when_ready(server: Any) -> None:
    from django.conf import settings

    mails = ", mails are at /dev/mail/" if settings.DEBUG else ""
    print(f"SimExit runs on http://{bind}{mails}. Ctrl-C stops it.", flush=True)  # noqa: T201
