from django.db import migrations, models

import cases.models.case


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0012_fill_proof'),
    ]

    operations = [
        migrations.AlterField(
            model_name='case',
            name='mail_key',
            field=models.CharField(default=cases.models.case.new_mail_key, editable=False, max_length=16, unique=True),
        ),
        migrations.RemoveConstraint(
            model_name='evidence',
            name='one_file_proves_a_thing_once',
        ),
        migrations.AddConstraint(
            model_name='evidence',
            constraint=models.UniqueConstraint(condition=models.Q(('removed_at', None)), fields=('case', 'original_sha256', 'proves'), name='one_file_proves_a_thing_once'),
        ),
    ]
