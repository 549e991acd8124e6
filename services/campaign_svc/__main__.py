"""`python -m services.campaign_svc api|worker|migrate|topics|dead-letters`."""

from services.campaign_svc.main import service
from shared.service.command import main

if __name__ == "__main__":
    main(service)
