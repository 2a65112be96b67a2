"""The texts of letters: in files, in the database, in versions."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command

from operators import catalogue, letter_files
from operators.letter_text import fill, parse
from operators.models import LetterKind, LetterTemplate, LetterText, NotPublishable
from tests.factories import NOW

LANGUAGES = ("en", "zh-hans", "nl", "fr", "de")
WRITTEN = [kind for kind in LetterKind.values if kind not in ("phone_script", "shop_sheet")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(letter_files.LETTERS, tmp_path / "letters"))


def bring_in(folder: Path = letter_files.LETTERS, *, publish: bool = True) -> list[str]:
    letters = letter_files.load(catalogue.sources(), folder)
    return letter_files.import_letters(letters, at=NOW, publish=publish)


def edit(folder: Path, kind: str, old: str, new: str) -> None:
    path = folder / f"{kind}.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


# --- What we ship ---------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", WRITTEN)
def test_a_letter_says_what_a_belgian_letter_must(kind: str, language: str) -> None:
    letters = {one.kind: one for one in letter_files.load(catalogue.sources())}
    required = letter_files.words().required[kind]
    names = required.all.union(*required.any_of) - {"full_name"}
    facts = {name: f"«{name}»" for name in names}

    told = " ".join(
        sentence
        for text in (letters[kind].subject[language], letters[kind].body[language])
        for paragraph in fill(parse(text), facts)
        for sentence in paragraph
    )

    assert "«phone_number»" in told
    in_writing = {
        "en": ("in writing", "written"),
        "nl": ("schriftelijk",),
        "fr": ("par écrit", "écrite"),
        "de": ("schriftlich",),
        "zh-hans": ("书面",),
    }
    assert any(words in told for words in in_writing[language]) or kind == "ombudsman"
    for name in required.all - {"full_name", "address", "operator"}:
        assert f"«{name}»" in told, name


def test_nobody_is_offered_a_copy_of_an_identity_card() -> None:
    for one in letter_files.load(catalogue.sources()):
        if one.kind in WRITTEN:
            for word in ("identity card", "identiteitskaart", "identité", "身份证"):
                assert not any(word in text for text in one.body.values()), one.kind


def test_the_words_between_are_there_in_every_language() -> None:
    words = letter_files.words()

    for group in (words.frame, words.channel, words.relation):
        for name, texts in group.items():
            assert set(texts) == set(LANGUAGES), name
    assert set(words.required) == set(LetterKind.values)


# --- Bringing them in -----------------------------------------------------------------------------


@pytest.mark.django_db
def test_every_kind_is_published_once_with_five_texts() -> None:
    first, second = bring_in(), bring_in()

    assert len(first) == 15
    assert second == []
    assert LetterTemplate.objects.published().count() == 15
    assert LetterText.objects.count() == 15 * 5
    assert all(one.problems() == [] for one in LetterTemplate.objects.all())


@pytest.mark.django_db
def test_the_command_brings_in_letters_too(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_catalogue", publish=True)

    assert "letter refund_credit: version 1 published" in capsys.readouterr().out


@pytest.mark.django_db
def test_a_changed_file_is_a_new_version_and_the_old_one_stays(folder: Path) -> None:
    bring_in(folder)
    edit(folder, "refund_credit", "I make this request on {today}.", "I ask this on {today}.")

    assert bring_in(folder) == ["letter refund_credit: version 2 published"]

    old, new = LetterTemplate.objects.filter(kind="refund_credit").order_by("version")
    assert (old.status, new.status) == ("retired", "published")
    assert "I make this request" in old.text_in("en").body


@pytest.mark.django_db
def test_what_an_administrator_wrote_is_never_superseded(folder: Path) -> None:
    bring_in(folder)
    published = LetterTemplate.objects.published().get(kind="withdrawal")
    draft = published.new_draft()
    text = draft.text_in("nl")
    text.subject = "Herroeping: {phone_number}"
    text.save()
    draft.publish(by=None, at=NOW, reason="Shorter")
    edit(folder, "withdrawal", "subject:", "change_reason: New\nsubject:")
    edit(folder, "withdrawal", "{phone_number}", "nr {phone_number}")

    assert bring_in(folder) == ["letter withdrawal: version 3 made as a draft"]
    assert LetterTemplate.objects.published().get(kind="withdrawal") == draft


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("{iban}", "{bank}", "refund_credit.yaml: body.en: line 15: the placeholder {bank}"),
        ("[mandate]", "[friend]", "body.en: line 3: the condition [friend] does not exist"),
        ("  de: ", "  it: ", "refund_credit.yaml: subject: is not there in each of en, zh-hans"),
        ("sources: [", "sources: [nobody, ", "refund_credit.yaml: sources: “nobody” is not known"),
        ("subject:", "title:", "refund_credit.yaml: unknown key “title”"),
    ],
)
def test_a_mistake_is_named_with_its_file(folder: Path, old: str, new: str, complaint: str) -> None:
    edit(folder, "refund_credit", old, new)

    with pytest.raises(catalogue.CatalogueError) as caught:
        letter_files.load(catalogue.sources(), folder)

    assert any(complaint in problem for problem in caught.value.problems), caught.value.problems


# --- Versions -------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "place"),
    [
        ("Ik zeg {alles} op.", "line 1: the placeholder {alles} does not exist"),
        ("Ik zeg {phone_number op.", "line 1: a curly bracket is not closed or not opened"),
    ],
)
def test_a_text_that_cannot_be_filled_is_refused_with_the_place(body: str, place: str) -> None:
    bring_in()
    text = LetterTemplate.objects.get(kind="withdrawal").new_draft().text_in("nl")
    text.body = body

    with pytest.raises(ValidationError) as caught:
        text.full_clean()

    assert caught.value.message_dict == {"body": [place]}


@pytest.mark.django_db
def test_a_draft_without_a_language_or_with_other_sentences_is_not_published() -> None:
    bring_in()
    draft = LetterTemplate.objects.get(kind="withdrawal").new_draft()
    draft.text_in("zh-hans").delete()
    dutch = draft.text_in("nl")
    dutch.body = "Ik herroep."
    dutch.save()
    draft.refresh_from_db()

    with pytest.raises(NotPublishable, match="zh-hans: is missing"):
        draft.publish(by=None, at=NOW)

    LetterText.objects.create(template=draft, language="zh-hans", subject="x", body="x")
    with pytest.raises(NotPublishable, match="nl: body: has 1 sentences in its paragraphs"):
        draft.publish(by=None, at=NOW)


@pytest.mark.django_db
def test_a_published_letter_is_never_changed() -> None:
    bring_in()
    published = LetterTemplate.objects.get(kind="withdrawal")
    text = published.text_in("nl")

    for change in (published.save, published.delete, text.save, text.delete):
        with pytest.raises(ValidationError):
            change()


@pytest.mark.django_db
def test_a_subject_says_the_same_in_every_language() -> None:
    bring_in()
    draft = LetterTemplate.objects.get(kind="withdrawal").new_draft()
    german = draft.text_in("de")
    german.subject = "Widerruf des Vertrags"
    german.save()

    assert draft.problems() == ["de: subject: line 1: has other placeholders or another condition"]


@pytest.mark.django_db
def test_a_rewritten_draft_counts_its_saves_and_keeps_the_reason() -> None:
    bring_in()
    draft = LetterTemplate.objects.get(kind="withdrawal").new_draft(reason="Copied")
    dutch = draft.text_in("nl")
    dutch.subject = "Herroeping: {phone_number}"

    draft.rewrite([dutch], sources=["bipt_faq22"], reason="Shorter")

    draft.refresh_from_db()
    assert (draft.revision, draft.sources) == (1, ["bipt_faq22"])
    assert draft.text_in("nl").subject == "Herroeping: {phone_number}"
    reasons = [record.history_change_reason for record in dutch.history.order_by("history_id")]
    assert reasons == ["Copied", "Shorter"]
    draft.publish(by=None, at=NOW)
    with pytest.raises(ValidationError):
        draft.rewrite([dutch], sources=[], reason="Too late")


@pytest.mark.django_db
def test_the_history_of_a_replaced_version_says_by_which() -> None:
    bring_in()
    first = LetterTemplate.objects.get(kind="withdrawal")

    first.new_draft().publish(by=None, at=NOW)

    last = first.history.order_by("history_id").last()
    assert (last.status, last.history_change_reason) == ("retired", "Version 2 was published.")
