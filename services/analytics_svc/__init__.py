"""analytics_svc says what it means: scores, value, performance and advice."""
