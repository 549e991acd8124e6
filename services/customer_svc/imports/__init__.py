"""The room `imports`: companies and leads in, from CSV files. How is in `shared.imports`."""
