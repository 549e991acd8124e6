"""`python -m services.analytics_svc api|worker|migrate|topics|dead-letters`."""

from services.analytics_svc.main import service
from shared.service.command import main

if __name__ == "__main__":
    main(service)
