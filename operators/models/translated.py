"""Texts in five languages. English is written first; a translation knows which English it is of.

Which columns are translated stands in `operators/translation.py`, where django-modeltranslation
looks for it: `title` is read in the reader's language, `title_nl` is the column of one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from modeltranslation.translator import translator
from modeltranslation.utils import build_localized_fieldname

from operators.models import rules

SOURCE_LANGUAGE = settings.LANGUAGE_CODE
OTHER_LANGUAGES = tuple(code for code, _name in settings.LANGUAGES if code != SOURCE_LANGUAGE)
DIGEST_LENGTH = 12  # hexadecimal digits; it tells one wording from the next, it protects nothing


class TranslationState(models.TextChoices):
    MISSING = "missing", _("missing")
    OUTDATED = "outdated", _("outdated")
    CURRENT = "current", _("up to date")


@dataclass(frozen=True, slots=True)
class Translation:
    """One text of one row in one language, beside the English that it should say."""

    field: str
    language: str
    source: str
    text: str
    state: TranslationState


def column(field: str, language: str) -> str:
    """The name of the column that holds this field in this language."""
    return build_localized_fieldname(field, language)


def digest(text: str) -> str:
    """Tells whether an English text is still the one that was translated."""
    return hashlib.sha256(text.strip().encode()).hexdigest()[:DIGEST_LENGTH]


class Translated(models.Model):
    """A row with translated texts."""

    translated_from = models.JSONField(
        default=dict,
        blank=True,
        editable=False,
        help_text="Digest of the English that each translation is of, by column.",
    )

    class Meta:
        abstract = True

    def clean(self) -> None:
        """Holds the English texts to the rules; a translation is checked where it is written."""
        super().clean()
        errors: dict[str, ValidationError] = {}
        for field in self.translated_fields():
            try:
                rules.text(str(self.in_english(field)))
            except ValidationError as error:
                errors[column(field, SOURCE_LANGUAGE)] = error
        if errors:
            raise ValidationError(errors)

    @classmethod
    def translated_fields(cls) -> list[str]:
        """The names of the translated fields, in the order of the model."""
        names = translator.get_options_for_model(cls).get_field_names()
        return [field.name for field in cls._meta.concrete_fields if field.name in names]

    def in_language(self, field: str, language: str) -> str:
        """What stands in this language, without falling back to English."""
        return getattr(self, column(field, language)) or ""

    def in_english(self, field: str) -> str:
        return self.in_language(field, SOURCE_LANGUAGE)

    def wording(self) -> str:
        """A digest of all its English: the same in two versions that say the same."""
        return digest("\n".join(self.in_english(name) for name in self.translated_fields()))

    def translate(self, field: str, language: str, text: str) -> None:
        """Sets a translation of the English as it is now; an empty one is taken away. Not saved."""
        name = column(field, language)
        setattr(self, name, text)
        if text:
            self.translated_from[name] = digest(self.in_english(field))
        else:
            self.translated_from.pop(name, None)

    def translation_state(self, field: str, language: str) -> TranslationState:
        source, name = self.in_english(field), column(field, language)
        if not self.in_language(field, language):
            return TranslationState.MISSING if source else TranslationState.CURRENT
        if self.translated_from.get(name) != digest(source):
            return TranslationState.OUTDATED
        return TranslationState.CURRENT

    def translations(self) -> Iterator[Translation]:
        """Every text that has English, in every other language."""
        for field in self.translated_fields():
            if source := self.in_english(field):
                for language in OTHER_LANGUAGES:
                    yield Translation(
                        field,
                        language,
                        source,
                        self.in_language(field, language),
                        self.translation_state(field, language),
                    )
