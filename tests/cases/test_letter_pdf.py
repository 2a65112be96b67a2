"""Letters on paper, read back with Poppler's programs."""

from __future__ import annotations

import re
import resource
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from html import unescape

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cases import letter_pdf
from cases.letter_pdf import Language, LetterPage, pdf
from tests import services
from tests.conftest import missing
from tests.papers import read, run, shows_every_letter

A4 = (595.28, 841.89)  # points
MM = 72 / 25.4  # points
# Hostile pages are slow to set: a fourth of the usual number of examples.
HOSTILE = settings(max_examples=max(settings().max_examples // 4, 10), deadline=None)

DUTCH = LetterPage(
    language="nl",
    sender=["Đặng Thị Ngọc-Ánh", "Kortrijksesteenweg 123 bus 4", "9000 Gent"],
    recipient=["Proximus NV", "Klantendienst", "Koning Albert II-laan 27", "1030 BRUSSEL"],
    place="Gent",
    day=date(2026, 3, 5),
    reference="Klantnummer: 123 456 789",
    subject="Opzegging van mijn mobiel abonnement 0470 12 34 56",
    salutation="Geachte mevrouw, geachte heer,",
    paragraphs=[
        ["Hierbij zeg ik mijn abonnement op.", "Mijn klantnummer is 123 456 789."],
        ["Gelieve mij schriftelijk te bevestigen op welke datum het contract eindigt."],
    ],
    closing="Met vriendelijke groeten,",
    name="Đặng Thị Ngọc-Ánh",
    enclosures=["Kopie van de factuur", "Bewijs van de aangetekende zending"],
)


@dataclass(frozen=True)
class Word:
    """A word on paper; lengths in millimetres from the upper left corner of its page."""

    page: int
    left: float
    top: float
    right: float
    bottom: float
    text: str


@pytest.fixture(autouse=True, scope="module")
def poppler() -> None:
    if not services.PARTS["poppler"].program():
        missing("Poppler")


# --- What stands on the page ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "place_and_day", "enclosures"),
    [
        ("nl", "Gent, 5 maart 2026", "Bijlagen:"),
        ("fr", "Gent, le 5 mars 2026", "Annexes :"),
        ("de", "Gent, den 5. März 2026", "Anlagen:"),
        ("en", "Gent, 5 March 2026", "Enclosures:"),
    ],
)
def test_every_element_is_read_back(
    language: Language, place_and_day: str, enclosures: str
) -> None:
    text = read(pdf(replace(DUTCH, language=language)))

    for line in (
        *DUTCH.sender,
        *DUTCH.recipient,
        DUTCH.reference,
        place_and_day,
        DUTCH.subject,
        DUTCH.salutation,
        *(sentence for paragraph in DUTCH.paragraphs for sentence in paragraph),
        DUTCH.closing,
        DUTCH.name,
        enclosures,
        *DUTCH.enclosures,
    ):
        assert line in text


def test_the_elements_are_read_in_their_order() -> None:
    text = read(pdf(DUTCH), "-raw")  # as the page was written, and as a screen reader says it

    order = [
        *(DUTCH.sender[0], DUTCH.recipient[0], DUTCH.reference, "Gent, 5 maart", DUTCH.subject),
        *(DUTCH.salutation, DUTCH.paragraphs[0][0], DUTCH.closing, "Bijlagen:"),
    ]
    places = [text.index(element) for element in order]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("language", "day", "words"),
    [
        ("nl", date(2026, 8, 1), "1 augustus 2026"),
        ("fr", date(2026, 8, 1), "1er août 2026"),
        ("fr", date(2026, 8, 11), "11 août 2026"),
        ("de", date(2026, 3, 1), "1. März 2026"),
        ("en", date(2026, 12, 31), "31 December 2026"),
    ],
)
def test_a_day_is_written_as_the_language_writes_it(
    language: Language, day: date, words: str
) -> None:
    assert words in read(pdf(replace(DUTCH, language=language, day=day, place="")))


@pytest.mark.parametrize(
    "name",
    [
        "Đặng Thị Ngọc-Ánh",
        "Łukasz Żółć",
        "王小明",
        "Şükrü Çağlayan-Yağmur",
        "Ştefăniță Țîrdea",
        "Þórður Æsir Ðœ",
        "Zoë D'Haene-Niño",
        "Оксана Ковальчук",
        "Ελένη Παπαδοπούλου",
        "김민준",
    ],
)
def test_a_name_is_written_with_fonts_that_travel_with_it(name: str) -> None:
    made = pdf(replace(DUTCH, name=name, sender=[name]))

    assert read(made).count(name) == 2
    assert shows_every_letter(made)
    assert all(embedded for _, embedded in fonts(made))


def test_chinese_comes_from_a_chinese_font() -> None:
    made = pdf(replace(DUTCH, subject="Opzegging 王小明", name="王小明"))

    assert any("NotoSansCJK" in name for name, _ in fonts(made))
    assert shows_every_letter(made)


def test_a_screen_reader_gets_tags_title_and_language() -> None:
    made = pdf(DUTCH)

    about = run("pdfinfo", made)
    structure = run("pdfinfo", made, "-struct")
    assert re.search(r"Tagged:\s+yes", about)
    assert f"Title:           {DUTCH.subject}" in about.replace("\u00a0", " ")
    assert "H1" in structure
    assert b"<dc:language><rdf:Bag><rdf:li>nl-BE</rdf:li>" in made
    assert b"<pdfuaid:part>1</pdfuaid:part>" in made


def test_a_page_without_subject_has_a_title_all_the_same() -> None:
    made = pdf(replace(DUTCH, subject=" "))

    assert re.search(r"Title:\s+Brief", run("pdfinfo", made))
    assert shows_every_letter(made)


def test_the_same_page_gives_the_same_bytes() -> None:
    assert pdf(DUTCH) == pdf(DUTCH)
    assert pdf(DUTCH) != pdf(replace(DUTCH, day=date(2026, 3, 6)))


# --- Where it stands -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "recipient",
    [
        ["Telenet BV", "2800 MECHELEN"],
        DUTCH.recipient,
        [
            *("Ombudsdienst voor telecommunicatie", "Service de médiation", "Tweede verdieping"),
            *("Koning Albert II-laan 8 bus 3", "1000 BRUSSEL", "BELGIË"),
        ],
    ],
)
def test_the_address_and_nothing_else_stands_where_the_window_is(recipient: list[str]) -> None:
    sender = ["Amélie de Montmorency-Vandenbroucke-Schwarzenberg", *DUTCH.sender, "a" * 80]

    words = words_of(pdf(replace(DUTCH, recipient=recipient, sender=sender)))

    seen = [word for word in words if word.right > 86 and word.top < 84]
    assert " ".join(word.text for word in seen) == " ".join(recipient)
    assert all(word.left >= 126.9 and word.right <= 190.1 for word in seen)
    assert all(word.top >= 40 and word.bottom <= 69 for word in seen)


def test_an_address_too_long_for_the_window_is_still_there() -> None:
    recipient = [f"Lijn {number} van het adres" for number in range(40)]

    text = read(pdf(replace(DUTCH, recipient=recipient)))

    assert all(line in text for line in recipient)


def test_one_page_carries_no_number() -> None:
    assert "Pagina" not in read(pdf(DUTCH))


def test_a_long_letter_goes_on_with_numbered_pages() -> None:
    sentences = [f"Dit is zin nummer {number} van een lange brief." for number in range(150)]

    made = pdf(replace(DUTCH, paragraphs=[[sentence] for sentence in sentences]))

    text = read(made)
    pages = max(word.page for word in words_of(made))
    assert pages > 2
    assert all(sentence in text for sentence in sentences)
    assert all(f"Pagina {number} van {pages}" in text for number in range(1, pages + 1))


@pytest.mark.parametrize("paragraphs", range(18, 30))
def test_the_signature_never_stands_on_a_page_of_its_own(paragraphs: int) -> None:
    made = pdf(replace(DUTCH, paragraphs=[[f"Alinea {n}."] for n in range(paragraphs)]))

    words = words_of(made)
    closing = next(word.page for word in words if word.text == "vriendelijke")
    last = [word.page for word in words if word.text == "Alinea"][-1]
    assert closing == last


@pytest.mark.parametrize(
    "field", ["reference", "place", "subject", "salutation", "closing", "name"]
)
def test_a_word_wider_than_the_page_breaks_within_it(field: str) -> None:
    made = pdf(replace(DUTCH, **{field: "W" * 300}))

    assert within_the_page(words_of(made))
    assert read(made).replace(" ", "").replace("\u200b", "").count("W") >= 300


def test_a_number_stays_on_one_line() -> None:
    before = ["ik " * words for words in range(30, 60)]  # some end near the margin

    made = pdf(replace(DUTCH, subject="", paragraphs=[[f"{text}0470 12 34 56"] for text in before]))

    starts, ends = (
        [(word.page, word.top) for word in words_of(made) if word.text == part]
        for part in ("0470", "56")
    )
    assert len(starts) == len(before)
    assert starts == ends


# --- What people may type ------------------------------------------------------------------------

MARKUP = [
    '#panic("x")',
    '#read("/etc/passwd")',
    '#sys.inputs.at("letter")',
    "$ x^2 $",
    "@name",
    "<label>",
    "*bold* _slanted_ `raw`",
    "= Heading",
    "- list",
    "\\ \\u{41} \\n \\\\",
    "// comment /* comment */",
    "{page} of {pages} {place} {day}",
    "<b>bold</b> &amp; <script>alert(1)</script>",
    "\"quoted\" 'quoted' -- --- ...",
    "https://example.org/#a",
    "~tilde~ [content] ]",
]


@pytest.mark.parametrize("markup", MARKUP)
def test_markup_is_text(markup: str) -> None:
    page = LetterPage(
        language="nl",
        sender=[markup],
        recipient=[markup],
        place=markup,
        day=DUTCH.day,
        reference=markup,
        subject=markup,
        salutation=markup,
        paragraphs=[[markup, markup]],
        closing=markup,
        name=markup,
        enclosures=[markup],
    )

    made = pdf(page)

    shown = read(made).replace(" ", "")  # a narrow column may break it
    assert shown.count(markup.replace(" ", "")) == 11
    assert shows_every_letter(made)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("A 😀 B 👩‍👩‍👧 C", "A B C"),
        ("A\x00B\x07C\x1b[31mD", "ABC[31mD"),
        ("A\u202eB\u2066C\ufeffD", "ABCD"),
        ("A\ud800B", "AB"),
        ("A\nB\tC\u2028D", "A B C D"),
        ("A \U00010480\U00010481 B", "A ?? B"),  # Osmanya: no font here has it
        ("A \ue000 B", "A ? B"),
        ("é\u0fc6 é", "é é"),  # a mark that no font has leaves the letter alone
    ],
)
def test_what_cannot_be_printed_harms_nothing_else(typed: str, shown: str) -> None:
    made = pdf(replace(DUTCH, salutation=f"Van {typed} tot"))

    assert f"Van {shown} tot" in read(made)
    assert shows_every_letter(made)


def test_marks_do_not_climb_off_the_page() -> None:
    few, many = (replace(DUTCH, sender=["e" + "\u0301" * marks]) for marks in (4, 5_000))

    assert pdf(few) == pdf(many)


def test_arabic_and_hebrew_are_printed() -> None:
    made = pdf(replace(DUTCH, sender=["مرحبا", "שלום"]))

    assert "مرحبا" in read(made)
    assert "שלום" in read(made)


anything = st.text(st.characters(), max_size=60) | st.sampled_from(MARKUP)
long_word = st.builds(
    lambda sign, times: sign * times,
    st.characters()
    | st.sampled_from(["W", "\u0301", "\u202e", "شـ", "😀", "\u2e3b", "﷽", "-", "\u00a0"]),
    st.integers(1, 10_000),
)
scripts = st.text("אבגדהמرحباएकไทยქართ王小明김ﬀ\u0301\u0323\u200d\u202e#$@\\*_<>&'\"-. 0123456789")
typed = anything | long_word | scripts
lines = st.lists(typed, max_size=6)


@HOSTILE
@given(
    page=st.builds(
        LetterPage,
        language=st.sampled_from(["nl", "fr", "de", "en"]),
        sender=lines,
        recipient=lines,
        place=typed,
        day=st.dates(date(2020, 1, 1), date(2090, 1, 1)),
        subject=typed,
        salutation=typed,
        paragraphs=st.lists(lines, max_size=4),
        closing=typed,
        name=typed,
        enclosures=lines,
        reference=typed,
    )
)
@example(replace(DUTCH, recipient=[], sender=[], paragraphs=[], subject="", closing="", name=""))
@example(replace(DUTCH, subject="\U0001f300", name="\U0001f300"))
@example(replace(DUTCH, paragraphs=[["王" * 10_000]]))
@example(replace(DUTCH, recipient=["x" * 10_000], sender=["y" * 10_000]))
def test_whatever_is_typed_gives_a_letter_within_its_page(page: LetterPage) -> None:
    made = pdf(page)

    assert within_the_page(words_of(made))
    assert shows_every_letter(made)


# --- Many letters --------------------------------------------------------------------------------


def test_two_hundred_letters_in_a_row_take_no_more_memory() -> None:
    for number in range(20):
        pdf(replace(DUTCH, name=f"王小明 {number}"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    for number in range(200):
        pdf(replace(DUTCH, name=f"王小明 {number}", paragraphs=[[f"Zin {number}."] * 20] * 5))

    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 20_000  # kilobytes: a page alone, kept 200 times, would be more


def test_letters_made_at_once_do_not_mix() -> None:
    names = [f"Name{number}x" for number in range(40)]

    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda name: pdf(replace(DUTCH, name=name)), names))

    assert all(name in read(letter) for name, letter in zip(names, made, strict=True))


def test_a_fault_of_the_layout_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letter_pdf, "content_of", lambda page, missing: "{}")

    with pytest.raises(RuntimeError):
        pdf(DUTCH)


# --- Reading a PDF -------------------------------------------------------------------------------


def words_of(made: bytes) -> list[Word]:
    found = []
    for number, page in enumerate(run("pdftotext", made, "-bbox").split("<page ")[1:], start=1):
        for box in re.finditer(
            r'<word xMin="(.+?)" yMin="(.+?)" xMax="(.+?)" yMax="(.+?)">(.*?)</word>', page
        ):
            sides = [float(side) / MM for side in box.groups()[:4]]
            found.append(Word(number, *sides, unescape(box[5])))
    return found


def within_the_page(words: list[Word]) -> bool:
    width, height = (side / MM for side in A4)
    return all(
        word.left >= 0 and word.right <= width and word.top >= 0 and word.bottom <= height
        for word in words
    )


def fonts(made: bytes) -> list[tuple[str, bool]]:
    """Name, and whether it is embedded, of each font."""
    rows = run("pdffonts", made).splitlines()[2:]
    return [(row.split()[0], row.split()[-5] == "yes") for row in rows]
