"""What an editor fills in: a procedure, the parts of a draft, and the reason for publishing it."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django import forms
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst, slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from modeltranslation.fields import TranslationField

from operators.languages import Text
from operators.models import (
    OTHER_LANGUAGES,
    SOURCE_LANGUAGE,
    Operator,
    Procedure,
    Report,
    TranslationState,
    rules,
)
from operators.models.reason import REASON_LENGTH
from operators.models.translated import column, digest

CHANGED_MEANWHILE = gettext_lazy(
    "Nothing was saved: this draft was changed while you had it open. What you typed is still here."
    " Look at what changed, then save again."
)
KEY_LENGTH = 40  # characters; the column holds ten more, for a number at the end


class TextField(forms.CharField):
    """Several lines. Browsers send CR LF and drop what is blank at the ends: that is no change."""

    def to_python(self, value: Any) -> Any:
        return (super().to_python(value) or "").replace("\r\n", "\n")

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed((initial or "").strip(), data)


class SourcesWidget(forms.CheckboxSelectMultiple):
    """A folded list of boxes to tick; how many are ticked can be read without unfolding it."""

    template_name = "admin/operators/_sources.html"

    def optgroups(self, name: str, value: Any, attrs: Any = None) -> list[Any]:
        """What is ticked comes first."""
        groups = super().optgroups(name, value, attrs)
        return sorted(groups, key=lambda group: not group[1][0]["selected"])

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        # Not through the renderer of forms, which does not look into the project's templates.
        return render_to_string(self.template_name, self.get_context(name, value, attrs))


class SourcesField(forms.TypedMultipleChoiceField):
    """Sources of the same procedure. PartFormSet reads them once for all rows of the page."""

    widget = SourcesWidget

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(coerce=int, empty_value=[], required=False, **kwargs)

    def prepare_value(self, value: Any) -> list[Any]:
        return [getattr(source, "pk", source) for source in value or []]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class EnglishForm(forms.ModelForm):
    """Texts are written in English here, whatever language the editor reads the page in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        columns = {field.name: field for field in self._meta.model._meta.concrete_fields}
        for name, field in self.fields.items():
            column = columns.get(name)
            if isinstance(column, TranslationField) and column.language == SOURCE_LANGUAGE:
                english = column.translated_field
                field.label = capfirst(english.verbose_name)
                field.required = field.widget.is_required = not english.blank


class PartForm(EnglishForm):
    """One row of a draft. The key stays as it is once saved: people's ticks hang on it."""

    def __init__(self, *args: Any, sources: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "key" in self.fields:
            self.fields["key"].required = False
            self.fields["key"].disabled = not self.instance._state.adding
        if "position" in self.fields:
            self.fields["position"].required = False
            if self.instance._state.adding:
                self.initial["position"] = None
        if isinstance(field := self.fields.get("sources"), SourcesField):
            field.choices = sources

    def clean_checked_on(self) -> date:
        return not_to_come(self.cleaned_data["checked_on"])


def not_to_come(day: date) -> date:
    """day: in Belgium."""
    if day > timezone.localdate():
        raise forms.ValidationError(_("This day has not come yet."), code="future")
    return day


class PartFormSet(forms.BaseInlineFormSet):
    """All rows of one kind. A new one without a key or a place is given both."""

    key_from: ClassVar[str]

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return super().get_form_kwargs(index) | {"sources": self.sources}

    @cached_property
    def sources(self) -> list[tuple[int, str]]:
        found = sorted(self.instance.sources.all(), key=lambda source: source.title.lower())
        return [(source.pk, f"{source.title} ({source.get_kind_display()})") for source in found]

    def clean(self) -> None:
        gone = self.deleted_forms
        filled = [
            form
            for form in self.forms
            if form not in gone and (form.has_changed() or not form.instance._state.adding)
        ]
        self._give_keys(filled)
        self._give_places(filled)
        super().clean()

    def _give_keys(self, filled: list[Any]) -> None:
        taken = {form.instance.key for form in self.forms if form.instance.key}
        for form in filled:
            if not form.instance.key and self.key_from in form.cleaned_data:
                wanted = slugify(str(form.cleaned_data[self.key_from]).replace("_", "-"))
                key = free_key(wanted[:KEY_LENGTH].strip("-") or "part", taken)
                form.instance.key = form.cleaned_data["key"] = key
                taken.add(key)

    def _give_places(self, filled: list[Any]) -> None:
        ordered = [form for form in filled if "position" in form.fields]
        last = max((form.instance.position or 0 for form in ordered), default=0)
        for form in ordered:
            if form.instance.position is None and "position" not in form.errors:
                last += 1
                form.instance.position = form.cleaned_data["position"] = last


def free_key(wanted: str, taken: set[str]) -> str:
    key, number = wanted, 2
    while key in taken:
        key, number = f"{wanted}-{number}", number + 1
    return key


def show_again(form: forms.BaseForm, values: dict[str, Any]) -> None:
    """Puts these values into a form that was sent, as if they had been sent with it."""
    data: Any = form.data
    form.data = data = data.copy()
    for name, value in values.items():
        data[form.add_prefix(name)] = str(value)


class ProcedureForm(EnglishForm):
    """A first version is begun here; every later one is a copy of the one before."""

    reason = forms.CharField(
        label=gettext_lazy("Why do you change it?"),
        max_length=REASON_LENGTH,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=gettext_lazy(
            "Stands in the history beside each change. Your last one is filled in."
        ),
        error_messages={"required": gettext_lazy("Say in a few words why you change it.")},
    )
    opened_at = forms.IntegerField(widget=forms.HiddenInput)
    is_stale = False

    class Meta:
        model = Procedure
        fields = (
            "operator",
            "plan",
            "summary_en",
            "confirm_after",
            "final_bill_after",
            "no_more_bills_after",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["opened_at"] = self.instance.revision
        if self.instance._state.adding:
            del self.fields["reason"], self.fields["opened_at"]

    def clean_opened_at(self) -> int:
        """Refuses what was typed on a page that somebody has changed since it was opened."""
        opened: int = self.cleaned_data["opened_at"]
        if opened != self.instance.revision:
            self.is_stale = True
            # Shown again with what is new, the page may be saved.
            show_again(self, {"opened_at": self.instance.revision})
            self.add_error(None, forms.ValidationError(CHANGED_MEANWHILE, code="stale"))
        return opened

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.instance._state.adding and {"operator", "plan"} <= data.keys():
            peers = Procedure.objects.filter(operator=data["operator"], plan=data["plan"])
            if latest := peers.order_by("-version").first():
                self.add_error("plan", self._version_exists(latest))
        return data

    def _version_exists(self, latest: Procedure) -> forms.ValidationError:
        if latest.is_draft:
            sentence = _("There is a draft for this plan already.")
        else:
            sentence = _("There is a version for this plan already. Make a new draft from it.")
        url = reverse("admin:operators_procedure_change", args=[latest.pk])
        link = format_html('{} <a href="{}">{}</a>', sentence, url, latest)
        return forms.ValidationError(link, code="exists")


class TranslationsForm(forms.Form):
    """The head of the page of one language."""

    reason = forms.CharField(
        label=gettext_lazy("Why do you change it?"),
        max_length=REASON_LENGTH,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        error_messages={"required": gettext_lazy("Say in a few words why you change it.")},
    )
    opened_at = forms.IntegerField(widget=forms.HiddenInput)
    stale_since: int | None = None

    def __init__(self, *args: Any, revision: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.current = self.initial["opened_at"] = revision

    def clean_opened_at(self) -> int:
        opened: int = self.cleaned_data["opened_at"]
        if opened != self.current:
            self.stale_since = opened
            show_again(self, {"opened_at": self.current})
            self.add_error(None, forms.ValidationError(CHANGED_MEANWHILE, code="stale"))
        return opened


class TranslationForm(forms.Form):
    """One text in one language. What was not typed in is not saved: another may have."""

    text = TextField(required=False)
    still_right = forms.BooleanField(label=gettext_lazy("still right"), required=False)
    was = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, text: Text) -> None:
        super().__init__(data, prefix=text.name)
        self.of = text
        stored = {"text": text.text, "was": digest(text.text)}
        self.initial = stored
        self.fields["text"].widget = forms.Textarea(
            attrs={"rows": text.lines, "lang": text.language, "aria-label": text.label}
        )
        if self.is_bound and not self._was_typed():
            show_again(self, stored)

    def _was_typed(self) -> bool:
        sent = self.data.get(self.add_prefix("text"))
        was = self.data.get(self.add_prefix("was"))
        return sent is not None and digest(sent.replace("\r\n", "\n")) != was

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        rules.text(text)
        if self.of.longest and len(text) > self.of.longest:
            raise forms.ValidationError(
                _("This is %(length)s characters long; at most %(longest)s fit."),
                params={"length": len(text), "longest": self.of.longest},
            )
        return text

    @property
    def is_new(self) -> bool:
        return bool(self.cleaned_data["text"] != self.of.text.strip())

    @property
    def is_to_be_saved(self) -> bool:
        return self.is_new or bool(self.cleaned_data["still_right"] and self.of.text)

    @property
    def needs_somebody(self) -> bool:
        return self.of.state != TranslationState.CURRENT or bool(self.errors)


class OperatorForm(EnglishForm):
    """The remark on the state stands here in all languages: it is the one text of an operator."""

    NOTES = [column("state_note", language) for language in OTHER_LANGUAGES]

    reason = forms.CharField(
        label=gettext_lazy("Why do you change it?"),
        max_length=REASON_LENGTH,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=gettext_lazy("Stands in the history beside the change."),
        error_messages={"required": gettext_lazy("Say in a few words why you change it.")},
    )
    still_right = forms.BooleanField(
        label=gettext_lazy("The other languages say the same as the English text"), required=False
    )

    class Meta:
        model = Operator
        fields = ()  # the fieldsets of the page name them

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for language, name in zip(OTHER_LANGUAGES, self.NOTES, strict=True):
            if name in self.fields:
                self.fields[name].help_text = self.instance.translation_state(
                    "state_note", language
                ).label

    def clean_state_checked_on(self) -> date | None:
        day: date | None = self.cleaned_data["state_checked_on"]
        return day and not_to_come(day)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in self.NOTES:
            try:
                rules.text(data.get(name) or "")
            except forms.ValidationError as error:
                self.add_error(name, error)
        if bool(data.get("state_source_url")) != bool(data.get("state_checked_on")):
            self.add_error("state_checked_on", _("An address and the day it was read go together."))
        return data

    def save(self, commit: bool = True) -> Any:
        operator = super().save(commit=False)
        operator.because(self.cleaned_data["reason"])
        for language, name in zip(OTHER_LANGUAGES, self.NOTES, strict=True):
            if name in self.changed_data or self.cleaned_data["still_right"]:
                operator.translate("state_note", language, self.cleaned_data.get(name) or "")
        return super().save(commit)


class HandleForm(forms.Form):
    """What became of a report."""

    status = forms.ChoiceField(
        choices=[(one.value, one.label) for one in (Report.Status.DONE, Report.Status.DECLINED)]
    )
    answer = forms.CharField(max_length=300)


class PublishForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("What is new in this version, and why?"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        help_text=gettext_lazy("Everybody who follows the old version may read this."),
        error_messages={"required": gettext_lazy("Say in a sentence what changed, and why.")},
    )
    opened_at = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, revision: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.current = self.initial["opened_at"] = revision

    def clean_opened_at(self) -> int | None:
        """What is published is what the publisher looked at."""
        opened: int | None = self.cleaned_data["opened_at"]
        if opened is not None and opened != self.current:
            show_again(self, {"opened_at": self.current})
            sentence = _("This draft was changed while you looked at it. Please look again.")
            self.add_error(None, forms.ValidationError(sentence, code="stale"))
        return opened
