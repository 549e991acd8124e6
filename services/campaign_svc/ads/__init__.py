"""Room of the ad metrics: what ad networks say, as revisions; what stands is settled by a rule and stated.

`metrics` is a report as it is sent, `revising` the rule, `reporting` the unit of work that imports and connectors use
too: `report(tx, rows)`.
"""
