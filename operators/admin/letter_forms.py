"""What is filled in on the pages of a letter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy

from operators.catalogue_files import sources
from operators.forms import CHANGED_MEANWHILE, SourcesWidget, TextField, show_again
from operators.models import LetterTemplate, LetterText
from operators.models.reason import REASON_LENGTH
from operators.models.translated import digest

ROWS = (8, 30)  # of a text, at least and at most
CHARACTERS_IN_A_ROW = 60

PUBLISHED_MEANWHILE = gettext_lazy(
    "Nothing was saved: this version is no draft any more. What you typed is still here. Make a new"
    " draft and copy it there."
)


class TypedForm(forms.BaseForm):
    """Saves only what was typed. A field that its editor did not touch shows what is stored now:
    another may have written there since the page was opened. Beside each field goes a digest of
    what the page showed in it."""

    def add_digests(self, stored: Mapping[str, list[str]]) -> None:
        for name, values in stored.items():
            field = f"{name}_was"
            self.fields[field] = forms.CharField(widget=forms.HiddenInput, required=False)
            self.initial[field] = _digest(values)
        if self.is_bound:
            self.data = self.data.copy()  # type: ignore[attr-defined]
            for name, values in stored.items():
                self._keep_what_was_typed(name, values)

    def _keep_what_was_typed(self, name: str, stored: list[str]) -> None:
        data: Any = self.data
        field, was = self.add_prefix(name), self.add_prefix(f"{name}_was")
        if was in data and _digest(data.getlist(field)) == data[was]:
            data.setlist(field, stored)
        data[was] = _digest(stored)


def _digest(values: list[str]) -> str:
    return digest("\n".join(sorted(values)).replace("\r\n", "\n"))


class LetterForm(TypedForm, forms.Form):
    """What belongs to a draft as a whole."""

    sources = forms.MultipleChoiceField(
        label=gettext_lazy("sources"), widget=SourcesWidget, required=False
    )
    reason = forms.CharField(
        label=gettext_lazy("Why do you change it?"),
        max_length=REASON_LENGTH,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=gettext_lazy("Stands in the history beside each change."),
        error_messages={"required": gettext_lazy("Say in a few words why you change it.")},
    )
    opened_at = forms.IntegerField(widget=forms.HiddenInput)
    stale_since: int | None = None

    def __init__(self, data: Any = None, *, letter: LetterTemplate) -> None:
        super().__init__(data)
        self.letter = letter
        self.initial = {"sources": letter.sources, "opened_at": letter.revision}
        field: Any = self.fields["sources"]
        field.choices = _sources(letter)
        self.add_digests({"sources": letter.sources})

    def clean_opened_at(self) -> int:
        """Refuses what was typed on a page that somebody has changed since it was opened."""
        opened: int = self.cleaned_data["opened_at"]
        if not self.letter.is_draft:
            self.add_error(None, forms.ValidationError(PUBLISHED_MEANWHILE, code="published"))
        elif opened != self.letter.revision:
            self.stale_since = opened
            # Shown again with what is new, the page may be saved.
            show_again(self, {"opened_at": self.letter.revision})
            self.add_error(None, forms.ValidationError(CHANGED_MEANWHILE, code="stale"))
        return opened

    @property
    def has_changed_sources(self) -> bool:
        return "sources" in self.changed_data


def _sources(letter: LetterTemplate) -> list[tuple[str, str]]:
    """All of the catalogue, and what this letter names and the catalogue does not know any more."""
    titles = {key: f"{source.title} ({key})" for key, source in sources().items()}
    titles |= {key: key for key in letter.sources if key not in titles}
    return sorted(titles.items(), key=lambda choice: choice[1].lower())


class LetterTextForm(TypedForm, forms.ModelForm):
    """The letter in one language. One that was never written may stay empty in a draft."""

    class Meta:
        model = LetterText
        fields = ("subject", "body")
        field_classes: ClassVar = {"body": TextField}

    def __init__(self, data: Any = None, *, text: LetterText) -> None:
        super().__init__(
            data,
            instance=text,
            prefix=text.language,
            empty_permitted=text._state.adding,
            use_required_attribute=False,
        )
        self.add_digests({"subject": [text.subject], "body": [text.body]})
        attributes = {"lang": text.language, "spellcheck": "true"}
        self.fields["subject"].widget = forms.TextInput(attrs={"class": "vTextField"} | attributes)
        self.fields["body"].widget = forms.Textarea(attrs={"rows": self._rows()} | attributes)
        self.fields["body"].help_text = ""  # said once, above all of them

    def _rows(self) -> int:
        """So many that the text can mostly be read without scrolling in it."""
        lines = str(self["body"].value() or "").splitlines()
        fewest, most = ROWS
        needed = sum(1 + len(line) // CHARACTERS_IN_A_ROW for line in lines) + 1
        return max(fewest, min(needed, most))

    @property
    def lines(self) -> list[str]:
        """As the checks count them."""
        return str(self["body"].value() or "").strip().splitlines()


class PreviewForm(forms.Form):
    """What the sample letter is about."""

    lang = forms.ChoiceField(label=gettext_lazy("Language"), required=False)
    known = forms.ChoiceField(
        label=gettext_lazy("What is known"),
        choices=(
            ("", gettext_lazy("everything")),
            ("required", gettext_lazy("only what has to be filled in")),
        ),
        required=False,
    )
    only = forms.MultipleChoiceField(
        label=gettext_lazy("The letter of a case in which"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
