from django.db import migrations, models

import accounts.models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_fill_calendar_keys'),
    ]

    operations = [
        migrations.AlterField(
            model_name='user',
            name='calendar_key',
            field=models.CharField(default=accounts.models.new_calendar_key, editable=False, max_length=40, unique=True),
        ),
    ]
