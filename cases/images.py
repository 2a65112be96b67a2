"""Images written anew: upright, without a word about who took them where, and small for a list.

What is decoded here comes from anybody. How much memory it takes is known before it is decoded,
and a file that is more than an image is only an image afterwards.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO

import pillow_heif
from django.core.files import File
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from cases.errors import RefusedFile

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
MAX_PIXELS = 50_000_000  # decoded 200 MB; phones take 12 and 48 million
# A JPEG with more is decoded at half its sides: a page of A4 is still as sharp as a good scan.
FULL_PIXELS = 25_000_000
QUALITIES = (90, 70)
PREVIEW_SIDE = 480  # pixels
PREVIEW_QUALITY = 80
PNG_MODES = {"1", "L", "LA", "P", "RGB", "RGBA", "I;16"}
TRANSPARENT_MODES = {"RGBA", "LA", "PA", "La", "RGBa"}
# A process has several threads, and memory for one big image.
ONE_AT_A_TIME = threading.Lock()

pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)


@dataclass(frozen=True, slots=True)
class Rewritten:
    """An image that holds nothing but its picture. Gone when `rewritten` is left."""

    content: File[bytes]
    preview: File[bytes]
    content_type: str


@contextmanager
def rewritten(upload: IO[bytes] | File[bytes], *, at_most: int) -> Iterator[Rewritten]:
    """Writes an image anew: a PNG as PNG unless that has more bytes than `at_most`, else as JPEG.

    Raises RefusedFile for too many pixels, and for what is cut off or damaged.
    """
    with ExitStack() as stack:
        content, preview = (File(stack.enter_context(TemporaryFile())) for _i in range(2))
        with ONE_AT_A_TIME:
            content_type = _rewrite(upload, content, preview, at_most=at_most)
        yield Rewritten(content, preview, content_type)


def _rewrite(
    upload: IO[bytes] | File[bytes], content: File[bytes], preview: File[bytes], *, at_most: int
) -> str:
    image = _opened(upload)
    if image.width * image.height > MAX_PIXELS:
        raise RefusedFile(_too_big())
    try:
        image = _decoded(image)
        content_type = _save(image, content, at_most=at_most)
        small = _without_transparency(image)
        small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE), reducing_gap=2.0)
        small.save(preview, "JPEG", quality=PREVIEW_QUALITY)
    except Exception as error:  # a decoder may stumble over anything; to us it is all the same
        raise RefusedFile(_damaged()) from error
    return content_type


def _opened(upload: IO[bytes] | File[bytes]) -> Image.Image:
    """Reads what the image says of itself, and not the image."""
    upload.seek(0)
    try:
        return Image.open(upload, formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise RefusedFile(_too_big()) from error
    except Exception as error:  # as above
        raise RefusedFile(_damaged()) from error


def _decoded(image: Image.Image) -> Image.Image:
    """The pixels, upright, and nothing else that the file said."""
    if image.width * image.height > FULL_PIXELS:
        image.draft(None, (image.width // 2, image.height // 2))  # no word to other formats
    is_png = image.format == "PNG"
    image.load()
    with suppress(SyntaxError, ValueError, LookupError, OSError, TypeError):
        # What the camera said about up and down may be nonsense, and the picture right.
        ImageOps.exif_transpose(image, in_place=True)
    transparency = image.info.get("transparency")
    image.info = {} if transparency is None else {"transparency": transparency}
    if is_png and image.mode in PNG_MODES:
        return image
    return image if image.mode in ("L", "RGB") else _without_transparency(image)


def _save(image: Image.Image, content: File[bytes], *, at_most: int) -> str:
    """Returns the media type."""
    if image.format == "PNG":
        image.save(content, "PNG")
        if content.tell() <= at_most:
            return "image/png"
        image = _without_transparency(image)
    for quality in QUALITIES:
        content.seek(0)
        content.truncate()
        image.save(content, "JPEG", quality=quality)
        if content.tell() <= at_most:
            break
    return "image/jpeg"


def _without_transparency(image: Image.Image) -> Image.Image:
    """On white, in a mode that a JPEG can have."""
    if image.mode.startswith("I"):  # 16 bits of grey, of which a screen shows eight
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in TRANSPARENT_MODES or "transparency" in image.info:
        above = image.convert("RGBA")
        white = Image.new("RGB", image.size, "white")
        white.paste(above, mask=above)
        return white
    return image if image.mode in ("L", "RGB") else image.convert("RGB")


def _too_big() -> str:
    return _("This image has more than %(million)s million pixels. Take a smaller picture.") % {
        "million": MAX_PIXELS // 1_000_000
    }


def _damaged() -> str:
    return _(
        "This image is damaged or not complete. Take it once more, or send a screenshot of it."
    )
