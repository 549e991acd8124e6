"""`python -m tests.fuzz.patient ...` is `python -m services ...` that gives nothing up because the machine stood still.

Schemathesis does not come again after a 503, and takes it for the fault that it looks for.
"""

import runpy

from tests.patience import be_patient

if __name__ == "__main__":
    be_patient()
    runpy.run_module("services", run_name="__main__", alter_sys=True)
