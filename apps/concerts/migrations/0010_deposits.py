import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """A concert's deposits may differ from the platform's settings."""

    dependencies = [
        ('concerts', '0009_moves'),
    ]

    operations = [
        migrations.CreateModel(
            name='DepositPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_offered', models.BooleanField(default=True, verbose_name='deposits offered')),
                ('days', models.PositiveSmallIntegerField(blank=True, help_text="Until the end of so many days after the order's: 0 the same day, 1 the next one.", null=True, validators=[django.core.validators.MaxValueValidator(7)], verbose_name='days to pay')),
                ('until_hours_before', models.PositiveSmallIntegerField(blank=True, help_text='From then on no deposit is offered.', null=True, verbose_name='hours before the show')),
                ('after_hours', models.PositiveSmallIntegerField(blank=True, help_text='For so long no deposit is offered where a queue stands before the sale.', null=True, verbose_name='hours after the sale opens')),
                ('share_percent', models.PositiveSmallIntegerField(blank=True, help_text="So many of a show's seats may wait for deposits at once.", null=True, validators=[django.core.validators.MaxValueValidator(100)], verbose_name='percent of the seats')),
                ('concert', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='deposit_policy', to='concerts.concert', verbose_name='concert')),
            ],
            options={
                'verbose_name': 'deposits',
                'verbose_name_plural': 'deposits',
                'constraints': [models.CheckConstraint(condition=models.Q(('share_percent', None), ('share_percent__lte', 100), _connector='OR'), name='deposit_share_at_most_all_seats'), models.CheckConstraint(condition=models.Q(('days', None), ('days__lte', 7), _connector='OR'), name='deposit_days_at_most_a_week')],
            },
        ),
    ]
