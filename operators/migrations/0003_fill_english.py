"""What was written in English before there were other languages moves to its English column."""

from django.db import migrations
from django.db.models import F

TEXTS = {
    "Operator": ("state_note",),
    "Procedure": ("summary",),
    "Step": ("title", "body", "special"),
    "Channel": ("hours", "note", "instructions"),
    "Material": ("name", "note"),
    "Fact": ("text",),
}


def fill(apps, schema_editor):
    for model, names in TEXTS.items():
        for table in (model, f"Historical{model}"):
            rows = apps.get_model("operators", table).objects
            for name in names:
                rows.filter(**{f"{name}_en__isnull": True}).update(**{f"{name}_en": F(name)})


class Migration(migrations.Migration):

    dependencies = [
        ('operators', '0002_five_languages_and_reports'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
