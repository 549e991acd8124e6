"""The room `imports`: ad metrics in, from CSV files. How is in `shared.imports`, what they are in `ad_metrics`."""
