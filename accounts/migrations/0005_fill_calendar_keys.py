import secrets

from django.db import migrations


def fill(apps, schema_editor):
    User = apps.get_model('accounts', 'User')
    without = User.objects.filter(calendar_key__isnull=True)
    for pk in list(without.values_list('pk', flat=True)):
        without.filter(pk=pk).update(calendar_key=secrets.token_hex(20))


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_calendar_key'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
