"""Files in a bucket of S3, or of another store that speaks its language. Never by their address:
who may read one asks this site."""

from __future__ import annotations

from typing import Any

from botocore.config import Config
from storages.backends.s3 import S3Storage


class ObjectStore(S3Storage):  # type: ignore[misc]  # the package has no types
    """Private, and read through the disk: a file is never in the memory as a whole."""

    def get_default_settings(self) -> dict[str, Any]:
        usual: dict[str, Any] = super().get_default_settings()
        return usual | {
            "default_acl": None,  # the bucket's own: private
            "querystring_auth": False,
            "file_overwrite": True,  # names are random; asking whether one is taken costs a call
            "max_memory_size": 1024 * 1024,  # bytes of a file that is read; more goes to the disk
            "client_config": Config(
                connect_timeout=5,  # seconds
                read_timeout=20,
                retries={"max_attempts": 3, "mode": "standard"},
                # Other stores than Amazon's do not know the newer checksums.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        }

    def url(self, name: str, *args: Any, **options: Any) -> str:
        """Raises ValueError: evidence has no address, as files in a folder have none."""
        raise ValueError("This file is not accessible via a URL.")
