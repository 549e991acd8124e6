"""The room `companies`: each company once, as its sources and people know it, and the fact of every change.

`arriving` makes a `CompanyIn` (`shapes`) ready; `recording` takes in up to a thousand of these in one unit of work, and
says what it would do. `identity` says what makes two records one company.
"""
