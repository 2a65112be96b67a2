"""What operators demand of a person who leaves: procedures in versions, each claim with its source.

Nothing here knows about cases. A published procedure is never edited: a change is a new version,
and who follows the old one keeps it.
"""

from operators.models.letter import LetterKind, LetterTemplate, LetterText
from operators.models.loading import load_claims
from operators.models.operator import Network, Operator
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
from operators.models.procedure import Plan, Procedure
from operators.models.report import Report
from operators.models.translated import (
    DIGEST_LENGTH,
    OTHER_LANGUAGES,
    SOURCE_LANGUAGE,
    Translated,
    TranslationState,
)
from operators.models.versions import NotPublishable, Versioned

__all__ = [
    "DIGEST_LENGTH",
    "OTHER_LANGUAGES",
    "RANK",
    "SOURCE_LANGUAGE",
    "Channel",
    "ChannelKind",
    "Claim",
    "Fact",
    "LetterKind",
    "LetterTemplate",
    "LetterText",
    "Material",
    "Network",
    "NotPublishable",
    "Operator",
    "PartOfProcedure",
    "Plan",
    "Procedure",
    "Report",
    "Source",
    "Step",
    "Tier",
    "Translated",
    "TranslationState",
    "Versioned",
    "load_claims",
]
