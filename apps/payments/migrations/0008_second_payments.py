import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0003_labels'),
        ('payments', '0007_refund_lines'),
    ]

    operations = [
        migrations.AddField(
            model_name='payment',
            name='is_partly_refundable',
            field=models.BooleanField(db_default=True, default=True, help_text='else only the whole goes back', verbose_name='refundable in part'),
        ),
        migrations.AddField(
            model_name='refund',
            name='given_before_krw',
            field=models.PositiveIntegerField(db_default=0, default=0, help_text="of its lines' price, at the provider's own desk", verbose_name='given before'),
        ),
        migrations.CreateModel(
            name='SurplusPayment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('provider', models.CharField(max_length=20, verbose_name='provider')),
                ('payment_key', models.CharField(max_length=200, unique=True, verbose_name='payment key')),
                ('method', models.CharField(blank=True, max_length=32, verbose_name='method')),
                ('amount_krw', models.PositiveIntegerField(verbose_name='amount')),
                ('status', models.CharField(choices=[('FOUND', 'found; it goes back'), ('DONE', 'gone back'), ('REFUSED', 'the provider refuses; staff have to')], default='FOUND', max_length=12, verbose_name='status')),
                ('tries', models.PositiveIntegerField(default=0, verbose_name='tries')),
                ('provider_code', models.CharField(blank=True, max_length=64, verbose_name="provider's code")),
                ('transaction_key', models.CharField(blank=True, max_length=64, verbose_name='transaction key')),
                ('found_at', models.DateTimeField(verbose_name='found at')),
                ('settled_at', models.DateTimeField(null=True, verbose_name='settled at')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='surplus_payments', to='orders.order', verbose_name='order')),
            ],
            options={
                'verbose_name': 'second payment',
                'verbose_name_plural': 'second payments',
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['status', 'found_at'], name='payments_surplus')],
            },
        ),
    ]
