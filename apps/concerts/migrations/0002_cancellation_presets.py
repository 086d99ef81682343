from django.db import migrations

from apps.concerts.policy_presets import install_presets


def install(apps, schema_editor):
    install_presets(apps.get_model("concerts", "CancellationPolicy"), apps.get_model("concerts", "CancellationTier"))


class Migration(migrations.Migration):
    dependencies = [("concerts", "0001_initial")]

    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
