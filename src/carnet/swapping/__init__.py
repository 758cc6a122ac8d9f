"""Battery swapping: does this pack fit this vehicle and this station, and what does the station's review still lack.

Reading order: interfaces (the tables), match, station, survey, chapter.
"""
