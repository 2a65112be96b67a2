"""Takes people out of a text that machines wrote, such as the answer of a mail server."""

import re

EMAIL = re.compile(r"([^\s<>'\"(){}\[\],;:@])[^\s<>'\"(){}\[\],;:@]*@([\w.-]+)")
# Seven digits and more, whatever stands between them: a phone number, or may be one.
LONG_NUMBER = re.compile(r"\+?\d(?:[ ./()-]?\d){6,}")


def masked(text: str) -> str:
    """The text without whole e-mail addresses and phone numbers: `a•••@example.be`."""
    return LONG_NUMBER.sub("•••", EMAIL.sub(r"\1•••@\2", text))
