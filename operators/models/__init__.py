"""What operators demand of a person who leaves: procedures in versions, each claim with its source.

Nothing here knows about cases. A published procedure is never edited: a change is a new version,
and who follows the old one keeps it.
"""

from operators.models.operator import Operator
from operators.models.parts import (
    RANK,
    Channel,
    ChannelKind,
    Claim,
    Fact,
    Material,
    PartOfProcedure,
    Source,
    Step,
    Tier,
)
from operators.models.procedure import NotPublishable, Plan, Procedure

__all__ = [
    "RANK",
    "Channel",
    "ChannelKind",
    "Claim",
    "Fact",
    "Material",
    "NotPublishable",
    "Operator",
    "PartOfProcedure",
    "Plan",
    "Procedure",
    "Source",
    "Step",
    "Tier",
]
