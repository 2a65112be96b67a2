"""How long Hypothesis may look. More examples: HYPOTHESIS_PROFILE=thorough."""

import os

from hypothesis import HealthCheck, settings

# No deadline: a busy machine is not a wrong answer.
settings.register_profile(
    "quick", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("thorough", settings.get_profile("quick"), max_examples=600)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
