"""Where procedures and letters are kept true: edited as drafts, published, and written down."""

from operators.admin.letter import LetterAdmin
from operators.admin.operator import OperatorAdmin
from operators.admin.procedure import ProcedureAdmin
from operators.admin.report import ReportAdmin

__all__ = ["LetterAdmin", "OperatorAdmin", "ProcedureAdmin", "ReportAdmin"]
