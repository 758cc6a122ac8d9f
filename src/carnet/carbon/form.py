"""The shape of the room's files: methods, factors, vehicle-carbon rules and formats, one model per block.

Shapes only; `tables` and `inventory` check how the blocks meet. Keys that a file may leave out have the value that
changes nothing; where a value stands in for something unsaid, the result lists it as a default.
Reading order: form_base, form_methods, form_factors, form_rules, form_exchange; all are reached from here as `form.X`.
"""

from .form_base import STAGES, STRICT, Counting, Number
from .form_exchange import ExchangeFile, FieldRow, Fixed, Mark, Whole
from .form_factors import (
    Card,
    ConstantFile,
    ConstantRow,
    FactorFile,
    FactorRow,
    Flow,
    GwpFile,
    GwpSet,
    Input,
    LiteratureFile,
    LiteratureRow,
    ProcessFile,
    QualityFile,
    QualityRow,
    Rest,
    UnitFile,
    UnitRow,
)
from .form_methods import (
    Allocation,
    Boundary,
    ClockRow,
    CompanySpecific,
    CutOff,
    DataQuality,
    Electricity,
    FunctionalUnit,
    Gwp,
    MethodFile,
    OpenRow,
    Origins,
    Parameter,
    Recycling,
    Rounding,
    Threshold,
    Validity,
    Verification,
)
from .form_rules import Band, RuleRow, RuleStep, VehicleCarbonFile

__all__ = [
    "STAGES", "STRICT", "Allocation", "Band", "Boundary", "Card", "ClockRow", "CompanySpecific", "ConstantFile",
    "ConstantRow", "Counting", "CutOff", "DataQuality", "Electricity", "ExchangeFile", "FactorFile", "FactorRow",
    "FieldRow", "Fixed", "Flow", "FunctionalUnit", "Gwp", "GwpFile", "GwpSet", "Input", "LiteratureFile",
    "LiteratureRow", "Mark", "MethodFile", "Number", "OpenRow", "Origins", "Parameter", "ProcessFile",
    "QualityFile", "QualityRow", "Recycling", "Rest", "Rounding", "RuleRow", "RuleStep", "Threshold", "UnitFile",
    "UnitRow", "Validity", "VehicleCarbonFile", "Verification", "Whole",
]  # fmt: skip
