"""The timeline shows a mail from its own rows. An event that says the same would show it twice."""

from itertools import groupby

from django.db import migrations


def drop(apps, schema_editor):
    apps.get_model("cases", "CaseEvent").objects.filter(kind="mailed").delete()


def make_again(apps, schema_editor):
    """One event for each mail that left, as they were written before."""
    CaseEvent = apps.get_model("cases", "CaseEvent")
    Reminder = apps.get_model("cases", "Reminder")
    sent = Reminder.objects.filter(status="sent").order_by("case_id", "sent_at", "message_id")

    def mail(row):
        return row.case_id, row.sent_at, row.message_id

    CaseEvent.objects.filter(kind="mailed").delete()
    CaseEvent.objects.bulk_create(
        (
            CaseEvent(case_id=case, kind="mailed", at=at, note=" ".join(row.kind for row in rows))
            for (case, at, _message_id), rows in groupby(sent.iterator(), key=mail)
        ),
        batch_size=1000,
    )


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0006_mails_are_their_own_record'),
    ]

    operations = [
        migrations.RunPython(drop, make_again),
    ]
