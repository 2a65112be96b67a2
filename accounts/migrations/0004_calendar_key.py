from django.db import migrations, models


class Migration(migrations.Migration):
    """Empty at first: a default would be one key for all who are here already."""

    dependencies = [
        ('accounts', '0003_weekdays_of_mails'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='calendar_key',
            field=models.CharField(editable=False, max_length=40, null=True, unique=True),
        ),
    ]
