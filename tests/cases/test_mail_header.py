"""What is read out of mails: of operators, of people who forward them, and of broken ones."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import mail_header
from cases.mail_header import Header
from tests.cases.incoming import FILES, raw
from tests.factories import PDF


def mail(*lines: str, body: bytes = b"Text") -> bytes:
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def test_there_are_twenty_files_to_learn_from() -> None:
    assert len(FILES) == 20


@pytest.mark.parametrize(
    ("file", "sender", "subject", "text"),
    [
        ("01", "Noordnet Klantendienst <", "We hebben je vraag ontvangen [#2026-30917]", "Dag Al"),
        ("02", "Service client Télésud <", "Accusé de réception de votre demande", "Bonjour,\n"),
        ("03", "Ostfunk Kundendienst <", "Ihre Kündigung ist eingegangen", "Guten Tag,\n\nIhre Kü"),
        ("04", "Westline Mobile <no-reply@", "We got your message", "Hello,\n\nThanks for writ"),
        ("05", "Noordnet <klantendienst@", "Bevestiging van je opzegging", "Dag Alice,\n\nWe bev"),
        (
            "06",
            "Télésud <contact@",
            "Confirmation de résiliation",
            "Votre abonnement prend fin le 6",
        ),
        ("07", '"Ostfunk, Kundendienst" <', "Bestätigung Ihrer Kündigung zum 8. April", "Ihr Ve"),
        ("08", "Westline Billing <billing@", "Your last bill", "Your last bill is attached."),
        ("09", "Alice <alice@", "Fwd: Bevestiging van je opzegging", "---------- Doorgestuurd"),
        ("11", "Télésud <contact@", "Résiliation", "Votre demande de résiliation a été reçue."),
        ("14", "Ostfunk <service@", "Kündigung erhalten", "Wir haben Ihre Kündigung erhalten. Sch"),
        ("15", '"Noordnet Backoffice" <', "RE: opzegging", "Zie bijlage. Kosten: 0 €"),
        ("17", "东方电信客服 <", "您的解约申请已经收到,请保留此邮件作为凭证", "您好"),
        ("19", "Noordnet <", "Bijlagen", "Dit deel is beschadigd, en leesbaar."),
    ],
)
def test_sender_subject_and_text_are_read(file: str, sender: str, subject: str, text: str) -> None:
    header = mail_header.read(raw(file))

    assert header.sender.startswith(sender)
    assert header.subject.startswith(subject)
    assert header.text.startswith(text)


def test_the_date_keeps_its_moment_and_what_cannot_be_meant_is_none() -> None:
    brussels = timezone(timedelta(hours=1))

    assert mail_header.read(raw("01")).sent_at == datetime(2026, 3, 3, 9, 14, 5, tzinfo=brussels)
    assert mail_header.read(raw("13")).sent_at is None
    assert mail_header.read(raw("20")).sent_at is None
    assert mail_header.read(mail("Date: Mon, 1 Jan 1900 00:00:00 +1400")).sent_at is None
    assert mail_header.read(mail("Date: Fri, 31 Dec 9999 23:59:59 -1200")).sent_at is None
    without_zone = mail_header.read(mail("Date: Tue, 3 Mar 2026 10:00:00 -0000")).sent_at
    assert without_zone == datetime(2026, 3, 3, 10, tzinfo=UTC)


def test_recipients_are_those_of_to_and_cc() -> None:
    header = mail_header.read(raw("02"))

    assert header.recipients == (
        '"Alice" <alice@example.org>, case+abcdefghij234567@in.simexit.test'
    )


def test_attachments_are_named_with_the_digest_of_what_a_person_would_save() -> None:
    letter = mail_header.read(raw("05")).attachments[-1]
    bill = mail_header.read(raw("08")).attachments[0]

    assert (letter.name, letter.content_type) == ("Bevestiging opzegging.pdf", "application/pdf")
    assert (letter.size, letter.sha256) == (len(PDF), hashlib.sha256(PDF).hexdigest())
    assert bill.name == "Last bill – April 2026.pdf"  # noqa: RUF001


@pytest.mark.parametrize(
    ("file", "types"),
    [
        ("01", []),
        ("02", []),
        ("05", ["image/png", "application/pdf"]),
        ("15", ["application/ms-tnef"]),
        ("16", ["text/calendar"]),
        ("18", ["message/delivery-status", "message/rfc822"]),
    ],
)
def test_what_is_no_text_is_an_attachment(file: str, types: list[str]) -> None:
    assert [one.content_type for one in mail_header.read(raw(file)).attachments] == types


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_machine_that_answers_says_so(file: object) -> None:
    name = getattr(file, "stem", "")

    header = mail_header.read(raw(name[:2]))

    assert header.automatic == (name[:2] in {"01", "02", "03", "04", "18"})


def test_a_mail_forwarded_as_a_file_says_who_forwarded_it_and_what_it_is() -> None:
    header = mail_header.read(raw("10"))

    (inside,) = header.attachments
    assert header.sender == "Alice <alice@example.org>"
    assert (inside.name, inside.content_type) == ("Confirmation.eml", "message/rfc822")
    assert inside.sender == "Télésud <contact@telesud.example>"
    assert inside.subject == "Confirmation de résiliation"
    assert inside.sent_at is not None
    assert inside.sent_at.date().isoformat() == "2026-03-06"
    assert header.text.startswith("Voici la confirmation.\n\nVotre abonnement prend fin")


# --- HTML -----------------------------------------------------------------------------------------


def test_a_page_becomes_its_words() -> None:
    page = (
        b"<html><head><title>no</title><style>p{}</style></head><body><p>One &lt;two&gt;<br>three"
        b"</p><!-- no --><script>if (1 < 2) no()</script><ul><li>four\r\nfive<li>six</ul></body>"
    )

    header = mail_header.read(mail("Content-Type: text/html", body=page))

    assert header.text.split() == ["One", "<two>", "three", "four", "five", "six"]
    assert "One <two>\nthree\n" in header.text


@pytest.mark.parametrize("piece", [b"<div>", b"<a", b"<!--", b"<script>", b"&", b"<![", b"&#0;"])
def test_a_page_of_two_million_beginnings_is_read_as_far_as_is_shown(piece: bytes) -> None:
    header = mail_header.read(mail("Content-Type: text/html", body=piece * 2_000_000))

    assert len(header.text) <= mail_header.TEXT_LENGTH


# --- Broken and hostile ---------------------------------------------------------------------------


def test_no_text_holds_what_a_database_or_a_reader_stumbles_over() -> None:
    texts = [text for file in FILES for text in texts_of(mail_header.read(file.read_bytes()))]

    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\u202a-\u202e]", "".join(texts))


def texts_of(header: Header) -> list[str]:
    names = [text for one in header.attachments for text in (one.name, one.sender, one.subject)]
    types = [one.content_type for one in header.attachments]
    return [
        *(header.sender, header.recipients, header.subject, header.message_id, header.text),
        *names,
        *types,
    ]


def test_parts_in_parts_are_followed_so_deep_and_no_deeper() -> None:
    deep = "".join(
        f"Content-Type: multipart/mixed; boundary=b{i}\r\n\r\n--b{i}\r\n" for i in range(3000)
    )

    header = mail_header.read(f"From: a@example.org\r\n{deep}".encode())

    assert [one.content_type for one in header.attachments] == ["multipart/mixed"]


def test_no_more_than_a_hundred_parts_are_listed() -> None:
    part = b"--b\r\nContent-Disposition: attachment\r\n\r\nx\r\n"

    header = mail_header.read(mail("Content-Type: multipart/mixed; boundary=b", body=part * 5000))

    assert len(header.attachments) <= mail_header.PARTS


def test_a_mail_of_ten_megabytes_is_read_and_its_attachment_is_whole() -> None:
    content = bytes(range(256)) * 28_000  # packed for the road: ten megabytes
    body = b"\r\n".join(
        [
            b"--b\r\nContent-Type: text/plain\r\n\r\nHere it is.",
            b"--b\r\nContent-Type: image/jpeg; name=a.jpg\r\nContent-Transfer-Encoding: base64\r\n",
            base64.encodebytes(content).replace(b"\n", b"\r\n") + b"--b--",
        ]
    )

    header = mail_header.read(mail("Content-Type: multipart/mixed; boundary=b", body=body))

    (attachment,) = header.attachments
    assert header.text == "Here it is."
    assert (attachment.name, attachment.size) == ("a.jpg", len(content))
    assert attachment.sha256 == hashlib.sha256(content).hexdigest()


PIECES = st.sampled_from(
    [
        *(b"From: ", b"Subject: ", b"Date: ", b"Content-Type: ", b"Content-Disposition: "),
        *(b"Content-Transfer-Encoding: ", b"To: ", b"Message-ID: ", b"text/plain", b"text/html"),
        *(b"multipart/mixed; boundary=b", b"message/rfc822", b"; charset=", b"utf-16", b"punycode"),
        *(b"; name*0*=", b"utf-8''%ff", b"filename*=", b"attachment", b"base64", b"hex"),
        *(b"quoted-printable", b"=?utf-8?B?", b"=?utf-8?Q?", b"?=", b"=zz", b"====", b"QUJD"),
        *(b"\r\n", b"\n", b"\r\n\r\n", b"\n\n", b"\r\n ", b"--b\r\n", b"--b--\r\n", b"\x00"),
        *(
            b"Tue, 3 Mar 2026 10:00:00 +0100",
            b"+9999",
            b"99999999999",
            b"<",
            b"<!--",
            b"&#x110000;",
        ),
    ]
)


@given(st.lists(PIECES | st.binary(max_size=8), max_size=40))
def test_whatever_the_bytes_are_they_are_read(pieces: list[bytes]) -> None:
    header = mail_header.read(b"".join(pieces))

    assert all("\x00" not in text and text.encode() is not None for text in texts_of(header))
    assert len(header.text) <= mail_header.TEXT_LENGTH


@given(st.sampled_from(FILES), st.integers(0, 2500), st.binary(max_size=20), st.integers(0, 300))
def test_a_real_mail_may_be_damaged_anywhere(
    file: object, place: int, damage: bytes, cut: int
) -> None:
    whole = getattr(file, "read_bytes")()  # noqa: B009

    header = mail_header.read(whole[:place] + damage + whole[place + cut :])

    assert all("\x00" not in text and text.encode() is not None for text in texts_of(header))


@given(st.text(st.characters(categories=["L", "N", "P"]), max_size=300))
def test_a_subject_in_any_letters_comes_back(subject: str) -> None:
    packed = base64.b64encode(subject.encode()).decode()

    header = mail_header.read(mail(f"Subject: =?utf-8?B?{packed}?="))

    assert header.subject == subject


def test_only_the_header_is_shown_and_as_plain_text() -> None:
    shown = mail_header.shown(mail("From: <b>a</b>", "Subject: x\x00y", body=b"A secret"))

    assert shown == "From: <b>a</b>\nSubject: xy"
