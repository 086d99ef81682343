from django.db import migrations, models


class Migration(migrations.Migration):
    """Orders know the access pass by which their seats were held; those of before know none, and end none."""

    dependencies = [
        ('orders', '0003_labels'),
    ]

    operations = [
        migrations.AddField(
            model_name='order',
            name='pass_id',
            field=models.PositiveBigIntegerField(editable=False, help_text='by which its seats were held; ended with the purchase', null=True, verbose_name='access pass'),
        ),
    ]
