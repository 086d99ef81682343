from django.db import migrations, models


def mark_what_was_rehearsed_before(apps, schema_editor):
    apps.get_model("counseling", "Domain").objects.filter(name="리허설").update(is_rehearsal=True)


class Migration(migrations.Migration):
    dependencies = [("counseling", "0005_labels")]

    operations = [
        migrations.AddField(
            model_name="domain",
            name="is_rehearsal",
            field=models.BooleanField(
                db_default=False,
                default=False,
                editable=False,
                help_text="Made to try the platform: not offered to customers, and not in the figures.",
                verbose_name="rehearsal",
            ),
        ),
        migrations.RunPython(mark_what_was_rehearsed_before, migrations.RunPython.noop),
    ]
