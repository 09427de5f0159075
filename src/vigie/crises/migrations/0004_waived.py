"""A critical mention that needs no answer is waived; "set aside" means a record that could not be read, and nothing else."""

from django.db import migrations, models


def rename(apps, editor):
    apps.get_model("crises", "Handling").objects.filter(state="aside").update(state="waived")


class Migration(migrations.Migration):
    dependencies = [("crises", "0003_boards")]
    operations = [
        migrations.AlterField(
            "handling",
            "state",
            models.CharField(
                choices=[("taken", "taken"), ("handled", "handled"), ("waived", "no answer needed")], max_length=7
            ),
        ),
        migrations.RunPython(rename, migrations.RunPython.noop),
    ]
