from django.db import migrations

from apps.concerts.policy_presets import install_presets


def install(apps, schema_editor):
    policies = apps.get_model("concerts", "CancellationPolicy")
    tiers = apps.get_model("concerts", "CancellationTier")
    install_presets(policies.objects, tiers.objects)


class Migration(migrations.Migration):
    dependencies = [("concerts", "0001_initial")]

    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
