"""The only room that knows all rooms: every door (command line, server, web) goes through these functions.

    project file -> load -> surveys -> review -> dossier

Nothing here prints, reads the clock or the network; doors do. `reviewing` holds the main job, `libraries` what is
asked of the library alone, `evidence` registers and seals, `rooms` what each room states and shows.
"""

from .evidence import import_register, register, seal_project, verify_seal
from .libraries import catalog_diff, check_library, doctor, json_schema, project_template, vocabulary
from .reviewing import (
    ENGINE,
    changed,
    compare,
    empty_project,
    explain,
    judge_project,
    library,
    only_markets,
    open_project,
    product_dossier,
    review_project,
    since,
)
from .rooms import SURVEYORS, survey, with_chapters

__all__ = [
    "ENGINE",
    "SURVEYORS",
    "catalog_diff",
    "changed",
    "check_library",
    "compare",
    "doctor",
    "empty_project",
    "explain",
    "import_register",
    "json_schema",
    "judge_project",
    "library",
    "only_markets",
    "open_project",
    "product_dossier",
    "project_template",
    "register",
    "review_project",
    "seal_project",
    "since",
    "survey",
    "verify_seal",
    "vocabulary",
    "with_chapters",
]
