"""What an editor fills in: a procedure, the parts of a draft, and the reason for publishing it."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from operators.models import Procedure

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


class PartForm(forms.ModelForm):
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


class ProcedureForm(forms.ModelForm):
    """A first version is begun here; every later one is a copy of the one before."""

    class Meta:
        model = Procedure
        fields = ("operator", "plan", "summary", "confirm_after")

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


class PublishForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("What is new in this version, and why?"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        help_text=gettext_lazy("Everybody who follows the old version may read this."),
        error_messages={"required": gettext_lazy("Say in a sentence what changed, and why.")},
    )
