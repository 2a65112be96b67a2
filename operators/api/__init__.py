"""The catalogue as open data, for machines: `/api/v1/`. What it says is what the pages say.

`answers` is the shape of each answer, `writing` fills it from the rows, `addresses` holds the
addresses.
"""
