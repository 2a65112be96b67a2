"""What can go wrong with a case. Each text is a sentence that may be shown to the person."""


class CaseError(Exception):
    """The case refuses; `str(error)` says why, in the reader's language."""


class InvalidMove(CaseError):
    """This verb does not belong to the status that the case is in."""


class StaleCase(CaseError):
    """Somebody else, or another tab, was faster."""


class NothingToUndo(CaseError):
    """The last press is too old, was undone already, or there was none."""


class RefusedFile(CaseError):
    """A file that we do not keep as evidence."""


class AlreadyFiled(CaseError):
    """The same file proves the same thing in this case already."""


class BadLink(CaseError):
    """A link out of a mail that nobody signed."""


class ExpiredLink(BadLink):
    """A link out of a mail that is too old to act."""


class SentBefore(CaseError):
    """A letter of this kind has left already; the person is asked before a second one does."""
