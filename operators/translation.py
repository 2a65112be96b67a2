"""Which texts stand in five languages. django-modeltranslation reads this file at the start.

The history of each model holds the same columns, so that a changed translation shows there too.
"""

from __future__ import annotations

from django.db import models
from modeltranslation.translator import TranslationOptions, translator

from operators.models import Channel, Fact, Material, Operator, Procedure, Step

TEXTS: dict[type[models.Model], tuple[str, ...]] = {
    Operator: ("state_note",),
    Procedure: ("summary",),
    Step: ("title", "body", "special"),
    Channel: ("hours", "note", "instructions", "say", "bring", "expect"),
    Material: ("name", "note"),
    Fact: ("text",),
}

for model, names in TEXTS.items():
    for one in (model, model.history.model):  # type: ignore[attr-defined]
        translator.register(one, type("Options", (TranslationOptions,), {"fields": names}))
