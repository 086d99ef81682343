from django.db import migrations, models


def mark_what_was_rehearsed_before(apps, schema_editor):
    apps.get_model("concerts", "Concert").objects.filter(slug="rehearsal").update(is_rehearsal=True)


class Migration(migrations.Migration):
    dependencies = [("concerts", "0004_labels")]

    operations = [
        migrations.AddField(
            model_name="concert",
            name="is_rehearsal",
            field=models.BooleanField(
                db_default=False,
                default=False,
                editable=False,
                help_text="Made to try the platform: not in the catalogue, and not in the figures of sales.",
                verbose_name="rehearsal",
            ),
        ),
        migrations.RunPython(mark_what_was_rehearsed_before, migrations.RunPython.noop),
    ]
