"""Where procedures are kept true: edited as drafts, published, and written down."""

from operators.admin.operator import OperatorAdmin
from operators.admin.procedure import ProcedureAdmin
from operators.admin.report import ReportAdmin

__all__ = ["OperatorAdmin", "ProcedureAdmin", "ReportAdmin"]
