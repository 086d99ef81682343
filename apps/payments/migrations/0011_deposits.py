from django.db import migrations, models


class Migration(migrations.Migration):
    """Rows to lock while deposits are opened, and the act of staff that ends one."""

    dependencies = [
        ('orders', '0004_deposits'),
        ('payments', '0010_cash_receipts'),
    ]

    operations = [
        migrations.CreateModel(
            name='DepositGate',
            fields=[
                ('name', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('passed_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='WaitingDeposit',
            fields=[
            ],
            options={
                'verbose_name': 'open deposit',
                'verbose_name_plural': 'open deposits',
                'proxy': True,
                'default_permissions': (),
                'indexes': [],
                'constraints': [],
            },
            bases=('orders.order',),
        ),
        migrations.AlterField(
            model_name='staffact',
            name='kind',
            field=models.CharField(choices=[('cancel', 'order cancelled'), ('resend_tickets', 'tickets sent again'), ('retry_refund', 'refund tried again'), ('ask_provider', 'provider asked'), ('name_account', "refund's account named"), ('settle_by_hand', 'refund settled by hand'), ('release_deposit', 'deposit released')], max_length=16, verbose_name='act'),
        ),
    ]
