"""What cases and evidence of before need: a mail address each, the hash of the original, a day."""

import secrets

from dateutil.relativedelta import relativedelta
from django.db import migrations
from django.db.models import F

MAIL_KEY_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
KEPT = relativedelta(months=24)


def fill(apps, schema_editor):
    Case = apps.get_model("cases", "Case")
    Evidence = apps.get_model("cases", "Evidence")
    Evidence.objects.filter(original_sha256="").update(original_sha256=F("sha256"))
    for pk in Case.objects.filter(mail_key=None).values_list("pk", flat=True).iterator():
        key = "".join(secrets.choice(MAIL_KEY_ALPHABET) for _i in range(16))
        Case.objects.filter(pk=pk).update(mail_key=key)
    closed = Case.objects.filter(status="closed", keep_until=None)
    for pk, day in closed.values_list("pk", "closed_on").iterator():
        Case.objects.filter(pk=pk).update(keep_until=day + KEPT)


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0011_proof'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
