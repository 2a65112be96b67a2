"""The rows of a procedure as they stand on its page, one section for each kind."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from operators.forms import PartForm, PartFormSet, SourcesField, TextField
from operators.models import Channel, Fact, Material, Source, Step

KEY: Any = (_("For the computer"), {"classes": ["collapse"], "fields": ["key"]})


class PartInline(admin.StackedInline):
    form = PartForm
    extra = 0
    classes = ("collapse",)
    formfield_overrides = {
        models.TextField: {
            "form_class": TextField,
            "widget": AdminTextareaWidget(attrs={"rows": 6}),
        },
        models.URLField: {"assume_scheme": "https"},
    }
    key_from: str

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        named = type("PartFormSet", (PartFormSet,), {"key_from": self.key_from})
        return super().get_formset(request, obj, formset=named, **kwargs)


class ClaimInline(PartInline):
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("sources")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return SourcesField(label=capfirst(db_field.verbose_name))


class StepInline(ClaimInline):
    model = Step
    key_from = "title_en"
    prepopulated_fields = {"key": ("title_en",)}
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("position", "title_en"),
                    ("kind", "goal"),
                    "body_en",
                    "special_en",
                    "sources",
                ]
            },
        ),
        KEY,
    ]


class ChannelInline(ClaimInline):
    model = Channel
    key_from = "kind"
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("position", "kind"),
                    "value",
                    "hours_en",
                    "instructions_en",
                    "say_en",
                    "bring_en",
                    "expect_en",
                    "note_en",
                    "sources",
                ]
            },
        ),
        KEY,
    ]


class MaterialInline(ClaimInline):
    model = Material
    key_from = "name_en"
    prepopulated_fields = {"key": ("name_en",)}
    fieldsets = [(None, {"fields": [("position", "name_en"), "note_en", "sources"]}), KEY]


class FactInline(ClaimInline):
    model = Fact
    key_from = "topic"
    fieldsets = [(None, {"fields": [("position", "topic"), "text_en", "sources"]}), KEY]


class SourceInline(PartInline):
    model = Source
    key_from = "title"
    prepopulated_fields = {"key": ("title",)}
    fieldsets = [
        (
            None,
            {"fields": ["title", "url", ("kind", "published"), ("checked_on", "tier"), "note"]},
        ),
        KEY,
    ]
