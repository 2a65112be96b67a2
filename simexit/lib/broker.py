"""Celery's queue as a folder of files: the broker of a machine that has no Redis."""

from queue import Empty
from typing import Any

from kombu.transport import filesystem


class Channel(filesystem.Channel):
    """Does not die of a broken file.

    kombu lets a worker stop for good at a message that is no JSON. An empty one is left by a
    full disk or a process killed while it wrote. A lost wake-up costs a minute, see
    cases/reminders.py.
    """

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        try:
            return super()._get(queue)
        except ValueError as error:
            raise Empty from error


class Transport(filesystem.Transport):
    Channel = Channel
