import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('common', '0001_initial'),
    ]

    operations = [
        # The database's column is as it was: auto_now_add overwrote the pause that new work was given.
        migrations.AlterField(
            model_name='outboxmessage',
            name='next_attempt_at',
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
    ]
