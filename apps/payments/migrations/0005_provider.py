from django.db import migrations, models

# Whatever was paid before a payment named its provider was paid at Toss: there was no other. That is so whichever
# provider the settings name when this runs.
BEFORE = 'toss'


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0004_labels'),
    ]

    operations = [
        migrations.AddField(
            model_name='payment',
            name='provider',
            field=models.CharField(default=BEFORE, help_text='who took it, and gives it back', max_length=20, verbose_name='provider'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='paymentattempt',
            name='provider',
            field=models.CharField(default=BEFORE, max_length=20, verbose_name='provider'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='webhookdelivery',
            name='provider',
            field=models.CharField(default=BEFORE, max_length=20, verbose_name='provider'),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name='webhookdelivery',
            name='transmission_id',
            field=models.CharField(max_length=64, null=True, verbose_name='transmission'),
        ),
        migrations.AddConstraint(
            model_name='webhookdelivery',
            constraint=models.UniqueConstraint(fields=('provider', 'transmission_id'), name='one_message_per_transmission'),
        ),
    ]
