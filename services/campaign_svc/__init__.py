"""campaign_svc acts: journeys that follow up, and every message sent."""
