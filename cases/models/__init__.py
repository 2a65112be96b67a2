from cases.models.answer import Answer
from cases.models.case import Case, StepTick
from cases.models.event import CaseEvent
from cases.models.evidence import Evidence
from cases.models.letter import Letter
from cases.models.reminder import Reminder

__all__ = ["Answer", "Case", "CaseEvent", "Evidence", "Letter", "Reminder", "StepTick"]
