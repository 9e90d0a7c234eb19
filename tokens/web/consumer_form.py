"""What is said of something that uses an integration's tokens."""

from django import forms

from tokens.models.consumers import WHERE_LENGTH
from tokens.models.inventory import NAME_LENGTH
from tokens.policy.vocabulary import Environment
from tokens.web.careful import CarefulForm


class ConsumerForm(CarefulForm):
    name = forms.CharField(
        label="Name", max_length=NAME_LENGTH, help_text="As people call it: the job, and where."
    )
    where = forms.CharField(
        label="Where, whom to ask",
        required=False,
        max_length=WHERE_LENGTH,
        help_text="Who can say whether it uses the new token.",
    )
    environment = forms.ChoiceField(
        label="Uses tokens of",
        required=False,
        choices=[("", "both environments"), *((word.value, word.value) for word in Environment)],
    )
