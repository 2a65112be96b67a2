from cases.models.answer import Answer
from cases.models.case import Case, StepTick
from cases.models.check import Check
from cases.models.event import CaseEvent
from cases.models.evidence import Evidence
from cases.models.inbound import InboundMail
from cases.models.letter import Letter
from cases.models.loose_file import LooseFile
from cases.models.message import Message
from cases.models.reminder import Reminder
from cases.models.share import ShareLink, ShareView

__all__ = [
    "Answer",
    "Case",
    "CaseEvent",
    "Check",
    "Evidence",
    "InboundMail",
    "Letter",
    "LooseFile",
    "Message",
    "Reminder",
    "ShareLink",
    "ShareView",
    "StepTick",
]
