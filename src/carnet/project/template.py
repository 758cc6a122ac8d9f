"""The commented project file that `carnet init` writes: the shape by example, ready to review."""

TEMPLATE = """\
# A Carnet project: what is sold, where it goes, and what is already proven.
# Names of facts: carnet words      Editors: carnet schema project      Next: carnet review FILE
carnet: project/1
id: my-project                     # lower case, digits and hyphens
title: My first project
review:
  day: "2027-03-01"                # the day of the law, never the clock
  event: placed_on_market          # new_type | all_new | placed_on_market | in_use
from: cn                           # where the product comes from
markets: [th, ae]                  # ISO alpha-2 codes or unions; all codes: carnet catalog list economies
subjects:
  truck:
    kind: vehicle                  # vehicle, battery_pack, charger, swap_station, ads_function ...
    versions: {hardware: "A1", software: "1.0.0"}
    facts:                         # state what you know; what is missing is asked, never assumed
      vehicle.category: N3
      vehicle.powertrain: bev
      vehicle.gross_mass: 49 t
      vehicle.drive_side: left     # the side of the steering wheel
  pack:
    kind: battery_pack
    versions: {hardware: "P1"}
    fitted_to: [truck]             # rules about the pack may ask facts of the truck
    facts:
      battery.rated_energy: 282 kWh
      battery.chemistry: LFP
  depot:
    kind: charger
    stands_in: [th]                # reviewed only there
    facts: {charger.rated_power: 240 kW, charger.supplies: dc, charger.location: fleet}
pairs:                             # what must work together
  - {id: depot-charging, charge: [truck, depot]}
# evidence:                        # documents beside this file; digests: carnet evidence register FILE
#   - id: r100-pack
#     about: [pack]
#     kind: test_report            # test_report, type_approval, certificate ... (carnet words evidence)
#     file: evidence/r100-pack.pdf
#     digest: "sha256:..."
#     standard: "UN R100.03"       # always with its edition
#     issuer: {name: Example Technical Service, economy: de, accredited_to: "ISO/IEC 17025"}
#     issued: "2025-06-30"
#     expires: "2030-06-29"        # left out means unknown, never for ever
#     covers: {hardware: "P1"}     # the versions it was made for
# quotes:                          # your own prices replace the library's ranges
#   - step: un-r100-p2
#     about: [pack]
#     cost: {low: "90000", high: "120000", currency: USD, priced: "2026-11"}
#     weeks: {low: 10, high: 14}
"""
