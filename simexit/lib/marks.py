"""Marks texts for the translators where Django may not be imported; who shows them looks them up.

GNU gettext collects by these names.
"""


def gettext_noop(text: str) -> str:
    return text


def pgettext(context: str, text: str) -> str:
    """A text that means something else elsewhere. Look it up with the same context."""
    return text
