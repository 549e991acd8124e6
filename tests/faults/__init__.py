"""Single faults under load, each met by a whole system: what is answered meanwhile, and what stands afterwards."""
