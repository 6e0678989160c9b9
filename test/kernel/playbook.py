"""playbook.py - all scenarios: each of these files adds its own to the list"""
import networks  # noqa: F401
import programs  # noqa: F401
import scenarios  # noqa: F401
from parts import SCENARIOS  # noqa: F401
